import { expect, test } from 'vitest'
import { ask, expectProblem, send, served } from './given.ts'

const path = '/v1/memory/insights/sections/system-plans'
const text = (...lines: string[]) => `## System Plans\n\n${lines.join('\n')}\n`
const lines = ['One', 'Two', 'Three', 'Four', 'Five', 'Six']

async function opened() {
  const server = await served()
  const put = (body: unknown, headers: Record<string, string>, at = path) =>
    send(`${server.url}${at}`, body, headers, 'PUT')
  const first = await put({ text: text(...lines), by: 'system-planner' }, { 'If-None-Match': '*' })
  expect(first.status).toBe(201)
  return { ...server, put, first, etag: first.headers.get('ETag')! }
}

test('a document is its exact bytes, and JSON with owners when asked for', async () => {
  const { url, first } = await opened()
  const bytes = await ask(`${url}/v1/memory/insights`)
  expect(bytes.headers.get('Content-Type')).toBe('text/markdown; charset=utf-8')
  expect(bytes.body.endsWith(text(...lines))).toBe(true)
  const json = await ask(`${url}/v1/memory/insights`, { headers: { Accept: 'application/json' } })
  expect(json.body.text).toBe(bytes.body)
  expect(json.body.sections).toMatchObject([
    { path: 'system-plans', owner: 'system-planner', event: first.body.event },
  ])
  expect((await ask(`${url}/v1/memory`)).body.documents).toMatchObject([{ document: 'insights' }])
  const section = await ask(`${url}${path}`)
  expect(section.body).toMatchObject({
    text: text(...lines),
    heading: 'System Plans',
    by: { id: 'system-planner' },
  })
  expect((await ask(`${url}${path}`, { headers: { Accept: 'text/markdown' } })).body).toBe(text(...lines))
})

test('a reader that has this state already gets 304', async () => {
  const { url, etag } = await opened()
  const headers = { 'If-None-Match': `"r999", ${etag}` }
  expect(await ask(`${url}${path}`, { headers })).toMatchObject({ status: 304, body: '' })
})

test('as of a moment, the bytes are what they were then', async () => {
  const { url, put, first, etag } = await opened()
  const then = (await ask(`${url}/v1/memory/insights`)).body
  await put({ text: text('Other'), by: 'system-planner' }, { 'If-Match': etag })
  expect((await ask(`${url}/v1/memory/insights`)).body).not.toBe(then)
  expect((await ask(`${url}/v1/memory/insights?at=event:${first.body.event}`)).body).toBe(then)
  expectProblem(await ask(`${url}/v1/memory/insights?at=1`), { status: 404, code: 'not_found' })
  for (const when of ['99999', 'tomorrow', '2999-01-01T00:00:00Z', '-1', 'event:', ''])
    expect((await ask(`${url}/v1/memory/insights?at=${when}`)).status, when).toSatisfy(
      (s) => s === 400 || s === 404,
    )
})

test('edits that do not touch are merged; those that do are refused with the text that stands', async () => {
  const { put, etag } = await opened()
  const mine = lines.with(0, 'One of mine')
  const theirs = lines.with(5, 'Six of theirs')
  expect((await put({ text: text(...theirs), by: 'person' }, { 'If-Match': etag })).status).toBe(200)
  const merged = await put({ text: text(...mine), by: 'system-planner' }, { 'If-Match': etag })
  expect(merged.status).toBe(200)
  expect(merged.body.text).toBe(text('One of mine', ...lines.slice(1, 5), 'Six of theirs'))
  const stale = await put(
    { text: text(...lines.with(5, 'Six again')), by: 'system-planner' },
    { 'If-Match': etag },
  )
  expectProblem(stale, { status: 412, code: 'stale' })
  expect(stale.body).toMatchObject({ current: merged.body.text, revision: merged.body.revision })
})

test('who does not say what it saw, or says what never was, changes nothing', async () => {
  const { put, etag, events } = await opened()
  const before = (await events()).length
  const write = { text: text('Lost'), by: 'system-planner' }
  expectProblem(await put(write, {}), { status: 428, code: 'precondition_required' })
  expectProblem(await put(write, { 'If-Match': etag, 'If-None-Match': '*' }), {
    status: 400,
    code: 'bad_etag',
  })
  expectProblem(await put(write, { 'If-Match': 'seven' }), { status: 400, code: 'bad_etag' })
  expectProblem(await put(write, { 'If-Match': '"r4096"' }), { status: 412, code: 'stale' })
  const again = await put(write, { 'If-None-Match': '*' })
  expectProblem(again, { status: 412, code: 'stale' })
  expect(again.body.current).toBe(text(...lines))
  expectProblem(await put({ ...write, by: 'nobody-known' }, { 'If-Match': etag }), {
    status: 422,
    code: 'unknown_agent',
  })
  expect(await events()).toHaveLength(before)
})

test("another agent's section is refused with its owner's name, and that is on record", async () => {
  const { url, put, etag, events } = await opened()
  const before = (await ask(`${url}/v1/memory/insights`)).body
  const foreign = await put({ text: text('Mine now'), by: 'load-runner' }, { 'If-Match': etag })
  expectProblem(foreign, { status: 403, code: 'not_owner' })
  expect(foreign.body.owner).toBe('system-planner')
  expect((await ask(`${url}/v1/memory/insights`)).body).toBe(before)
  expect((await events()).at(-1)).toMatchObject({
    type: 'RequestRefused',
    meta: { actor: { id: 'load-runner' } },
  })
  const { entries } = (await ask(`${url}/v1/audit?kind=refusal`)).body
  expect(entries).toMatchObject([{ by: { kind: 'agent', id: 'load-runner' }, data: { code: 'not_owner' } }])
})

test('a text that would not stay one section is refused and the line named', async () => {
  const { put, etag, events } = await opened()
  const before = (await events()).length
  for (const hostile of [
    'One\n\n## Load Results\n\nMine',
    'One\n\n```\nopen',
    'One\n\nLoad Results\n---\n',
  ]) {
    const answer = await put({ text: text(hostile), by: 'system-planner' }, { 'If-Match': etag })
    expect(answer.status, hostile).toBeGreaterThanOrEqual(403)
    expect(answer.status, hostile).toBeLessThan(500)
  }
  expect(await events()).toHaveLength(before)
})

test('no name leads out of the memory', async () => {
  const { url, events } = await opened()
  const before = (await events()).length
  const names = [
    '..%2f..%2fetc%2fpasswd',
    '%2e%2e',
    'insights%00',
    '%ff',
    'Insights',
    '.hidden',
    'a'.repeat(200),
  ]
  for (const name of names) {
    const answer = await ask(`${url}/v1/memory/${name}`)
    expect([400, 404], name).toContain(answer.status)
    expect(answer.headers.get('Content-Type')).toBe('application/problem+json')
  }
  const odd = await ask(`${url}/v1/memory/insights/sections/..%2f..%2f`)
  expectProblem(odd, { status: 404, code: 'not_found' })
  expect(await events()).toHaveLength(before)
})
