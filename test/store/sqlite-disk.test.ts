import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { EventStore } from '../../src/store/port.ts'
import { collect, noted, refusal } from '../contract/given.ts'
import { runAs } from './children/run-as.ts'
import { logWith, newFolder, open } from './sqlite-given.ts'

const mounts = canMount()
if (!mounts)
  console.warn('SKIPPED: claims about full and read-only disks need the right to mount a tmpfs (root)')
const isRoot = process.getuid?.() === 0

describe.skipIf(!mounts)('on a full disk', () => {
  test('an append is refused with disk_full, what was acknowledged stays, and it goes on once there is room', async () => {
    const path = join(smallDisk('1m'), 'log.db')
    const ballast = `${path}.ballast`
    const store = await open(path)
    writeFileSync(ballast, Buffer.alloc(200 * 1024))
    const { acknowledged, error } = await fill(store)
    expect(error.code).toBe('disk_full')
    expect(error.message).toContain(path)
    expect(acknowledged.length).toBeGreaterThan(3)
    expect((await collect(store.readAll())).map((event) => event.id)).toEqual(acknowledged)
    rmSync(ballast)
    const more = noted('there is room again')
    await store.append('memory-a', [more], { expected: acknowledged.length - 1 })
    await store.close()
    const again = await open(path)
    expect((await collect(again.readAll())).map((event) => event.id)).toEqual([...acknowledged, more.id])
  })

  test('closing and opening lose nothing, though nothing can be written', async () => {
    const path = join(smallDisk('1m'), 'log.db')
    const store = await open(path)
    const { acknowledged } = await fill(store)
    await store.close()
    const read = async () => (await collect((await open(path, 'read')).readAll())).map((event) => event.id)
    expect(await read()).toEqual(acknowledged)
  })

  test('a new log is refused with disk_full', async () => {
    const folder = smallDisk('64k')
    writeFileSync(join(folder, 'ballast'), Buffer.alloc(56 * 1024))
    expect((await refusal(open(join(folder, 'log.db')))).code).toBe('disk_full')
  })
})

describe.skipIf(!mounts)('on a read-only mount', () => {
  test('a log is not opened to write, and reads whole when opened to read', async () => {
    const folder = smallDisk('4m')
    const path = await logWith(40, join(folder, 'log.db'))
    execFileSync('mount', ['-o', 'remount,ro', folder])
    const before = readdirSync(folder)
    const error = await refusal(open(path))
    expect(error).toMatchObject({ code: 'read_only', message: expect.stringContaining(path) })
    const store = await open(path, 'read')
    expect(await collect(store.readAll())).toHaveLength(40)
    expect(await collect(store.readStream('memory-a', { direction: 'backwards', limit: 3 }))).toHaveLength(3)
    expect((await refusal(store.append('memory-a', [noted()], { expected: 'any' }))).code).toBe('read_only')
    expect((await refusal(store.tombstone('memory-a', { expected: 'any' }))).code).toBe('read_only')
    await store.close()
    expect(readdirSync(folder)).toEqual(before)
  })

  test('a log is not made there', async () => {
    const folder = smallDisk('1m')
    execFileSync('mount', ['-o', 'remount,ro', folder])
    expect((await refusal(open(join(folder, 'log.db')))).code).toBe('read_only')
    expect((await refusal(open(join(folder, 'sub', 'log.db')))).code).toBe('read_only')
  })

  test('writes that were not merged when the medium became read-only are not left out in silence', async () => {
    const source = join(newFolder(), 'log.db')
    const writer = await open(source)
    await writer.append('memory-a', [noted()], { expected: 'no_stream' })
    const folder = smallDisk('4m')
    const path = join(folder, 'log.db')
    for (const suffix of ['', '-wal']) copyFileSync(source + suffix, path + suffix)
    execFileSync('mount', ['-o', 'remount,ro', folder])
    const error = await refusal(open(path, 'read'))
    expect(error).toMatchObject({ code: 'read_only', message: expect.stringContaining(`${path}-wal`) })
  })

  test('a log that somebody begins to write elsewhere is not read on without locks', async () => {
    const folder = smallDisk('4m')
    const path = await logWith(4, join(folder, 'log.db'))
    execFileSync('mount', ['-o', 'remount,ro', folder])
    const store = await open(path, 'read')
    execFileSync('mount', ['-o', 'remount,rw', folder])
    const writer = await open(path)
    await writer.append('memory-a', [noted()], { expected: 3 })
    const error = await refusal(collect(store.readAll()))
    expect(error).toMatchObject({ code: 'unavailable', message: expect.stringContaining('Open it again') })
  })
})

describe('without the rights', () => {
  test('a log that may not be read is refused with access_denied', async () => {
    const path = await logWith(3)
    chmodSync(path, 0o000)
    for (const mode of ['read', 'write'] as const)
      expect(await openAsNobody(path, mode)).toMatchObject({ code: 'access_denied' })
    chmodSync(path, 0o600)
    expect(await collect((await open(path)).readAll())).toHaveLength(3)
  })

  test('a log that may only be read is read, and refused with read_only when opened to write', async () => {
    const path = await logWith(3)
    chmodSync(join(path, '..'), 0o555)
    chmodSync(path, 0o444)
    expect(await openAsNobody(path, 'write')).toMatchObject({ code: 'read_only' })
    expect(await openAsNobody(path, 'read')).toEqual({ events: 3 })
    chmodSync(join(path, '..'), 0o755)
  })

  /** Root may do anything, so the log is opened by a process of another user. */
  function openAsNobody(path: string, mode: 'read' | 'write') {
    return runAs(isRoot ? 65_534 : undefined, [path, mode])
  }
})

async function fill(store: EventStore) {
  const acknowledged: string[] = []
  for (;;) {
    const event = noted('x'.repeat(30_000))
    try {
      await store.append('memory-a', [event], { expected: 'any' })
      acknowledged.push(event.id)
    } catch (caught) {
      return { acknowledged, error: await refusal(Promise.reject(caught)) }
    }
  }
}

function smallDisk(size: string): string {
  const folder = newFolder()
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder])
  onTestFinished(() => {
    execFileSync('umount', ['--lazy', folder])
  })
  return folder
}

function canMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !existsSync('/bin/mount')) return false
  const folder = mkdtempSync(join(tmpdir(), 'daybook-mount-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' })
    execFileSync('umount', [folder])
    return true
  } catch {
    return false
  } finally {
    rmSync(folder, { recursive: true })
  }
}
