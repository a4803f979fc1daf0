import { expect, test } from 'vitest'
import { ask, expectProblem, type Served, send, served } from './given.ts'

const section = 'v1/memory/insights/sections'

/** One section, written by its agent and then by a person; gives the events of both. */
async function written(): Promise<Served & { first: string; second: string }> {
  const it = await served()
  const put = async (text: string, by: string, headers: Record<string, string>) => {
    const answer = await send(`${it.url}/${section}/system-plans`, { text, by }, headers, 'PUT')
    expect(answer.status).toBeLessThan(300)
    return answer
  }
  const one = await put('## System Plans\n\nThe cache lives an hour.\n', 'system-planner', {
    'If-None-Match': '*',
  })
  const etag = one.headers.get('ETag')!
  const two = await put('## System Plans\n\nThe cache lives an hour.\nPages have twenty.\n', 'person', {
    'If-Match': etag,
  })
  return { ...it, first: one.body.event, second: two.body.event }
}

test('blame says of every line who wrote it and by which event, now and as of a moment', async () => {
  const { url, first, second } = await written()
  const now = await ask(`${url}/v1/memory/insights/blame`)
  expect(now.status).toBe(200)
  expect(now.body.lines.map((line: Record<string, unknown>) => [line.line, line.text, line.event])).toEqual([
    [1, '## System Plans\n', first],
    [2, '\n', first],
    [3, 'The cache lives an hour.\n', first],
    [4, 'Pages have twenty.\n', second],
  ])
  expect(now.body.lines[3]).toMatchObject({ by: { kind: 'person' }, session: null, owner: 'system-planner' })
  const then = await ask(`${url}/v1/memory/insights/blame?at=event:${first}&section=system-plans`)
  expect(then.body.lines).toHaveLength(3)
})

test('sections as of a moment have the text, the owner and the ETag of then', async () => {
  const { url, first, second, daybook } = await written()
  await daybook.project.sectionPasts.warm('insights')
  const at = async (event: string) => (await ask(`${url}/${section}/system-plans?at=event:${event}`)).body
  expect(await at(first)).toMatchObject({
    text: '## System Plans\n\nThe cache lives an hour.\n',
    event: first,
  })
  expect(await at(second)).toMatchObject({ event: second, heading: 'System Plans', owner: 'system-planner' })
  expectProblem(await ask(`${url}/${section}/nobody?at=event:${second}`), { status: 404, code: 'not_found' })
  expectProblem(await ask(`${url}/${section}/system-plans?at=1`), { status: 404, code: 'not_found' })
})

test('diff, log, search, owners and why tell the same history', async () => {
  const { url, first, second } = await written()
  const get = async (path: string) => (await ask(`${url}/v1/memory/insights/${path}`)).body
  expect(await get(`diff?from=event:${first}`)).toMatchObject({
    equal: false,
    sections: [{ heading: 'System Plans', change: 'changed', added: 1, removed: 0 }],
    unified: expect.stringContaining('+Pages have twenty.\n'),
  })
  const { changes } = await get('log?section=system-plans')
  expect(changes.map(({ event }: { event: string }) => event)).toEqual([first, second])
  expect((await get('search?words=twenty%20PAGES')).lines).toMatchObject([{ event: second, standing: true }])
  expect((await get('owners')).sections).toMatchObject([{ heading: 'System Plans', owner: 'system-planner' }])
  expect((await get('report')).sections).toMatchObject([{ heading: 'System Plans', lines: 4, editsSince: 0 }])
  const why = await get('why?line=twenty')
  expect(why).toMatchObject({ line: { line: 4, event: second }, session: null, given: [], echoes: [] })
  expect((await get('readers?text=cache')).readers).toEqual([])
})

test('what is asked wrongly is a problem that says what was expected', async () => {
  const { url } = await written()
  const wrong: readonly (readonly [string, number, string])[] = [
    ['memory/insights/blame?at=yesterday', 400, 'usage'],
    ['memory/insights/blame?at=2999-01-01', 400, 'usage'],
    ['memory/insights/blame?section=nobody', 404, 'not_found'],
    ['memory/nothing/blame', 404, 'not_found'],
    ['memory/nothing/log', 404, 'not_found'],
    ['memory/nothing/search?words=a', 404, 'not_found'],
    ['memory/insights/diff', 400, 'bad_request'],
    ['memory/insights/diff?from=nonsense', 400, 'usage'],
    ['memory/insights/why', 400, 'bad_request'],
    ['memory/insights/why?line=99', 400, 'usage'],
    ['memory/insights/why?line=nowhere', 404, 'not_found'],
    ['sessions/nobody/influence', 404, 'not_found'],
  ]
  for (const [path, status, code] of wrong) expectProblem(await ask(`${url}/v1/${path}`), { status, code })
})
