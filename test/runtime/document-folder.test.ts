import { appendFile, readFile, utimes, writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { FolderGiven, folderGiven, insights, memoryStore, newRoot } from './folder-given.ts'

const design = '## Design\n- blue\n- green\n- red'

describe('a save on disk', () => {
  test('is recorded, and nobody is named for it', async () => {
    const given = await folderGiven()
    await given.save((text) => text.replace('- a note', '- another note'))
    await given.render()
    expect(await given.log()).toBe(await given.disk())
    expect(await given.edits()).toEqual([{ type: 'DocumentEdited', via: 'disk', by: 'unknown:disk' }])
    expect(await given.log()).toContain('another note')
    await given.render()
    expect(await given.edits()).toHaveLength(1)
  })

  test('is noticed at a start', async () => {
    const given = await folderGiven()
    await given.save((text) => text.replace('- a note', '- while nobody looked'))
    const again = new FolderGiven(given.root, given.project.store)
    await again.sync()
    expect(await again.log()).toContain('while nobody looked')
  })

  test('and an edit in the log, of other sections, are both kept', async () => {
    const given = await folderGiven()
    await given.writes('ui-designer', design)
    await given.save((text) => text.replace('- a note', '- mine'))
    await given.render()
    const disk = await given.disk()
    expect(disk).toContain('- red')
    expect(disk).toContain('- mine')
    expect(disk).toBe(await given.log())
  })

  test('and one of the same section, in other lines, are merged', async () => {
    const given = await folderGiven()
    await given.writes('backend-architect', '## Backend\n- one\n- two\n- three\n- four')
    await given.save((text) => text.replace('- one', '- ONE'))
    await given.render()
    expect(await given.disk()).toContain('- ONE\n- two\n- three\n- four')
  })

  test('and one of the same line: the file shows the log, the other text is in the log and in a file', async () => {
    const given = await folderGiven()
    await given.writes('ui-designer', '## Design\n- azure\n- green')
    const mine = insights.replace('- blue', '- navy').replace('- a note', '- mine')
    await given.save(mine)
    await given.render()
    expect(await given.disk()).toBe(insights.replace('- blue', '- azure').replace('- a note', '- mine'))
    const conflict = (await given.events()).find(({ type }) => type === 'EditConflicted')
    expect(conflict?.data).toMatchObject({
      heading: 'Design',
      ours: expect.stringContaining('- azure'),
      theirs: expect.stringContaining('- navy'),
    })
    expect(await given.kept()).toEqual([mine])
    const notice = given.notices.find((text) => text.includes('"Design"')) ?? ''
    const [, file = ''] = /kept in (\S+)/u.exec(notice) ?? []
    expect(await readFile(file, 'utf8')).toBe(mine)
    expect(notice).toContain(conflict?.id)
    expect(await given.disk()).not.toMatch(/<<<<|>>>>|====/u)
  })

  test('that is found again after a crash is not recorded again', async () => {
    const given = await folderGiven()
    await given.writes('ui-designer', '## Design\n- azure\n- green')
    const base = await readFile(`${given.root}/rendered/insights.md`)
    const mine = insights.replace('- blue', '- navy').replace('- a note', '- mine')
    await given.save(mine)
    await given.render()
    const count = (await given.events()).length
    // As a crash between the append and the rendering leaves it.
    await writeFile(`${given.root}/rendered/insights.md`, base)
    await given.save(mine)
    await new FolderGiven(given.root, given.project.store).sync()
    expect(await given.events()).toHaveLength(count)
    expect(await given.disk()).toBe(await given.log())
  })

  test('one after the other, before and after they are rendered, are each edits of the one before', async () => {
    const given = await folderGiven()
    for (const word of ['n', 'no', 'not', 'note', 'no', '']) {
      await given.save((text) => text.replace(/- a.*$/mu, `- a${word}`))
      await given.render()
      expect(await given.disk()).toContain(`- a${word}\n`)
    }
    expect(await given.kept()).toEqual([])
  })

  test('may take a late change of somebody back, when it was there to be seen', async () => {
    const given = await folderGiven()
    await given.writes('ui-designer', design)
    await given.render()
    await given.hourPasses()
    await given.save(insights)
    await given.render()
    expect(await given.disk()).toBe(insights)
    expect(await given.edits()).toMatchObject([{ by: 'agent:ui-designer' }, { by: 'unknown:disk' }])
  })
})

describe('a save that was begun before others wrote', () => {
  test('keeps what they wrote, though it was rendered before the save', async () => {
    const given = await folderGiven()
    const opened = await given.disk()
    await given.writes('ui-designer', design)
    await given.render()
    await given.writes('backend-architect', '## Backend\n- one\n- two\n- three\n- four')
    await given.render()
    await given.save(opened.replace('- a note', '- mine'))
    await given.render()
    const disk = await given.disk()
    for (const line of ['- red', '- four', '- mine']) expect(disk).toContain(line)
    expect(await given.log()).toBe(disk)
  })

  test('conflicts where it changed the same line, whoever came first', async () => {
    const given = await folderGiven()
    const opened = await given.disk()
    await given.writes('ui-designer', '## Design\n- azure\n- green')
    await given.render()
    await given.save(opened.replace('- blue', '- navy'))
    await given.render()
    expect(await given.disk()).toContain('- azure')
    expect((await given.edits()).map(({ type }) => type)).toContain('EditConflicted')
  })

  test('of two editors keeps both', async () => {
    const given = await folderGiven()
    const opened = await given.disk()
    await given.save(opened.replace('- one', '- first editor'))
    await given.render()
    await given.save(opened.replace('- a note', '- second editor'))
    await given.render()
    const disk = await given.disk()
    expect(disk).toContain('- first editor')
    expect(disk).toContain('- second editor')
  })

  test('and changed nothing, is no edit', async () => {
    const given = await folderGiven()
    await given.writes('ui-designer', design)
    await given.render()
    await given.save(insights)
    await given.render()
    expect(await given.disk()).toContain('- red')
    expect(await given.edits()).toHaveLength(1)
    expect(given.notices.at(-1)).toContain('nothing was edited')
  })

  test('long before: an old text of several sections is recognised', async () => {
    const given = await folderGiven()
    await given.writes('ui-designer', design)
    await given.render()
    await given.writes('backend-architect', '## Backend\n- one\n- two\n- three\n- four')
    await given.render()
    await given.hourPasses()
    await given.save(insights.replace('- a note', '- mine'))
    await given.render()
    const disk = await given.disk()
    for (const line of ['- red', '- four', '- mine']) expect(disk).toContain(line)
  })
})

test('a save at any moment of many renderings survives', async () => {
  const given = await folderGiven()
  const saved: string[] = []
  for (let turn = 0; turn < 30; turn += 1) {
    await given.writes('ui-designer', `## Design\n- blue ${turn}`)
    const rendered = given.render()
    const line = `- note ${turn}`
    for (let wait = 0; wait < (turn % 10) * 2; wait += 1) await new Promise(setImmediate)
    await appendFile(given.path, `${line}\n`).catch(() => undefined)
    const stands = (await given.disk().catch(() => '')).includes(line)
    if (stands) saved.push(line)
    await rendered
    await given.render()
  }
  expect(saved.length).toBeGreaterThan(10)
  const log = await given.log()
  for (const line of saved) expect(log).toContain(`${line}\n`)
  expect(log).toContain('- blue 29')
  expect(await given.disk()).toBe(log)
})

describe('several processes on one folder', () => {
  test('take no rendering of another for an edit, and come to rest', async () => {
    const store = await memoryStore()
    const root = await newRoot()
    await writeFile(`${root}/memory/insights.md`, insights)
    const processes = [1, 2, 3].map(() => new FolderGiven(root, store))
    for (const given of processes) await given.sync()
    const [first] = processes as [FolderGiven]
    for (let turn = 0; turn < 20; turn += 1) {
      const writer = processes[turn % 3]!
      await writer.writes('ui-designer', `## Design\n- blue ${turn}`)
      await Promise.all(processes.map((given) => given.render()))
    }
    expect(await first.edits()).toHaveLength(20)
    expect((await first.edits()).every(({ via }) => via === 'tool')).toBe(true)
    expect(await first.disk()).toBe(await first.log())
    expect(processes.flatMap(({ notices }) => notices).filter((text) => !text.includes('was there'))).toEqual(
      [],
    )
  })

  test('record one save once', async () => {
    const given = await folderGiven()
    const others = [1, 2].map(() => new FolderGiven(given.root, given.project.store))
    await given.save((text) => text.replace('- a note', '- mine'))
    await Promise.all([given, ...others].map((each) => each.render()))
    expect(await given.edits()).toHaveLength(1)
  })

  test('one that died in the middle does not stop the others', async () => {
    const given = await folderGiven()
    await writeFile(`${given.root}/rendered/insights.lock`, 'nowhere:1:0:0 x')
    const past = new Date(Date.now() - 60_000)
    await utimes(`${given.root}/rendered/insights.lock`, past, past)
    await given.writes('ui-designer', design)
    await given.render()
    expect(await given.disk()).toContain('- red')
  })
})

test('renderings that are asked for at once are one', async () => {
  const given = await folderGiven()
  const loads: string[] = []
  const { streams } = given.project
  const load = streams.load.bind(streams)
  Object.assign(streams, {
    load: (target: Parameters<typeof load>[0]) => {
      loads.push(target.stream)
      return load(target)
    },
  })
  await Promise.all(Array.from({ length: 100 }, () => given.render()))
  expect(loads.length).toBeLessThanOrEqual(4)
})
