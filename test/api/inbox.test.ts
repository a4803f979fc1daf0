import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { limits } from '../../src/kernel/limits.ts'
import { planted } from '../security/planted.ts'
import {
  type Answer,
  agentFile,
  ask,
  crew,
  expectProblem,
  newFolder,
  type Served,
  send,
  served,
} from './given.ts'

const need = 'Run load tests against the upload service'

/** All of them live elsewhere; the tester has labels of its own, and wants something before it works. */
const agents = {
  ...crew,
  'load-runner': `${crew['load-runner']}
## Session Summary
After updating insights.md, end with this summary.

**Work Done**: [What was measured]
**Collaboration Needs**: [Who has to do what]
`,
  'bench-keeper': `${agentFile('bench-keeper', { description: 'Keeps the benchmark machines', heading: 'Bench Notes' })}
## Collaboration Patterns
- **Handoff requirements**: machine type, time window
`,
}

async function given(
  work: 'runs' | 'waits' = 'waits',
): Promise<Served & { on(path: string, body: unknown): Promise<Answer> }> {
  const folder = newFolder()
  writeFileSync(join(folder, 'daybook.config.json'), JSON.stringify({ external: 'all' }))
  const eventStreams = { heartbeatMs: 50, stalledMs: 30_000 }
  const server = await served({ agents, folder, work, eventStreams })
  return { ...server, on: (path, body) => send(`${server.url}/v1/handoffs/${path}`, body) }
}

const handed = async ({ url }: Served, body: object = {}) =>
  (await send(`${url}/v1/handoffs`, { from: 'person', need, ...body })).body.id as string

test('an agent looks, accepts, reports and completes; its summary is read by its labels and handed on', async () => {
  const server = await given()
  const { url, on } = server
  const id = await handed(server)
  const inbox = (await ask(`${url}/v1/agents/Load-Runner/inbox`)).body
  expect(inbox).toMatchObject({ agent: 'load-runner', items: [{ id, state: 'open', need }] })
  const accepted = (await on(`${id}/accept`, { agent: 'load-runner', worker: 'laptop-1' })).body
  expect(accepted).toMatchObject({ handoff: id, epoch: 1, worker: 'laptop-1', agent: 'load-runner' })
  expect(accepted.brief).toContain(need)
  const renewed = (await on(`${id}/progress`, { epoch: 1, note: 'Half done.', leaseMs: 60_000 })).body
  expect(renewed.leaseUntil < accepted.leaseUntil).toBe(true)
  const earlier = ['Two machines are up.', '100 a second.']
  expect((await on(`${id}/progress`, { epoch: 1, earlier, note: '150 a second.' })).status).toBe(200)
  const tooMany = Array.from({ length: limits.notesPerReportMax + 1 }, () => 'Still at it.')
  expect(await on(`${id}/progress`, { epoch: 1, earlier: tooMany })).toMatchObject({
    status: 400,
    body: { code: 'bad_request' },
  })
  const summary = `**Work Done**: 200 a second.\n**Collaboration Needs**:\n- system-planner: plan for 400 a second\n- bench-keeper: keep one machine free\n`
  const done = await on(`${id}/complete`, { epoch: 1, summary })
  expect(done.status).toBe(200)
  expect(done.body.fields.map(({ label }: { label: string }) => label)).toEqual([
    'Work Done',
    'Collaboration Needs',
  ])
  expect(done.body.handedOn).toMatchObject([
    { status: 'handed_off', to: 'system-planner' },
    { status: 'returned', to: 'bench-keeper', missing: ['machine type', 'time window'] },
  ])
  expect(await on(`${id}/complete`, { epoch: 1, summary })).toMatchObject({ status: 200, body: done.body })
  const other = await on(`${id}/complete`, { epoch: 1, summary: `${summary}And more.\n` })
  expectProblem(other, { status: 409, code: 'not_open' })
  expect(other.body.detail).toMatch(/completed, with another text than this one/u)
  const returned = (await ask(`${url}/v1/agents/load-runner/inbox`)).body.items
  expect(returned).toMatchObject([{ state: 'returned', missing: ['machine type', 'time window'] }])
  const session = (await ask(`${url}/v1/sessions/${accepted.session}`)).body
  expect(session).toMatchObject({ status: 'completed', agent: 'load-runner', costUsd: 0 })
  const events = await server.events()
  const said = events.filter(({ stream }) => stream === `session-${accepted.session}`)
  expect(said.map(({ type }) => type)).toEqual([
    'SessionStarted',
    'ContextGiven',
    'SummaryRecorded',
    'SessionCompleted',
  ])
})

