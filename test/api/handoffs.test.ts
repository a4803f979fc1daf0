import { expect, test } from 'vitest'
import { agentFile, ask, crew, expectProblem, newFolder, send, served } from './given.ts'

const need = 'Run load tests against the upload service'
const key = (value: string) => ({ 'Idempotency-Key': value })

/** A tester that wants something before it works. */
const choosy = {
  ...crew,
  'load-runner': `${crew['load-runner']}
## Collaboration Patterns
- **Handoff requirements**: throughput targets, test environment
`,
}

test('a handoff of a person begins a workflow whose goal is the need', async () => {
  const { url } = await served()
  const { status, headers, body } = await send(`${url}/v1/handoffs`, { from: 'person', need })
  expect(status).toBe(201)
  expect(body).toMatchObject({ chosen: 'load-runner', policy: expect.any(String), missing: [] })
  expect(body.candidates[0].because).toEqual(body.because)
  expect(headers.get('Location')).toBe(`/v1/handoffs/${body.id}`)
  const workflow = (await ask(`${url}/v1/workflows/${body.workflow}`)).body
  expect(workflow).toMatchObject({ goal: need, status: 'running', rehearsal: true, handoffs: 1 })
  const handoff = (await ask(`${url}/v1/handoffs/${body.id}`)).body
  expect(handoff).toMatchObject({ status: 'routed', to: 'load-runner', hop: 0 })
  expect(handoff.decisions[0].event).toBe(body.event)
})

test('a worker that serves takes what was handed over, with its context, and nothing is requested twice', async () => {
  const { url, events } = await served({ work: 'runs' })
  const context = 'The upload service takes 200 requests a second.'
  const { body } = await send(`${url}/v1/handoffs`, { from: 'person', need, context })
  await expect
    .poll(async () => (await ask(`${url}/v1/workflows/${body.workflow}`)).body.status, { timeout: 60_000 })
    .toBe('completed')
  const requested = (await events()).filter(({ type, data }) => {
    return type === 'HandoffRequested' && (data as { hop: number }).hop === 0
  })
  expect(requested).toHaveLength(1)
  expect(requested[0]!.data).toMatchObject({ context, need })
  const { sessionList } = (await ask(`${url}/v1/workflows/${body.workflow}`)).body
  const session = (await ask(`${url}/v1/sessions/${sessionList[0].id}`)).body
  expect(session.transcript.entries.length).toBeGreaterThan(2)
})

test('what the receiver requires comes back as a list; supplied, it is on its way', async () => {
  const { url } = await served({ agents: choosy })
  const returned = await send(`${url}/v1/handoffs`, { from: 'system-planner', need })
  expectProblem(returned, { status: 422, code: 'requirements_missing' })
  expect(returned.body).toMatchObject({
    chosen: 'load-runner',
    missing: ['throughput targets', 'test environment'],
  })
  const supply = `${url}/v1/handoffs/${returned.body.id}/supply`
  const half = await send(supply, {
    provides: { 'throughput targets': '200 a second' },
    by: 'system-planner',
  })
  expect(half.status).toBeLessThan(500)
  const whole = await send(supply, {
    provides: { 'throughput targets': '200 a second', 'test environment': 'staging' },
  })
  expect(whole.body).toMatchObject({ status: 'routed', missing: [] })
  const given = [
    { requirement: 'throughput targets', value: '200 a second' },
    { requirement: 'test environment', value: 'staging' },
  ]
  const complete = await send(`${url}/v1/handoffs`, { from: 'system-planner', need, provides: given })
  expect(complete.status).toBe(201)
})

test('who is unknown, invented, the sender itself or beyond the work cannot hand over or get it; nothing is recorded', async () => {
  const { url, events } = await served()
  const before = (await events()).length
  const refused = [
    [{ from: 'system-planer', need }, 'unknown_agent'],
    [{ from: 'worker:one', need }, 'unknown_agent'],
    [{ from: 'constructor', need }, 'unknown_agent'],
    [{ from: 'person', need, to: 'load-rumner' }, 'unknown_agent'],
    [{ from: 'load-runner', need, to: 'load-runner' }, 'excluded_agent'],
  ] as const
  for (const [body, code] of refused)
    expectProblem(await send(`${url}/v1/handoffs`, body), { status: 422, code })
  expect((await send(`${url}/v1/handoffs`, refused[0][0])).body).toMatchObject({ nearest: 'system-planner' })
  expectProblem(await send(`${url}/v1/handoffs`, { from: 'person', need, workflow: 'nowhere' }), {
    status: 404,
    code: 'not_found',
  })
  expect(await events()).toHaveLength(before)
})

