import { expect, test } from 'vitest'
import { limits } from '../../src/kernel/limits.ts'
import { writeSection } from '../../src/runtime/write-section.ts'
import { call, overHttp, overStdio, project, served } from './given.ts'

const person = { kind: 'person', id: 'a person' } as const

test('a write that came too late changes nothing, and gets the text that stands there', async () => {
  const { url, daybook } = await served(await project())
  const client = await overHttp(url, '2026-07-28')
  const seen = await call(client, 'read_memory', { section: 'system-plans' })
  const { revision } = seen.data
  const text = '## System Plans\n\n- A person decided on three queues.\n'
  await writeSection(daybook, {
    document: 'insights',
    section: 'System Plans',
    text,
    by: person,
    precondition: { kind: 'revision', revision },
    via: 'api',
  })
  const mine = '## System Plans\n\n- Uploads go through a pool.\n'
  const late = await call(client, 'write_section', { agent: 'system-planner', text: mine, revision })
  expect(late).toMatchObject({ isError: true, data: { code: 'stale', current: text } })
  expect(late.text).toContain('three queues')
  const again = { agent: 'system-planner', text: mine, revision: late.data.revision }
  expect(await call(client, 'write_section', again)).toMatchObject({ isError: false })
})

test('an agent opens its own section without naming it, and the event says that it came by MCP', async () => {
  const folder = await project()
  const { daybook, url } = await served(folder)
  const client = await overHttp(url, '2025-06-18')
  const text = '## Load Results\n\n### Collaboration Patterns\n\n- none yet\n'
  const opened = await call(client, 'write_section', { agent: 'load-runner', text, revision: null })
  expect(opened).toMatchObject({
    isError: false,
    data: { heading: 'Load Results', owner: 'load-runner', opened: true },
  })
  const events = await Array.fromAsync(daybook.project.store.readStream('memory-insights'))
  expect(events.at(-1)).toMatchObject({
    type: 'DocumentEdited',
    data: { via: 'mcp' },
    meta: { actor: { kind: 'agent', id: 'load-runner' } },
  })
  const twice = await call(client, 'write_section', {
    agent: 'load-runner',
    text: `${text}- more\n`,
    revision: null,
  })
  expect(twice).toMatchObject({ isError: true, data: { code: 'stale', current: text } })
})

test('a connection that speaks for one agent needs no name, and offers none to give', async () => {
  const client = await overStdio(await project(), '2025-11-25', ['--agent', 'load-runner'])
  const text = '## Load Results\n\n- 400 a second\n'
  expect(await call(client, 'write_section', { text, revision: null })).toMatchObject({ isError: false })
  const { tools } = await client.listTools()
  expect(tools.find(({ name }) => name === 'write_section')?.inputSchema.required).not.toContain('agent')
})

test('a long text comes in parts that join to its exact characters', async () => {
  const { url, daybook } = await served(await project())
  const line = `- ${'ein Überlauf, 😀 und noch einer '.repeat(200)}\n`
  const text = `## System Plans\n\n${line.repeat(Math.ceil((limits.mcpTextCharsMax * 1.5) / line.length))}`
  await writeSection(daybook, {
    document: 'insights',
    section: 'System Plans',
    text,
    by: person,
    precondition: { kind: 'present' },
    via: 'api',
  })
  const client = await overHttp(url, '2026-07-28')
  let joined = ''
  let parts = 0
  for (let offset: number | null = 0; offset !== null; parts += 1) {
    const { data } = await call(client, 'read_memory', { section: 'System Plans', offset })
    expect(data.text.isWellFormed()).toBe(true)
    joined += data.text
    offset = data.next
  }
  expect(parts).toBe(2)
  expect(joined).toBe(text)
})

test('search and why tell who wrote a line, and when', async () => {
  const client = await overHttp((await served(await project())).url, '2025-06-18')
  const { data } = await call(client, 'search_memory', { words: 'one QUEUE' })
  expect(data.hits).toMatchObject([{ heading: 'System Plans', by: 'agent:system-planner', standing: true }])
  const why = await call(client, 'why', { line: 'one queue' })
  expect(why.data.line).toMatchObject({ by: { id: 'system-planner' }, event: data.hits[0].event })
  expect(await call(client, 'why', {})).toMatchObject({ isError: true, data: { code: 'usage' } })
})

test('documents and sections are resources: listed, read exactly, as of a moment, their names completed', async () => {
  const client = await overHttp((await served(await project())).url, '2026-07-28')
  const { resources } = await client.listResources()
  expect(resources.map(({ uri }) => uri)).toEqual([
    'daybook://memory/insights',
    'daybook://memory/insights/system-plans',
  ])
  const { resourceTemplates } = await client.listResourceTemplates()
  expect(resourceTemplates).toHaveLength(4)
  const textOf = async (uri: string) => {
    const [content] = (await client.readResource({ uri })).contents
    return content !== undefined && 'text' in content ? content.text : ''
  }
  expect(await textOf('daybook://memory/insights/system-plans')).toBe(
    '## System Plans\n\n- Uploads go through one queue.\n',
  )
  expect(await textOf('daybook://memory/insights?at=1%20day%20ago')).toContain('one queue')
  await expect(textOf('daybook://memory/insights?at=3%20days%20ago')).rejects.toThrow(/no document/u)
  const completed = await client.complete({
    ref: { type: 'ref/resource', uri: 'daybook://memory/{document}/{section}' },
    argument: { name: 'section', value: 'sys' },
    context: { arguments: { document: 'insights' } },
  })
  expect(completed.completion.values).toEqual(['system-plans'])
})

test('the prompts tell an agent how to begin and how to end, in the words of its own file', async () => {
  const client = await overHttp((await served(await project())).url, '2026-07-28')
  const { prompts } = await client.listPrompts()
  expect(prompts.map(({ name }) => name)).toEqual(['begin-work', 'session-summary'])
  const { messages } = await client.getPrompt({
    name: 'session-summary',
    arguments: { agent: 'load-runner' },
  })
  expect(messages[0]?.content).toMatchObject({ type: 'text' })
  expect(JSON.stringify(messages)).toContain('## Load Results')
})

test('the list of the memory says who owns what, now and then', async () => {
  const { url } = await served(await project())
  const client = await overHttp(url, '2025-11-25')
  await call(client, 'write_section', {
    agent: 'load-runner',
    text: '## Load Results\n\n- 1\n',
    revision: null,
  })
  const headings = async (at?: string) => {
    const { data } = await call(client, 'list_memory', at === undefined ? {} : { at })
    return data.documents.flatMap((one: { sections: { heading: string; owner: string }[] }) =>
      one.sections.map(({ heading, owner }) => `${heading}: ${owner}`),
    )
  }
  expect(await headings()).toEqual(['System Plans: system-planner', 'Load Results: load-runner'])
  expect(await headings('1 day ago')).toEqual(['System Plans: system-planner'])
  const wrong = await call(client, 'list_memory', { at: 'the day before yesterday' })
  expect(wrong).toMatchObject({ isError: true, data: { code: 'usage' } })
})