test('a summary with a secret in it is known again, though the secret was taken out of what is on record', async () => {
  const server = await given()
  const { on } = server
  const id = await handed(server)
  await on(`${id}/accept`, { agent: 'load-runner' })
  const summary = `**Work Done**: used ${planted['an Anthropic key']}\n**Collaboration Needs**: none\n`
  expect((await on(`${id}/complete`, { epoch: 1, summary })).status).toBe(200)
  expect((await on(`${id}/complete`, { epoch: 1, summary })).status).toBe(200)
  const events = await server.events()
  expect(events.filter(({ type }) => type === 'HandoffCompleted')).toHaveLength(1)
  expect(JSON.stringify(events)).not.toContain(planted['an Anthropic key'])
})

test('what a session elsewhere hands on while it works is its own, and is handed on once', async () => {
  const server = await given()
  const { url, on } = server
  const id = await handed(server)
  await on(`${id}/accept`, { agent: 'load-runner' })
  const asked = {
    from: 'load-runner',
    need: 'Plan the service for 400 uploads a second',
    parent: id,
    epoch: 1,
  }
  const first = await send(`${url}/v1/handoffs`, { ...asked, to: 'system-planner' })
  expect(first).toMatchObject({ status: 201, body: { chosen: 'system-planner' } })
  const stale = await send(`${url}/v1/handoffs`, { ...asked, need: 'Something else', epoch: 7 })
  expectProblem(stale, { status: 409, code: 'lease_lost' })
  const summary =
    '**Work Done**: all.\n**Collaboration Needs**: system-planner: plan the service for 400 uploads a second'
  const done = await on(`${id}/complete`, { epoch: 1, summary })
  expect(done.body.handedOn).toMatchObject([{ status: 'handed_off', handoff: first.body.id }])
})

test('rules, fences and limits are those of any worker, and every refusal is a problem with its code', async () => {
  const server = await given()
  const { url, on } = server
  const id = await handed(server)
  const refused = async (path: string, body: unknown, status: number, code: string) =>
    expectProblem(await on(`${id}/${path}`, body), { status, code })
  await refused('accept', { agent: 'system-planner' }, 403, 'not_yours')
  await refused('accept', { agent: 'system-planer' }, 422, 'unknown_agent')
  await refused('complete', { epoch: 1, summary: 'Done.' }, 409, 'lease_lost')
  await refused('progress', { epoch: 1 }, 409, 'lease_lost')
  await on(`${id}/accept`, { agent: 'load-runner', worker: 'one', leaseMs: 500 })
  await refused('accept', { agent: 'load-runner', worker: 'two' }, 409, 'lease_held')
  await refused('accept', { agent: 'load-runner', leaseMs: 1 }, 400, 'bad_request')
  await refused('complete', { epoch: 1, summary: 'Done.' }, 422, 'summary_missing')
  await refused('complete', { epoch: 1, summary: '' }, 422, 'empty_summary')
  await refused('decline', { agent: 'load-runner', reason: 'No.' }, 409, 'lease_lost')
  await expect
    .poll(async () => (await on(`${id}/accept`, { agent: 'load-runner', worker: 'two' })).body.epoch)
    .toBe(2)
  await refused('complete', { epoch: 1, summary: '**Work Done**: late' }, 409, 'lease_lost')
  expect((await server.events()).map(({ type }) => type)).toContain('LateResultRecorded')
  await on(`${id}/complete`, { epoch: 2, summary: 'As it is.', labels: 'as_it_is' })
  await refused('cancel', {}, 409, 'not_open')
  await refused('redrive', {}, 409, 'not_open')
  expectProblem(await ask(`${url}/v1/agents/nobody/inbox`), { status: 404, code: 'not_found' })
  expectProblem(await ask(`${url}/v1/agents/load-runner/inbox?wait=9999`), {
    status: 400,
    code: 'bad_request',
  })
})

test('who declines says why; it goes to somebody else, and after a redrive to whom a person names', async () => {
  const server = await given()
  const { on } = server
  const id = await handed(server)
  const declined = await on(`${id}/decline`, { agent: 'load-runner', reason: 'No machine is free.' })
  expect(declined.body.to).not.toBe('load-runner')
  const redriven = await on(`${id}/redrive`, { to: 'load-runner', reason: 'Now there is one.' })
  expect(redriven.body).toMatchObject({ status: 'routed', to: 'load-runner', declined: [], redrives: 1 })
  expect((await on(`${id}/cancel`, { reason: 'Not needed.' })).body).toMatchObject({ status: 'cancelled' })
  const { handoffs } = (await ask(`${server.url}/v1/handoffs?status=cancelled&agent=load-runner`)).body
  expect(handoffs).toMatchObject([{ id }])
})

