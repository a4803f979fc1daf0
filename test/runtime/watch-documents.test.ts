import { mkdir, rename, rm, unlink, writeFile } from 'node:fs/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { followDocuments } from '../../src/runtime/follow-documents.ts'
import { watchDocuments } from '../../src/runtime/watch-documents.ts'
import { FolderGiven, folderGiven, insights, memoryStore, newRoot } from './folder-given.ts'

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

/** Watches and follows, as `serve` and `worker` do, until the test is over. */
function tends(given: FolderGiven): Error[] {
  const stop = new AbortController()
  const problems: Error[] = []
  const following = { signal: stop.signal, onProblem: (problem: Error) => void problems.push(problem) }
  const { reading, rendering } = given.project
  const running = [
    reading.follow(stop.signal),
    rendering.watch(following),
    followDocuments(given.project, following),
  ]
  ends.push(async () => {
    stop.abort()
    await Promise.all(running)
  })
  return problems
}

/** Resolves with the log's text when it holds the words; the log tells, nobody polls. */
async function logged(given: FolderGiven, ...words: string[]): Promise<string> {
  const { store } = given.project
  const text = await given.log()
  if (words.every((word) => text.includes(word))) return text
  for await (const item of store.subscribe({ from: 'start', signal: AbortSignal.timeout(8_000) })) {
    if (item.kind !== 'event' || item.event.stream !== 'memory-insights') continue
    const now = await given.log()
    if (words.every((word) => now.includes(word))) return now
  }
  throw new Error(`the log never said ${words}: ${await given.log()}`)
}

/** Resolves when a notice says so. */
async function told(given: FolderGiven, pattern: RegExp): Promise<string> {
  const found = given.notices.find((notice) => pattern.test(notice))
  if (found !== undefined) return found
  return new Promise((resolve) => {
    const push = given.notices.push.bind(given.notices)
    given.notices.push = (...notices) => {
      const hit = notices.find((notice) => pattern.test(notice))
      if (hit !== undefined) resolve(hit)
      return push(...notices)
    }
  })
}

describe('a watcher notices', () => {
  test('an editor that overwrites, and one that renames', async () => {
    const given = await folderGiven()
    tends(given)
    await given.save((text) => text.replace('- a note', '- overwritten'))
    await logged(given, '- overwritten')
    const renamed = (await given.log()).replace('- overwritten', '- renamed')
    await writeFile(`${given.path}.swp`, renamed)
    await rename(`${given.path}.swp`, given.path)
    await logged(given, '- renamed')
    expect((await given.edits()).map(({ via }) => via)).toEqual(['disk', 'disk'])
  })

  test('an editor that keeps a backup', async () => {
    const given = await folderGiven()
    tends(given)
    await rename(given.path, `${given.path}~`)
    await writeFile(given.path, insights.replace('- a note', '- like vim'))
    await logged(given, '- like vim')
    expect(given.notices.filter((notice) => notice.includes('deleted'))).toEqual([])
  })

  test('a deleted file, and a deleted folder', async () => {
    const given = await folderGiven()
    tends(given)
    await unlink(given.path)
    await told(given, /was deleted on disk/u)
    expect(await given.disk()).toBe(insights)
    given.notices.length = 0
    const again = told(given, /was deleted on disk/u)
    await rm(`${given.root}/memory`, { recursive: true })
    await again
    expect(await given.disk()).toBe(insights)
    expect(await given.edits()).toEqual([])
  })

  test('a document that an agent claims and nobody had yet', async () => {
    const root = await newRoot()
    const given = new FolderGiven(root, await memoryStore())
    tends(given)
    await given.project.view.refresh()
    await writeFile(given.path, insights)
    await told(given, /is in the log now/u)
    expect(await given.log()).toBe(insights)
  })

  test('what is no document, and goes on when it is mended', async () => {
    const given = await folderGiven()
    const problems = tends(given)
    await unlink(given.path)
    await mkdir(given.path)
    await told(given, /ordinary file/u)
    await rm(given.path, { recursive: true })
    await writeFile(given.path, insights.replace('- a note', '- mended'))
    await logged(given, '- mended')
    expect(problems).toEqual([])
  })
})

test('two editors, an agent and two watchers at once lose nothing, and come to rest', async () => {
  const store = await memoryStore()
  const root = await newRoot()
  await writeFile(`${root}/memory/insights.md`, insights)
  const [first, second] = [new FolderGiven(root, store), new FolderGiven(root, store)] as const
  for (const given of [first, second]) await given.sync()
  const problems = [tends(first), tends(second)]
  const saves: string[] = []
  const editor = async (name: string, mark: string) => {
    for (let turn = 0; turn < 6; turn += 1) {
      const line = `- ${name} ${turn}`
      await first.save((text) => text.replace(mark, `${line}\n${mark}`))
      await logged(first, line)
      saves.push(line)
    }
  }
  const agent = async () => {
    for (let turn = 0; turn < 20; turn += 1) {
      await second.writes('ui-designer', `## Design\n- blue ${turn}`)
      await second.render()
    }
  }
  await Promise.all([editor('one', '- one'), agent()])
  await Promise.all([editor('two', '- a note'), agent()])
  const log = await first.log()
  for (const line of saves) expect(log).toContain(`${line}\n`)
  expect(log).toContain('- blue 19')
  await Promise.all([first.render(), second.render()])
  expect(await first.disk()).toBe(log)
  const count = (await first.events()).length
  await Promise.all([first.render(), second.render()])
  expect(await first.events()).toHaveLength(count)
  expect(problems.flat()).toEqual([])
})

test('where the system tells nothing, files are compared now and then', async () => {
  const root = await newRoot()
  const stop = new AbortController()
  const looks: string[] = []
  const enough = Promise.withResolvers<void>()
  let path = `${root}/memory/insights.md`
  await writeFile(path, 'a')
  const watching = watchDocuments({
    // Nothing ever happens in this folder.
    folder: `${root}/elsewhere`,
    documents: async () => ['insights'],
    pathOf: () => path,
    look: async (document) => {
      looks.push(document)
      if (looks.length === 1) path = `${root}/memory/other.md`
      else enough.resolve()
    },
    signal: stop.signal,
    onProblem: (problem) => enough.reject(problem),
    lookMs: 20,
  })
  await enough.promise
  stop.abort()
  await watching
  expect(looks).toEqual(['insights', 'insights'])
})
