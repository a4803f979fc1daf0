import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { insights, type StageOptions, type ToolStage, toolStage } from './tool-stage.ts'
import { done, inTurn, use } from './worker-stage.ts'

const bash = { config: { allowBash: true } }
const file = '.superagent/memory/insights.md'
const rendered = (given: ToolStage) => readFile(join(given.memory, 'insights.md'), 'utf8')

async function afterCommand(
  command: string,
  { prepare, ...options }: StageOptions & { prepare?: (given: ToolStage) => Promise<void> } = {},
): Promise<ToolStage> {
  const given = await toolStage(inTurn(use('Bash', { command }), done), { ...options, ...bash })
  await prepare?.(given)
  await given.drain()
  expect(await given.data('SessionCompleted')).toHaveLength(1)
  return given
}

describe('what a command leaves of a document', () => {
  test.each([
    ['removed', `rm ${file}`],
    ['emptied', `: > ${file}`],
    ['made a link', `ln -sf /etc/hostname ${file}`],
    ['made a folder', `rm ${file}; mkdir ${file}`],
    ['made a binary', `printf '\\377\\376' > ${file}`],
    ['made too large', `head -c 3000000 /dev/zero | tr '\\0' x > ${file}`],
  ])('%s: the log stays, and its text is put back', async (_what, command) => {
    const given = await afterCommand(command)
    expect(await given.document()).toBe(insights)
    expect(await rendered(given)).toBe(insights)
    expect(await given.data('EditRefused')).toMatchObject([{ document: 'insights', code: 'removed' }])
    expect(await given.data('DocumentEdited')).toEqual([])
  })

  test('is told apart from what a person saved before it', async () => {
    const saved = insights.replace('Last words of the design.', 'A person was here.')
    const given = await afterCommand(`echo more >> other.txt`, {
      prepare: (stage) => writeFile(join(stage.memory, 'insights.md'), saved),
    })
    expect(await given.document()).toBe(saved)
    const [edit] = (await given.events()).filter((event) => event.type === 'DocumentEdited')
    expect(edit?.meta.actor.kind).toBe('unknown')
    expect(await given.data('EditRefused')).toEqual([])
  })

  test('that the log does not know is refused where it is not its own, and taken away', async () => {
    const project = { document: 'project', heading: 'Plans' }
    const given = await afterCommand(
      `cd .superagent/memory; printf '## Plans\\n\\nMine.\\n' > project.md; echo a > notes.md`,
      { definition: { claims: [{ document: 'insights', heading: 'Backend Work' }] }, others: [project] },
    )
    expect(await readdir(given.memory)).toEqual(['insights.md', 'notes.md'])
    expect(await given.data('EditRefused')).toMatchObject([{ document: 'project', owner: 'ui-designer' }])
    expect(await given.data('FileChanged')).toMatchObject([{ path: '.superagent/memory/notes.md' }])
  })

  test('keeps a copy of what was refused beside the renderings', async () => {
    const given = await afterCommand(`sed -i 's/Last words of the design./Taken over./' ${file}`)
    expect(await rendered(given)).toBe(insights)
    const kept = (await readdir(join(given.root, '.daybook/rendered'))).filter((name) =>
      name.endsWith('.kept.md'),
    )
    expect(kept).toHaveLength(1)
    expect(await readFile(join(given.root, '.daybook/rendered', kept[0]!), 'utf8')).toContain('Taken over.')
  })
})

test('while a command runs, nobody takes its half-written files for an edit', async () => {
  const command = `sed -i 's/Last words of the design./Half./' ${file}; touch begun; while [ ! -e go ]; do sleep 0.02; done; sed -i 's/Half./Whole./' ${file}`
  const given = await toolStage(inTurn(use('Bash', { command }), done), bash)
  const working = given.drain()
  await vi.waitFor(() => readFile(join(given.root, 'begun')))
  const other = given.reborn()
  await given.project.rendering.render('insights')
  await given.project.rendering.sync(['insights'])
  expect(await rendered(given)).toContain('Half.')
  expect(await given.data('DocumentEdited')).toEqual([])
  await writeFile(join(given.root, 'go'), '')
  await working
  expect(await rendered(given)).toBe(insights)
  expect(await other.document()).toBe(insights)
  expect(await given.data('EditRefused')).toMatchObject([{ owner: 'ui-designer' }])
})

test('what a command left that nobody could settle is still its agent’s, under the same rules', async () => {
  const command = `sed -i 's/Last words of the/No words of the/' ${file}`
  const given = await toolStage(inTurn(use('Bash', { command }), done), bash)
  await given.dieAt('DocumentEdited', 'before')
  expect(await rendered(given)).toContain('No words of the design.')
  const next = given.reborn()
  await next.project.rendering.sync(['insights'])
  const taken = insights.replace('Last words of the backend.', 'No words of the backend.')
  expect(await next.document()).toBe(taken)
  expect(await rendered(next)).toBe(taken)
  const [edit] = (await next.events()).filter((event) => event.type === 'DocumentEdited')
  expect(edit?.data).toMatchObject({ via: 'bash', session: expect.any(String) })
  expect(edit?.meta.actor).toEqual({ kind: 'agent', id: 'backend-architect' })
  expect(next.notices.join('\n')).toContain('a command of backend-architect that was cut off')
  await writeFile(join(next.memory, 'insights.md'), taken.replace('Last words', 'A person’s words'))
  await next.project.rendering.render('insights')
  expect(await next.document()).toContain('A person’s words of the design.')
})

test('links that a command leaves in the workspace are neither followed nor recorded', async () => {
  const given = await afterCommand('ln -s /etc etc; ln -s /etc/hostname name')
  expect(await given.data('FileChanged')).toEqual([])
})