test('a request waits for the first handoff that comes, and with a cursor for any change', async () => {
  const server = await given()
  const inbox = `${server.url}/v1/agents/load-runner/inbox`
  const waiting = ask(`${inbox}?wait=50`)
  const id = await handed(server)
  const { items, cursor } = (await waiting).body
  expect(items).toMatchObject([{ id }])
  const changed = ask(`${inbox}?wait=50&cursor=${cursor}`)
  await server.on(`${id}/accept`, { agent: 'load-runner' })
  expect((await changed).body.items).toMatchObject([{ id, state: 'held' }])
})

test('a stream tells the inbox and every change of it; connected again it tells only news', async () => {
  const server = await given()
  const inbox = `${server.url}/v1/agents/load-runner/inbox`
  const first = follow(inbox)
  expect((await first.next()).items).toEqual([])
  const id = await handed(server)
  const open = await first.next()
  expect(open.items).toMatchObject([{ id, state: 'open' }])
  const again = follow(inbox, { 'Last-Event-ID': open.cursor })
  await server.on(`${id}/accept`, { agent: 'load-runner' })
  expect((await again.next()).items).toMatchObject([{ id, state: 'held' }])
  expect((await first.next()).items).toMatchObject([{ id, state: 'held' }])
})

test('what lacks a requirement comes back as a list; only a person lets it go on without, on record', async () => {
  const server = await given()
  const { url, on } = server
  const asked = { from: 'system-planner', need: 'Keep a machine free', to: 'bench-keeper' }
  const context = 'We test the uploads. The time window is Friday from nine to five.'
  const returned = await send(`${url}/v1/handoffs`, { ...asked, context })
  expectProblem(returned, { status: 422, code: 'requirements_missing' })
  expect(returned.body.missing).toEqual(['machine type'])
  const { id } = returned.body
  const forced = { force: true, note: 'Any machine will do.' }
  expectProblem(await on(`${id}/supply`, { ...forced, by: 'system-planner' }), {
    status: 403,
    code: 'not_a_person',
  })
  expect((await on(`${id}/supply`, forced)).body).toMatchObject({
    status: 'routed',
    checklist: [
      { requirement: 'machine type', met: 'missing', where: '' },
      { requirement: 'time window', met: 'context', where: 'The time window is Friday from nine to five' },
    ],
  })
  const { brief } = (await on(`${id}/accept`, { agent: 'bench-keeper' })).body
  expect(brief).toMatch(/<provided>\n- time window .*The time window is Friday from nine to five/u)
  expect(brief).toContain('<not_provided>\n- machine type\n')
  const supplied = (await server.events()).find(({ type }) => type === 'HandoffSupplied')
  expect(supplied).toMatchObject({
    data: { forced: true, note: forced.note },
    meta: { actor: { kind: 'person' } },
  })
})

test('what is still open at its deadline expires, whoever has it', async () => {
  const server = await given('runs')
  const deadline = new Date(Date.now() + 1_500).toISOString()
  const id = await handed(server, { deadline })
  await send(`${server.url}/v1/handoffs/${id}/accept`, { agent: 'load-runner' })
  await expect
    .poll(async () => (await ask(`${server.url}/v1/handoffs/${id}`)).body.status, { timeout: 60_000 })
    .toBe('expired')
  const late = await send(`${server.url}/v1/handoffs/${id}/complete`, {
    epoch: 1,
    summary: '**Work Done**: all',
  })
  expectProblem(late, { status: 409, code: 'lease_lost' })
})

/** The states of an inbox, as frames of a stream bring them. */
function follow(url: string, headers: Record<string, string> = {}) {
  const left = new AbortController()
  onTestFinished(() => left.abort())
  const states = (async function* () {
    const { body } = await fetch(url, {
      headers: { Accept: 'text/event-stream', ...headers },
      signal: left.signal,
    })
    let rest = ''
    for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
      const parts = (rest + chunk).split('\n\n')
      rest = parts.pop()!
      for (const part of parts) {
        const data = /^data: (.*)$/mu.exec(part)?.[1]
        if (data !== undefined) yield JSON.parse(data)
      }
    }
  })()
  return { next: async () => (await states.next()).value }
}
