import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { agentEvents } from '../../src/agents/events.ts'
import { limits } from '../../src/kernel/limits.ts'
import { readAgentFolder } from '../../src/runtime/agent-folder.ts'

const fixtures = fileURLToPath(new URL('../agents/fixtures/agents', import.meta.url))

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'daybook-agents-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function put(path: string, content: string | Uint8Array = agent(path)) {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), content)
}
const agent = (path: string, name = path.replace(/^.*\/|\.md$/gu, '')) =>
  `---\nname: ${name}\ndescription: about ${name}\n---\nYou are ${name}. Find or create "## ${name}" in insights.md.\n`
const skippedIn = async () => (await readAgentFolder(folder)).skipped.map(({ file, kind }) => [file, kind])
const loaded = async () => (await readAgentFolder(folder)).agents.map(({ source }) => source)

test('agents and their neighbours are told apart, with the reason', async () => {
  const read = await readAgentFolder(fixtures)
  expect(read.agents.map(({ source, definition }) => [source, definition.name])).toEqual([
    ['cook.md', 'cook'],
    ['craft/harbour-pilot.md', 'harbour-pilot'],
    ['craft/tug-master.md', 'tug-master'],
    ['lighthouse.md', 'Lighthouse Keeper'],
  ])
  expect(read.skipped).toEqual([
    { file: 'README.md', reason: expect.stringContaining('another kind'), kind: 'other' },
    { file: 'blank.md', reason: expect.stringContaining('placeholder'), kind: 'other' },
    { file: 'commands/bell.md', reason: expect.stringContaining('commands'), kind: 'other' },
    { file: 'weather.md', reason: expect.stringContaining('does not read like an agent'), kind: 'other' },
  ])
  expect(read).toMatchObject({ diagnostics: [], complete: true })
})

test('partners are looked up among the agents of the folder', async () => {
  const { agents } = await readAgentFolder(fixtures)
  const partners = Object.fromEntries(
    agents.map(({ definition }) => [definition.name, definition.worksWith.map(({ target }) => target)]),
  )
  expect(partners).toEqual({
    cook: [],
    'harbour-pilot': ['tug-master', 'Lighthouse Keeper', null, null, null],
    'tug-master': ['harbour-pilot', 'Lighthouse Keeper', 'harbour-pilot', 'Lighthouse Keeper'],
    'Lighthouse Keeper': ['tug-master'],
  })
  const codes = agents.map(({ diagnostics }) => diagnostics.map(({ code }) => code))
  expect(codes).toEqual([
    [],
    ['front_matter_recovered', 'stray_fence', 'self_partner', 'dangling_partner'],
    ['unknown_tool'],
    ['name_differs_from_file', 'duplicate_section_claim'],
  ])
})
test('every agent fits its event', async () => {
  for (const { source, file, digest, definition, diagnostics } of (await readAgentFolder(fixtures)).agents) {
    const data = { name: definition.name, source, file, digest, definition, diagnostics }
    expect(agentEvents.AgentRegistered.safeParse(data).error).toBeUndefined()
  }
})

test('the same folder twice, and copied, gives the same', async () => {
  const once = await readAgentFolder(fixtures)
  expect(await readAgentFolder(fixtures)).toEqual(once)
  cpSync(fixtures, folder, { recursive: true })
  expect(await readAgentFolder(folder)).toEqual(once)
})

test('of two files with one name the first path wins, whatever the spelling', async () => {
  put('b/Cook.md', agent('', 'ＣＯＯＫ'))
  put('a/cook.md')
  put('c.md', agent('', 'cook'))
  const { agents, skipped } = await readAgentFolder(folder)
  expect(agents.map(({ source }) => source)).toEqual(['a/cook.md'])
  expect(agents[0]!.diagnostics.map(({ code }) => code)).toEqual(['duplicate_name', 'duplicate_name'])
  expect(skipped.map(({ file, kind }) => [file, kind])).toEqual([
    ['b/Cook.md', 'unloadable'],
    ['c.md', 'unloadable'],
  ])
})

test('what is no text is refused: bad UTF-8, NUL, too large', async () => {
  put('good.md')
  put('latin.md', Buffer.from('---\nname: latin\n---\n\xe9', 'latin1'))
  put('nul.md', `${agent('nul.md')}\0`)
  put('huge.md', `${agent('huge.md')}${'x'.repeat(limits.agentFileBytesMax)}`)
  put('line.md', 'x'.repeat(10 * 1024 * 1024))
  put('escaped.md', `${agent('escaped.md')}${'\n'.repeat(limits.agentFileBytesMax - 200)}"`)
  expect(await loaded()).toEqual(['good.md'])
  expect((await skippedIn()).map(([file]) => file)).toEqual([
    'escaped.md',
    'huge.md',
    'latin.md',
    'line.md',
    'nul.md',
  ])
})