test('only the agent that has a handoff hands it on; the chain and its end go on', async () => {
  const { url, events } = await served()
  const first = (await send(`${url}/v1/handoffs`, { from: 'system-planner', need, to: 'load-runner' })).body
  const on = { need: 'Keep a benchmark machine free', parent: first.id }
  const before = (await events()).length
  const forged = await send(`${url}/v1/handoffs`, { from: 'bench-keeper', ...on })
  expectProblem(forged, { status: 403, code: 'forged_sender' })
  expect(await events()).toHaveLength(before)
  const second = (await send(`${url}/v1/handoffs`, { from: 'load-runner', ...on })).body
  expect(second).toMatchObject({ workflow: first.workflow, chosen: 'bench-keeper' })
  expect(second.excluded).toContainEqual({ agent: 'system-planner', reason: 'loop' })
  await send(`${url}/v1/workflows/${first.workflow}/cancel`, { reason: 'Enough.' })
  const stale = await send(`${url}/v1/handoffs`, { from: 'bench-keeper', need, parent: second.id })
  expectProblem(stale, { status: 409, code: 'not_open' })
})

test('one key is one handoff: the first answer again, also after a restart; other content is refused', async () => {
  const folder = newFolder()
  const one = await served({ folder })
  const body = { from: 'person', need, context: 'first' }
  const first = await send(`${one.url}/v1/handoffs`, body, key('k-1'))
  expect(first.status).toBe(201)
  const before = (await one.events()).length
  expect(await send(`${one.url}/v1/handoffs`, body, key('k-1'))).toMatchObject({
    status: 201,
    body: first.body,
  })
  for (const other of [{ context: 'second' }, { need: 'Something else' }, { to: 'load-runner' }]) {
    const answer = await send(`${one.url}/v1/handoffs`, { ...body, ...other }, key('k-1'))
    expectProblem(answer, { status: 422, code: 'key_reused' })
  }
  await one.close()
  const two = await served({ folder })
  expect(await send(`${two.url}/v1/handoffs`, body, key('k-1'))).toMatchObject({
    status: 201,
    body: first.body,
  })
  expectProblem(await send(`${two.url}/v1/handoffs`, { ...body, need: 'No' }, key('k-1')), {
    status: 422,
    code: 'key_reused',
  })
  // A server seals its log when it ends.
  const handled = (await two.events()).filter(({ type }) => type !== 'LogSealed')
  expect(handled).toHaveLength(before)
  expect((await send(`${two.url}/v1/handoffs`, body, key('k-2'))).body.id).not.toBe(first.body.id)
})

test('one key is one workflow; many requests at once with it start one', async () => {
  const { url, events } = await served()
  const body = { goal: 'Plan the upload service', entry: 'system-planner', limits: { depthMax: 3 } }
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => send(`${url}/v1/workflows`, body, key('goal-1'))),
  )
  for (const answer of answers.filter(({ status }) => status !== 201))
    expectProblem(answer, { status: 409, code: 'in_flight' })
  const first = answers.find(({ status }) => status === 201)!
  expect(first.body).toMatchObject({ goal: body.goal, entry: 'system-planner', limits: { depthMax: 3 } })
  expect((await send(`${url}/v1/workflows`, body, key('goal-1'))).body).toEqual(first.body)
  expectProblem(await send(`${url}/v1/workflows`, { goal: 'Another' }, key('goal-1')), {
    status: 422,
    code: 'key_reused',
  })
  expect((await events()).filter(({ type }) => type === 'WorkflowStarted')).toHaveLength(1)
})

test('a workflow is paused, resumed, raised and cancelled; what is not possible is said and changes nothing', async () => {
  const { url, events } = await served()
  const { id } = (await send(`${url}/v1/workflows`, { goal: 'Plan the upload service' })).body
  const course = (name: string, body: unknown = {}) => send(`${url}/v1/workflows/${id}/${name}`, body)
  expect((await course('pause')).body.status).toBe('paused')
  expect((await course('resume')).body.status).toBe('running')
  expect((await course('raise', { limit: 'tokens', max: 9e9 })).body.limits.tokensMax).toBe(9e9)
  expectProblem(await course('raise', { limit: 'tokens', max: 1 }), { status: 409, code: 'not_higher' })
  expect((await course('cancel')).body.status).toBe('cancelled')
  const before = (await events()).length
  expectProblem(await course('resume'), { status: 409, code: 'not_open' })
  expect(await events()).toHaveLength(before)
  const { entries } = (await ask(`${url}/v1/audit?kind=override`)).body
  expect(entries.map(({ type }: { type: string }) => type)).toEqual(['LimitRaised', 'WorkflowCancelled'])
})

test('an agent that hands a need to nobody gets 201 with nobody, and the audit knows it', async () => {
  const { url } = await served({
    agents: { solo: agentFile('solo', { description: 'Writes poems', heading: 'Poems' }) },
  })
  const { status, body } = await send(`${url}/v1/handoffs`, { from: 'person', need: 'Repair the gearbox' })
  expect(status).toBe(201)
  expect(body.chosen).toBeNull()
  expect(body.reason).toMatch(/^Nobody/u)
  const { entries } = (await ask(`${url}/v1/audit?kind=unrouted`)).body
  expect(entries).toMatchObject([{ type: 'HandoffUnrouted', event: body.event }])
})
