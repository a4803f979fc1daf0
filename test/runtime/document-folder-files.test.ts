import { mkdir, open, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { FolderGiven, folderGiven, insights } from './folder-given.ts'

const design = '## Design\n- blue\n- green\n- red'

describe('a file that is no edit', () => {
  test('deleted: restored, and nothing is deleted from the memory', async () => {
    const given = await folderGiven()
    await unlink(given.path)
    await given.render()
    expect(await given.disk()).toBe(insights)
    expect(await given.edits()).toEqual([])
    expect(given.notices.at(-1)).toMatch(/was deleted on disk and is restored/u)
  })

  test('its whole folder deleted', async () => {
    const given = await folderGiven()
    await rm(`${given.root}/memory`, { recursive: true })
    await given.render()
    expect(await given.disk()).toBe(insights)
  })

  test.each([
    ['empty', ''],
    ['blank', '\n \n'],
    ['cut off inside a line', insights.slice(0, insights.indexOf('wo') + 1)],
    ['edited and cut off', insights.replace('- one', '- uno').slice(0, insights.indexOf('lue') + 1)],
  ])('%s', async (_, text) => {
    const given = await folderGiven()
    await given.save(text)
    await given.render()
    expect(await given.disk()).toBe(insights)
    expect(await given.edits()).toEqual([])
    expect(given.notices.at(-1)).toContain('cut off')
    expect(await given.kept()).toEqual(text.trim() === '' ? [] : [text])
  })

  test('cut off at the end of a disk block', async () => {
    const line = '0123456789abcde\n'
    const text = `## Long\n${line.repeat(255)}1234567\n${line.repeat(100)}`
    const given = await folderGiven(text)
    await given.save(text.slice(0, 4096))
    expect(text[4095]).toBe('\n')
    await given.render()
    expect(await given.disk()).toBe(text)
  })

  test('while a last section that a person took out is an edit', async () => {
    const given = await folderGiven()
    await given.save(insights.slice(0, insights.indexOf('\n## People')))
    await given.render()
    expect(await given.log()).not.toContain('People')
    expect(await given.edits()).toHaveLength(1)
  })
})

describe('editors that write in steps', () => {
  const mine = insights.replace('- a note', '- mine')

  test('truncate, then write', async () => {
    const given = await folderGiven()
    const file = await open(given.path, 'w')
    const rendered = given.render()
    await file.writeFile(mine)
    await file.close()
    await rendered
    expect(await given.log()).toBe(mine)
  })

  test('write slowly, in the middle of a character too', async () => {
    const given = await folderGiven()
    const text = insights.replace('- two', '- zwölf')
    const bytes = Buffer.from(text)
    const middle = bytes.indexOf(Buffer.from('ö')) + 1
    const file = await open(given.path, 'w')
    await file.write(bytes.subarray(0, middle))
    const rendered = given.render()
    await new Promise((resolve) => setTimeout(resolve, 60))
    await file.write(bytes.subarray(middle, middle + 20))
    await new Promise((resolve) => setTimeout(resolve, 60))
    await file.write(bytes.subarray(middle + 20))
    await file.close()
    await rendered
    expect(await given.log()).toBe(text)
    expect(await given.kept()).toEqual([])
  })

  test('write another file and rename it', async () => {
    const given = await folderGiven()
    await writeFile(`${given.path}.tmp`, mine)
    await rename(`${given.path}.tmp`, given.path)
    await given.render()
    expect(await given.log()).toBe(mine)
  })

  test('move the old one away first', async () => {
    const given = await folderGiven()
    await rename(given.path, `${given.path}~`)
    const rendered = given.render()
    await writeFile(given.path, mine)
    await rendered
    await given.render()
    expect(await given.log()).toBe(mine)
    expect(given.notices.filter((notice) => notice.includes('deleted'))).toEqual([])
  })
})

describe('a file that is no document is left alone, and the log goes on', () => {
  const cases: [string, (path: string) => Promise<unknown>, RegExp][] = [
    ['not UTF-8', (path) => writeFile(path, Buffer.from([0x23, 0xff, 0xfe, 0x0a])), /not UTF-8/u],
    ['too large', (path) => writeFile(path, 'x'.repeat(2 * 1024 * 1024 + 1)), /at most/u],
    ['a folder', (path) => unlink(path).then(() => mkdir(path)), /ordinary file/u],
    ['a link', (path) => unlink(path).then(() => symlink('elsewhere.md', path)), /symbolic link/u],
  ]
  test.each(cases)('%s', async (_, put, said) => {
    const given = await folderGiven()
    await put(given.path)
    await given.writes('ui-designer', design)
    await given.render()
    await given.render()
    expect(given.notices.filter((notice) => said.test(notice))).toHaveLength(1)
    expect(await given.log()).toContain('- red')
    await new FolderGiven(given.root, given.project.store).sync()
    await rm(given.path, { recursive: true })
    await writeFile(given.path, insights.replace('- a note', '- mended'))
    await given.render()
    expect(await given.disk()).toContain('- mended')
    expect(await given.disk()).toContain('- red')
    expect(await given.disk()).toBe(await given.log())
  })
})
