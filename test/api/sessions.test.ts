import { expect, test } from 'vitest'
import { digestText } from '../../src/runtime/digest.ts'
import { ask, expectProblem, type Served, send, served } from './given.ts'
import { asked, called, sessionThat, shown, unknown } from './paused-session.ts'

const waiting = async ({ url }: Served) => (await ask(`${url}/v1/waiting`)).body.waiting
const of = async (given: Served, type: string) =>
  (await given.events()).filter((event) => event.type === type).map(({ data }) => data)

test.each(['retry', 'skip', 'fail'])('what became of a tool call is decided: %s', async (decision) => {
  const given = await served()
  const id = await sessionThat(given, [called, unknown])
  const remedy = `daybook sessions decide ${id} --retry|--skip|--fail`
  expect(await waiting(given)).toMatchObject([{ what: 'session', id, remedy }])
  const decide = (body: unknown) => send(`${given.url}/v1/sessions/${id}/decide`, body)
  expectProblem(await decide({ decision: 'forget' }), { status: 400, code: 'bad_request' })
  expectProblem(await send(`${given.url}/v1/sessions/${id}/resume`, {}), {
    status: 422,
    code: 'outcome_unknown',
  })
  const { status, body } = await decide({ decision, note: 'I looked.' })
  expect({ status, session: body.status, waitsFor: body.waitsFor }).toEqual({
    status: 200,
    session: 'running',
    waitsFor: null,
  })
  expect(await of(given, 'OutcomeDecided')).toMatchObject([{ decision, note: 'I looked.', toolUse: 'c1/0' }])
  expect(await waiting(given)).toEqual([])
  expectProblem(await decide({ decision }), { status: 422, code: 'rejected' })
})

test.each([
  ['approve', 'ApprovalGranted'],
  ['deny', 'ApprovalDenied'],
])('%s decides about exactly what was shown', async (course, type) => {
  const given = await served()
  const id = await sessionThat(given, [asked])
  expect(await waiting(given)).toMatchObject([
    { what: 'session', id, digest: shown, reason: expect.stringContaining('make deploy') },
  ])
  expectProblem(await send(`${given.url}/v1/sessions/${id}/resume`, {}), {
    status: 422,
    code: 'approval_open',
  })
  expect(await waiting(given)).toHaveLength(1)
  const say = (body: unknown) => send(`${given.url}/v1/sessions/${id}/${course}`, body)
  expectProblem(await say({}), { status: 400, code: 'bad_request' })
  expectProblem(await say({ digest: digestText('make clean') }), { status: 422, code: 'rejected' })
  expect(await of(given, type)).toEqual([])
  const { status, body } = await say({ digest: shown, note: 'At last.' })
  expect({ status, session: body.status }).toEqual({ status: 200, session: 'running' })
  expect(await of(given, type)).toMatchObject([{ digest: shown, note: 'At last.' }])
  expect(await waiting(given)).toEqual([])
})

test('a paused session is resumed, and one that nobody needs is cancelled', async () => {
  const given = await served()
  const id = await sessionThat(given, [{ type: 'PauseSession', reason: 'Lunch.', waitsFor: 'person' }])
  expect(await waiting(given)).toMatchObject([
    { id, reason: 'Lunch.', remedy: `daybook sessions resume ${id}` },
  ])
  const course = (name: string, body: unknown = {}) => send(`${given.url}/v1/sessions/${id}/${name}`, body)
  expect((await course('resume', { reason: 'Back.' })).body.status).toBe('running')
  expect((await course('cancel')).body).toMatchObject({ id, status: 'cancelled' })
  expectProblem(await course('resume'), { status: 422, code: 'ended' })
  expectProblem(await send(`${given.url}/v1/sessions/nobody/cancel`, {}), { status: 404, code: 'not_found' })
})

test('a session that stopped at its own limit names the limit to raise', async () => {
  const given = await served()
  const reached = { type: 'ReachLimit', limit: 'wall_time', max: 1_000, reached: 2_000 } as const
  const paused = { type: 'PauseSession', reason: 'It took long.', waitsFor: 'limit' } as const
  const id = await sessionThat(given, [reached, paused])
  const [one] = await waiting(given)
  expect(one).toMatchObject({ id, remedy: `daybook workflows raise ${one.workflow} --wall-time N` })
  const raise = await send(`${given.url}/v1/workflows/${one.workflow}/raise`, {
    limit: 'wall_time',
    max: 100_000_000,
  })
  expect(raise.status).toBe(200)
  expect(await waiting(given)).toEqual([])
})

test('the routes stand in the OpenAPI document', async () => {
  const { url } = await served()
  const { paths } = (await ask(`${url}/openapi.json`)).body
  for (const name of ['decide', 'approve', 'deny', 'resume', 'cancel'])
    expect(paths[`/v1/sessions/{id}/${name}`]?.post?.summary).toMatch(/\w/u)
  expect(paths['/v1/waiting'].get.summary).toMatch(/\w/u)
})
