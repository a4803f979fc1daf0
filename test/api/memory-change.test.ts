import { expect, test } from 'vitest'
import { workedInTurn } from '../memory/history/reading-given.ts'
import { ask, expectProblem, type Served, send, served } from './given.ts'

const path = 'v1/memory/insights/sections/system-plans'
const text = (line: string) => `## System Plans\n\n${line}\n`

/** A section that was written twice; gives the event of the first. */
async function writtenTwice(): Promise<Served & { first: string; whole(): Promise<string> }> {
  const it = await served()
  const put = (line: string, headers: Record<string, string>) =>
    send(`${it.url}/${path}`, { text: text(line), by: 'system-planner' }, headers, 'PUT')
  const one = await put('The cache lives an hour.', { 'If-None-Match': '*' })
  await put('The cache lives a day.', { 'If-Match': one.headers.get('ETag')! })
  const whole = async () => (await ask(`${it.url}/v1/memory/insights`)).body
  return { ...it, first: one.body.event, whole }
}

test('restore brings a section back by a new event of the person, once', async () => {
  const { url, first, events, whole, daybook } = await writtenTwice()
  const before = await events()
  const restored = await send(`${url}/${path}/restore`, { at: `event:${first}` })
  expect(restored).toMatchObject({ status: 200, body: { document: 'insights', section: 'system-plans' } })
  expect(await whole()).toBe(text('The cache lives an hour.'))
  const after = await events()
  expect(after.slice(before.length)).toMatchObject([
    {
      id: restored.body.event,
      type: 'DocumentEdited',
      meta: { actor: daybook.person },
      data: { via: 'api' },
    },
  ])
  const again = await send(`${url}/${path}/restore`, { at: `event:${first}` })
  expect(again.body.event).toBeNull()
  expect(await events()).toHaveLength(after.length)
})

test('assign gives a section to an agent or to people, who then may write it', async () => {
  const { url, whole } = await writtenTwice()
  const assign = (to: string) => send(`${url}/${path}/assign`, { to })
  expect((await assign('load-runner')).body).toMatchObject({
    owner: 'load-runner',
    event: expect.any(String),
  })
  const put = (by: string) =>
    send(`${url}/${path}`, { text: text(`By ${by}.`), by }, { 'If-Match': '*' }, 'PUT')
  expectProblem(await put('system-planner'), { status: 403, code: 'not_owner' })
  expect((await put('load-runner')).status).toBe(200)
  expect(await whole()).toBe(text('By load-runner.'))
  expect((await assign('load-runner')).body.event).toBeNull()
  expect((await assign('people')).body).toMatchObject({ owner: null, event: expect.any(String) })
})

test('what cannot be restored, assigned or undone is a problem, and changes nothing', async () => {
  const { url, first, events } = await writtenTwice()
  const before = (await events()).length
  const post = (to: string, body: unknown) => send(`${url}/v1/${to}`, body)
  const section = 'memory/insights/sections'
  const wrong: readonly (readonly [string, unknown, number, string])[] = [
    [`${section}/system-plans/restore`, {}, 400, 'bad_request'],
    [`${section}/system-plans/restore`, { at: 'yesterday' }, 400, 'usage'],
    [`${section}/system-plans/restore`, { at: '1' }, 404, 'not_found'],
    [`${section}/nobody/restore`, { at: `event:${first}` }, 404, 'not_found'],
    ['memory/nothing/sections/a/restore', { at: `event:${first}` }, 404, 'not_found'],
    [`${section}/system-plans/assign`, { to: 'stranger' }, 422, 'unknown_agent'],
    [`${section}/nobody/assign`, { to: 'people' }, 404, 'not_found'],
    [`${section}/system-plans/assign`, { to: 'people', by: 'load-runner' }, 400, 'bad_request'],
    ['sessions/nobody/undo', {}, 404, 'not_found'],
    ['sessions/nobody/undo', { yes: 'true' }, 400, 'bad_request'],
  ]
  for (const [to, body, status, code] of wrong) expectProblem(await post(to, body), { status, code })
  expect(await events()).toHaveLength(before)
})

test('undo shows what would go and does exactly that; not on a document that is another by now', async () => {
  const worked = await workedInTurn([
    { name: 'first', lines: ['The queue is bounded by design.', 'Retries wait a second each.'] },
    { name: 'second', lines: ['The queue is bounded by design.', 'A line of its own is here.'] },
  ])
  const { url, daybook } = await served()
  for (const stream of new Set((await worked.events()).map((event) => event.stream))) {
    const own = (await worked.events()).filter((event) => event.stream === stream)
    const copied = own.map(({ id, type, version, data, meta }) => ({ id, type, version, data, meta }))
    await daybook.project.store.append(stream, copied, { expected: 'any' })
  }
  const session = worked.sessionOf('first')
  const undo = (body: unknown) => send(`${url}/v1/sessions/${session}/undo`, body)
  const preview = await undo({ repeats: true })
  expect(preview.body.done).toBe(false)
  const told = preview.body.lines.map((line: { text: string; repeat: boolean }) => [line.text, line.repeat])
  expect(told).toContainEqual(['Retries wait a second each.\n', false])
  expect(told).toContainEqual(['The queue is bounded by design.\n', true])
  const [{ document, revision, text: left }] = preview.body.documents
  expectProblem(await undo({ repeats: true, yes: true, seen: [{ document, revision: revision - 1 }] }), {
    status: 412,
    code: 'stale',
  })
  expect((await ask(`${url}/v1/memory/insights`)).body).not.toBe(left)
  const done = await undo({ repeats: true, yes: true, seen: [{ document, revision }] })
  expect(done.body).toEqual({ ...preview.body, done: true })
  expect((await ask(`${url}/v1/memory/insights`)).body).toBe(left)
  expect(left).not.toContain('The queue')
  expect(left).toContain('A line of its own is here.')
})