test('a byte order mark and CRLF are kept in the file and do no harm', async () => {
  const text = `\uFEFF${agent('crlf.md').replaceAll('\n', '\r\n')}`
  put('crlf.md', text)
  const { agents } = await readAgentFolder(folder)
  expect(agents[0]!.file).toBe(text)
  expect(agents[0]!.definition).toMatchObject({
    name: 'crlf',
    claims: [{ heading: 'crlf' }],
    recovered: false,
  })
})

test('front matter that would run is refused, and nothing runs', async () => {
  put('good.md')
  put('evil.md', '---js\n{ name: (globalThis.daybookWasRun = "evil"), description: "d" }\n---\nYou are.')
  expect(await skippedIn()).toEqual([['evil.md', 'unloadable']])
  expect((globalThis as { daybookWasRun?: string }).daybookWasRun).toBeUndefined()
})

test('links out of the folder are refused, links inside are read once', async () => {
  const outside = mkdtempSync(join(tmpdir(), 'daybook-outside-'))
  writeFileSync(join(outside, 'secret.md'), agent('secret.md'))
  put('a.md')
  put('sub/b.md')
  symlinkSync(join(outside, 'secret.md'), join(folder, 'link.md'))
  symlinkSync(outside, join(folder, 'out'))
  symlinkSync(folder, join(folder, 'sub/loop'))
  symlinkSync(join(folder, 'a.md'), join(folder, 'again.md'))
  symlinkSync(join(folder, 'nowhere'), join(folder, 'dead.md'))
  expect(await loaded()).toEqual(['a.md', 'sub/b.md'])
  expect(await skippedIn()).toEqual([
    ['again.md', 'other'],
    ['dead.md', 'unloadable'],
    ['link.md', 'unloadable'],
    ['out', 'unloadable'],
    ['sub/loop', 'other'],
  ])
  rmSync(outside, { recursive: true })
})

test('a folder that is itself a link is read where it points', async () => {
  put('real/a.md')
  symlinkSync(join(folder, 'real'), join(folder, 'alias'))
  expect((await readAgentFolder(join(folder, 'alias'))).agents.map(({ source }) => source)).toEqual(['a.md'])
})

test('pipes and folders named like files hang nobody', async () => {
  put('a.md')
  mkdirSync(join(folder, 'folder.md'))
  execFileSync('mkfifo', [join(folder, 'pipe.md')])
  expect(await loaded()).toEqual(['a.md'])
  expect(await skippedIn()).toEqual([['pipe.md', 'unloadable']])
})

const isRoot = process.getuid?.() === 0
if (isRoot) console.warn('skipped: root may read every file, so an unreadable one is only tried as a user')
test.skipIf(isRoot)('a file that may not be read is skipped with the reason', async () => {
  put('a.md')
  put('b.md')
  chmodSync(join(folder, 'b.md'), 0)
  expect(await skippedIn()).toEqual([['b.md', 'unloadable']])
})

test('a path that fits no event is said', async () => {
  put('a.md')
  put(`${`${'d'.repeat(200)}/`.repeat(3)}b.md`)
  expect(await loaded()).toEqual(['a.md'])
  expect((await readAgentFolder(folder)).skipped[0]!.reason).toContain('shorten the names')
})

test('folders nested too deep are said, and the folder is not complete', async () => {
  put(`${'d/'.repeat(limits.agentFolderDepthMax)}in.md`)
  put(`${'e/'.repeat(limits.agentFolderDepthMax + 1)}out.md`)
  const read = await readAgentFolder(folder)
  expect(read.agents.map(({ definition }) => definition.name)).toEqual(['in'])
  expect(read.complete).toBe(false)
})

test('a folder that is not there, or is a file, says so', async () => {
  await expect(readAgentFolder(join(folder, 'none'))).rejects.toMatchObject({ code: 'not_found' })
  put('a.md')
  await expect(readAgentFolder(join(folder, 'a.md'))).rejects.toMatchObject({ code: 'usage' })
})

test('more files than the limit: the first by path, and the folder is not complete', {
  timeout: 60_000,
}, async () => {
  for (let at = 0; at <= limits.agentFilesMax; at += 1) put(`agent-${10_000 + at}.md`)
  const start = performance.now()
  const read = await readAgentFolder(folder)
  expect(performance.now() - start).toBeLessThan(15_000)
  expect(read.agents).toHaveLength(limits.agentFilesMax)
  expect(read.diagnostics.map(({ code }) => code)).toEqual(['too_many_files'])
  expect(read.complete).toBe(false)
})
