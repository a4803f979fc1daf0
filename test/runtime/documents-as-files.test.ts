import { readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { insights, type ToolStage, toolStage } from './tool-stage.ts'
import { done, inTurn, use } from './worker-stage.ts'

const own = 'The upload is designed.'
const changedBoth = insights
  .replace('Last words of the backend.', own)
  .replace('Last words of the design.', 'The backend knows better.')
const onlyOwn = insights.replace('Last words of the backend.', own)

/** The own section is saved, the foreign bytes are unchanged, and the refusal names the owner everywhere. */
async function expectOwnOnly(given: ToolStage, via: string): Promise<void> {
  expect(await given.document()).toBe(onlyOwn)
  expect(await readFile(join(given.memory, 'insights.md'), 'utf8')).toBe(onlyOwn)
  const [result] = await given.data('ToolReturned')
  expect(result?.output).toContain('belongs to ui-designer')
  expect(await given.data('EditRefused')).toMatchObject([
    { document: 'insights', owner: 'ui-designer', heading: 'Design Work', code: 'not_owner' },
  ])
  expect(await given.data('DocumentEdited')).toMatchObject([{ via, session: expect.any(String) }])
  const edits = (await given.events()).filter((event) => event.type === 'DocumentEdited')
  expect(edits.map((event) => event.meta.actor)).toEqual([{ kind: 'agent', id: 'backend-architect' }])
  expect(await given.data('FileChanged')).toEqual([])
  expect(await given.data('SessionCompleted')).toHaveLength(1)
}

describe('an agent that changes its own section and a foreign one', () => {
  test.each([
    'insights.md',
    '.superagent/memory/insights.md',
    '@.superagent/memory/insights.md',
    './insights.md',
  ])('with Write on %s', async (file_path) => {
    const given = await toolStage(inTurn(use('Write', { file_path, content: changedBoth }), done))
    await given.drain()
    await expectOwnOnly(given, 'file')
  })

  test('with MultiEdit', async () => {
    const edits = [
      { old_string: 'Last words of the backend.', new_string: own },
      { old_string: 'Last words of the design.', new_string: 'The backend knows better.' },
    ]
    const input = { file_path: '.superagent/memory/insights.md', edits }
    const given = await toolStage(inTurn(use('MultiEdit', input), done))
    await given.drain()
    await expectOwnOnly(given, 'file')
  })

  test('with the memory tool', async () => {
    const input = { command: 'create', path: 'insights.md', file_text: changedBoth }
    const given = await toolStage(inTurn(use('memory', input), done))
    await given.drain()
    await expectOwnOnly(given, 'tool')
  })

  test('with Bash', async () => {
    const path = '.superagent/memory/insights.md'
    const command = `sed -i 's/Last words of the backend./${own}/; s/Last words of the design./The backend knows better./' ${path}`
    const given = await toolStage(inTurn(use('Bash', { command }), done), { config: { allowBash: true } })
    await given.drain()
    await expectOwnOnly(given, 'bash')
  })

  test('wherever the documents are rendered, and through links', async () => {
    const file_path = 'by/another/name.md'
    const script = inTurn(
      use('Write', { file_path: '.superagent/memory/insights.md', content: changedBoth }),
      use('Edit', { file_path, old_string: own, new_string: 'Through a link.' }),
      done,
    )
    const given = await toolStage(script, { memory: 'documents' })
    await import('node:fs/promises').then(({ mkdir }) =>
      mkdir(join(given.root, 'by/another'), { recursive: true }),
    )
    await symlink('../../documents/insights.md', join(given.root, file_path))
    await given.drain()
    expect(await given.document()).toBe(onlyOwn.replace(own, 'Through a link.'))
    expect(await readdir(join(given.root, 'documents'))).toEqual(['insights.md'])
    expect(await given.data('FileChanged')).toEqual([])
  })
})

describe('Edit on a document', () => {
  test('saves the own section, and refuses a foreign one whole', async () => {
    const edit = (old_string: string, new_string: string) =>
      use('Edit', { file_path: 'insights.md', old_string, new_string })
    const given = await toolStage(
      inTurn(edit('Last words of the backend.', own), edit('Last words of the design.', 'No.'), done),
    )
    await given.drain()
    expect(await given.document()).toBe(onlyOwn)
    const results = await given.data('ToolReturned')
    expect(results.map(({ isError }) => isError)).toEqual([false, true])
    expect(results[1]?.output).toContain('belongs to ui-designer')
  })

  test('tells what does not occur', async () => {
    const input = { file_path: 'insights.md', old_string: 'nowhere', new_string: 'x' }
    const given = await toolStage(inTurn(use('Edit', input), done))
    await given.drain()
    expect(await given.data('ToolReturned')).toMatchObject([{ isError: true }])
    expect(await given.document()).toBe(insights)
  })
})

test('Read gives the bytes of the log, not of the disk, and records the sections that were read', async () => {
  const given = await toolStage(inTurn(use('Read', { file_path: '.superagent/memory/insights.md' }), done))
  await writeFile(join(given.memory, 'insights.md'), 'forged')
  await given.drain()
  expect(await given.data('ToolReturned')).toMatchObject([{ output: insights, isError: false }])
  expect(await given.data('SectionRead')).toHaveLength(2)
})

test('a bare name is a file where the workspace has one', async () => {
  const given = await toolStage(inTurn(use('Read', { file_path: 'insights.md' }), done))
  await writeFile(join(given.root, 'insights.md'), 'about something else')
  await given.drain()
  expect(await given.data('ToolReturned')).toMatchObject([{ output: 'about something else' }])
})

test('other files of the memory folder are not written', async () => {
  const inputs = ['notes.md', '.insights.md.daybook-x.old', 'deep/insights.md'].map((name) => ({
    file_path: `.superagent/memory/${name}`,
    content: 'x',
  }))
  const given = await toolStage(inTurn(use('Write', ...inputs), done))
  await given.drain()
  expect((await given.data('ToolReturned')).map(({ isError }) => isError)).toEqual([true, true, true])
  expect(await readdir(given.memory)).toEqual(['insights.md'])
})

test('a section that somebody else changed since it was read is not an edit of the writer', async () => {
  let given: ToolStage | null = null
  const stale = insights.replace('Last words of the backend.', own)
  const script = inTurn(
    use('Read', { file_path: 'insights.md' }),
    use('Write', { file_path: 'insights.md', content: stale }),
    done,
  )
  const meanwhile = 'Design went on.'
  given = await toolStage((request) => {
    const answer = script(request)
    return answer
  })
  const { project } = given
  const execute = project.streams.execute.bind(project.streams)
  let changed = false
  Object.assign(project.streams, {
    execute: async (...args: Parameters<typeof execute>) => {
      const outcome = await execute(...args)
      const { type } = args[1] as { type: string }
      if (type !== 'ReturnTool' || changed) return outcome
      changed = true
      await execute(
        {
          stream: 'memory-insights',
          decider: (await import('../../src/memory/decider.ts')).memoryDecider,
        } as never,
        {
          type: 'EditDocument',
          document: 'insights',
          edit: { kind: 'section', section: 'Design Work', text: `## Design Work\n\n${meanwhile}\n` },
          actor: { kind: 'agent', id: 'ui-designer' },
          claims: [{ agent: 'ui-designer', heading: 'Design Work' }],
          via: 'tool',
          at: new Date().toISOString(),
          idBase: 'x',
        } as never,
        { actor: { kind: 'agent', id: 'ui-designer' } },
      )
      return outcome
    },
  })
  await given.drain()
  expect(await given.document()).toBe(stale.replace('Last words of the design.', meanwhile))
  expect(await given.data('EditRefused')).toEqual([])
})
