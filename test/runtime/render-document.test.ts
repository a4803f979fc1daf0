import { spawnSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { forgetKept, recoverDocument, renderToDisk } from '../../src/runtime/render-document.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daybook-render-'))
  path = join(folder, 'insights.md')
})
const onDisk = () => readFile(path, 'utf8')
const names = async () => (await readdir(folder)).sort()
const isRoot = process.getuid?.() === 0

describe('a rendering', () => {
  test('is written, and alone in its folder', async () => {
    expect(await renderToDisk({ path, text: '\uFEFFa\r\n', lastRendered: null })).toEqual({ kind: 'written' })
    expect(await renderToDisk({ path, text: 'b', lastRendered: '\uFEFFa\r\n' })).toEqual({ kind: 'written' })
    expect(await onDisk()).toBe('b')
    expect(await names()).toEqual(['insights.md'])
  })

  test('touches nothing when the bytes are there', async () => {
    await writeFile(path, 'a')
    const { ino, mtimeMs } = await stat(path)
    expect(await renderToDisk({ path, text: 'a', lastRendered: null })).toEqual({ kind: 'unchanged' })
    expect(await stat(path)).toMatchObject({ ino, mtimeMs })
  })

  test('keeps the file mode', async () => {
    await writeFile(path, 'a')
    await chmod(path, 0o640)
    await renderToDisk({ path, text: 'b', lastRendered: 'a' })
    expect((await stat(path)).mode & 0o7777).toBe(0o640)
  })
})

describe('a save by somebody else survives', () => {
  const rendering = () => ({ path, text: 'new', lastRendered: 'old' })
  beforeEach(() => writeFile(path, 'old'))
  const save = () => writeFile(path, 'saved')

  test('before the rendering: nothing is overwritten', async () => {
    await save()
    expect(await renderToDisk(rendering())).toMatchObject({
      kind: 'foreign_change',
      text: 'saved',
      kept: null,
    })
    expect(await onDisk()).toBe('saved')
  })

  test('between the look and the move', async () => {
    const result = await renderToDisk(rendering(), { prepared: save })
    expect(result).toMatchObject({ kind: 'foreign_change', text: 'saved' })
    const { kept } = result as { kept: string }
    expect(await readFile(kept, 'utf8')).toBe('saved')
    await forgetKept(kept)
    expect(await names()).toEqual(['insights.md'])
  })

  test('between the move and the link', async () => {
    const result = await renderToDisk(rendering(), { aside: save })
    expect(result).toMatchObject({ kind: 'foreign_change', text: 'saved', kept: null })
    expect(await onDisk()).toBe('saved')
    expect(await names()).toEqual(['insights.md'])
  })

  test('after the link it is simply the file', async () => {
    expect(await renderToDisk(rendering(), { linked: save })).toEqual({ kind: 'written' })
    expect(await onDisk()).toBe('saved')
  })

  test('when a file stands there that nobody rendered', async () => {
    const result = await renderToDisk({ path, text: 'new', lastRendered: null })
    expect(result).toMatchObject({ kind: 'foreign_change', text: 'old' })
  })
})

describe('after a crash', () => {
  const crash = () => Promise.reject(new Error('crash'))
  const rendering = () => ({ path, text: 'new', lastRendered: 'old' })

  test('with the file aside, it is put back', async () => {
    await writeFile(path, 'old')
    await expect(renderToDisk(rendering(), { aside: crash })).rejects.toThrow('crash')
    expect(await names()).not.toContain('insights.md')
    expect(await recoverDocument(path, 'old')).toEqual([])
    expect(await onDisk()).toBe('old')
    expect(await names()).toEqual(['insights.md'])
  })

  test('a save that was moved aside is given back until it is on record', async () => {
    await writeFile(path, 'old')
    const crashed = renderToDisk(rendering(), { prepared: () => writeFile(path, 'saved'), linked: crash })
    await expect(crashed).rejects.toThrow('crash')
    expect(await onDisk()).toBe('new')
    const [kept] = await recoverDocument(path, 'old')
    expect(kept).toMatchObject({ text: 'saved' })
    expect(await recoverDocument(path, 'old')).toHaveLength(1)
    await forgetKept(kept!.kept)
    expect(await recoverDocument(path, 'old')).toEqual([])
    expect(await names()).toEqual(['insights.md'])
  })

  test('prepared files that never took their place are removed', async () => {
    await writeFile(join(folder, '.insights.md.daybook-1.new'), 'half')
    await writeFile(join(folder, '.other.md.daybook-1.old'), 'not ours')
    expect(await recoverDocument(path, null)).toEqual([])
    expect(await names()).toEqual(['.other.md.daybook-1.old'])
  })
})

describe('a file system that does not let us', () => {
  test('missing folder', async () => {
    const rendering = { path: join(folder, 'gone', 'insights.md'), text: 'a', lastRendered: null }
    await expect(renderToDisk(rendering)).rejects.toMatchObject({ code: 'not_found' })
  })

  test('a symbolic link or a folder in its place', async () => {
    await writeFile(join(folder, 'target'), 'a')
    await symlink(join(folder, 'target'), path)
    await expect(renderToDisk({ path, text: 'b', lastRendered: 'a' })).rejects.toMatchObject({
      code: 'invalid',
    })
    expect(await readFile(join(folder, 'target'), 'utf8')).toBe('a')
    await mkdir(join(folder, 'project.md'))
    const rendering = { path: join(folder, 'project.md'), text: 'b', lastRendered: null }
    await expect(renderToDisk(rendering)).rejects.toMatchObject({ code: 'invalid' })
  })

  test('a file that is not UTF-8 is left alone', async () => {
    await writeFile(path, Buffer.from([0xff, 0xfe]))
    await expect(renderToDisk({ path, text: 'b', lastRendered: 'a' })).rejects.toMatchObject({
      code: 'invalid',
    })
    expect(await readFile(path)).toEqual(Buffer.from([0xff, 0xfe]))
  })

  test.skipIf(isRoot)('a folder that may not be written', async () => {
    await chmod(folder, 0o555)
    await expect(renderToDisk({ path, text: 'a', lastRendered: null })).rejects.toMatchObject({
      code: 'access_denied',
    })
    await chmod(folder, 0o755)
  })

  const mounts = isRoot && process.platform === 'linux'
  test.skipIf(!mounts)('a full disk, and a read-only one', async (context) => {
    const mount = (...options: string[]) => spawnSync('mount', [...options, folder]).status === 0
    if (!mount('-t', 'tmpfs', '-o', 'size=64k', 'tmpfs')) {
      console.warn('skipped: this machine does not let us mount a small disk')
      return context.skip()
    }
    try {
      await writeFile(path, 'old')
      const full = { path, text: 'x'.repeat(200_000), lastRendered: 'old' }
      await expect(renderToDisk(full)).rejects.toMatchObject({ code: 'disk_full' })
      expect(await onDisk()).toBe('old')
      expect(await names()).toEqual(['insights.md'])
      mount('-o', 'remount,ro')
      await expect(renderToDisk({ path, text: 'a', lastRendered: 'old' })).rejects.toMatchObject({
        code: 'read_only',
      })
    } finally {
      spawnSync('umount', [folder])
    }
  })
})
