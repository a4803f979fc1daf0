import { createHash } from 'node:crypto'
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { position } from '../../src/kernel/event.ts'
import { collect, follow, noted, notes, refusal } from '../contract/given.ts'
import { logWith, newFolder, open, tamper } from './sqlite-given.ts'

describe('a file that is no log of ours is refused and left as it is', () => {
  const foreign: [what: string, make: (path: string) => void, code: string][] = [
    ['text', (path) => writeFileSync(path, 'not a database at all, '.repeat(400)), 'foreign_file'],
    ['a single byte', (path) => writeFileSync(path, 'x'), 'foreign_file'],
    [
      'a database without an application id',
      (path) => tamper(path, 'CREATE TABLE bills (id)'),
      'foreign_file',
    ],
    [
      "another program's database",
      (path) => tamper(path, 'PRAGMA application_id = 77; CREATE TABLE events (id)'),
      'foreign_file',
    ],
    ['a folder', (path) => mkdirSync(path), 'foreign_file'],
  ]
  for (const [what, make, code] of foreign)
    test.for(['read', 'write'] as const)(`${what}, opened to %s`, async (mode) => {
      const path = join(newFolder(), 'log.db')
      make(path)
      const before = fingerprint(path)
      const error = await refusal(open(path, mode))
      expect(error.code).toBe(code)
      expect(error.message).toContain(path)
      expect(fingerprint(path)).toEqual(before)
    })

  test('a log of a newer schema', async () => {
    const path = await logWith(3)
    tamper(path, 'PRAGMA user_version = 2')
    const before = fingerprint(path)
    const error = await refusal(open(path))
    expect(error.code).toBe('newer_schema')
    expect(error.message).toContain('Update Daybook')
    expect(fingerprint(path)).toEqual(before)
  })
})

test('a log is made with its folder, but not below a folder that does not exist', async () => {
  const folder = newFolder()
  await logWith(1, join(folder, '.daybook', 'log.db'))
  expect(statSync(join(folder, '.daybook', 'log.db')).isFile()).toBe(true)
  const error = await refusal(open(join(folder, 'no', 'such', 'log.db')))
  expect(error.code).toBe('not_found')
  expect(readdirSync(folder)).toEqual(['.daybook'])
})

test('a file that was made and has no tables yet is a log that has not begun', async () => {
  const path = join(newFolder(), 'log.db')
  tamper(path, 'PRAGMA journal_mode = WAL')
  expect(statSync(path).size).toBeGreaterThan(0)
  expect((await refusal(open(path, 'read'))).code).toBe('not_found')
  const store = await open(path)
  expect((await store.append('memory-a', [noted()], { expected: 'no_stream' })).revision).toBe(0)
})

test('an empty file is a log that has not begun; nothing is made to read what is not there', async () => {
  const path = join(newFolder(), 'log.db')
  expect((await refusal(open(path, 'read'))).code).toBe('not_found')
  writeFileSync(path, '')
  expect((await refusal(open(path, 'read'))).code).toBe('not_found')
  const store = await open(path)
  expect((await store.append('memory-a', [noted()], { expected: 'no_stream' })).revision).toBe(0)
})

describe('a damaged log is refused at its opening', () => {
  const damages: [what: string, sql: string, says: RegExp][] = [
    [
      'a missing row',
      'DELETE FROM events WHERE pos = 5',
      /1 of its 30 positions are missing, the first one is 5/u,
    ],
    ['a missing first row', 'DELETE FROM events WHERE pos = 1', /the first one is 1/u],
    ['missing last rows', 'DELETE FROM events WHERE pos > 27', /ends at position 27, but 30 positions/u],
    [
      'missing last rows and counters set back',
      "DELETE FROM events WHERE pos > 27; UPDATE sqlite_sequence SET seq = 27 WHERE name = 'events'",
      /have 30 events, and there are 27/u,
    ],
    ['a missing stream', 'DELETE FROM streams', /have 0 events, and there are 30/u],
    ['a schema version that never was', 'PRAGMA user_version = 0', /schema version is 0/u],
    ['a missing table', 'DROP TABLE streams', /the table streams is missing/u],
  ]
  for (const [what, sql, says] of damages)
    test.for(['read', 'write'] as const)(`${what}, opened to %s`, async (mode) => {
      const path = await logWith(30)
      tamper(path, sql)
      const before = fingerprint(path)
      const error = await refusal(open(path, mode))
      expect(error.code).toBe('damaged')
      expect(error.message).toMatch(says)
      expect(error.message).toContain(path)
      expect(fingerprint(path)).toEqual(before)
    })

  test('a log cut to nothing beside a write-ahead log that is not empty', async () => {
    const path = await logWith(3)
    truncateSync(path, 0)
    writeFileSync(`${path}-wal`, 'what was not merged yet'.repeat(100))
    const before = readFileSync(`${path}-wal`)
    expect((await refusal(open(path))).code).toBe('damaged')
    expect(readFileSync(`${path}-wal`)).toEqual(before)
  })

  test.for([20, 100, 3_000])('a log cut off after %i bytes', async (bytes) => {
    const path = await logWith(3)
    truncateSync(path, bytes)
    const error = await refusal(open(path))
    expect(error).toMatchObject({ code: 'damaged', message: expect.stringContaining(`after ${bytes} bytes`) })
    expect(statSync(path).size).toBe(bytes)
  })
})

describe('damage inside is reported where it is met, never skipped', () => {
  const damages: [what: string, sql: string, says: RegExp][] = [
    [
      'data that is no JSON',
      "UPDATE events SET data = '{cut' WHERE pos = 17",
      /position 17 .*has data that is not JSON/u,
    ],
    [
      'meta that is no JSON',
      "UPDATE events SET meta = '' WHERE pos = 17",
      /position 17 .*has meta that is not JSON/u,
    ],
    [
      'meta without an actor',
      "UPDATE events SET meta = '{}' WHERE pos = 17",
      /position 17 .*has meta that no event has: actor/u,
    ],
    [
      'an event of a lost stream',
      'UPDATE events SET sid = 99 WHERE pos = 17',
      /position 17 belongs to no stream/u,
    ],
    ['a moved position', 'UPDATE events SET pos = 70 WHERE pos = 17', /position 17 is missing/u],
  ]
  for (const [what, sql, says] of damages)
    test(what, async () => {
      const path = await logWith(30)
      const store = await open(path)
      tamper(path, sql)
      const seen: number[] = []
      const reading = (async () => {
        for await (const event of store.readAll()) seen.push(event.revision)
      })()
      const error = await refusal(reading)
      expect(error.code).toBe('damaged')
      expect(error.message).toMatch(says)
      const followed = collect(store.subscribe({ from: 'start', signal: AbortSignal.timeout(5_000) }))
      expect((await refusal(followed)).code).toBe('damaged')
    })

  test('a position that is missing on the way back; what is behind it was not looked at', async () => {
    const path = await logWith(30)
    const store = await open(path)
    tamper(path, 'DELETE FROM events WHERE pos = 17')
    const backwards = { direction: 'backwards' } as const
    const error = await refusal(collect(store.readAll(backwards)))
    expect(error).toMatchObject({
      code: 'damaged',
      message: expect.stringMatching(/position 17 is missing/u),
    })
    const after = position(17)
    expect(await collect(store.readAll({ ...backwards, from: { after } }))).toHaveLength(13)
    tamper(path, 'DELETE FROM events WHERE pos = 1')
    const until = position(5)
    expect((await refusal(collect(store.readAll({ ...backwards, until })))).message).toMatch(/position 1 is/u)
  })

  test('a revision that is missing in its stream', async () => {
    const path = await logWith(30)
    const store = await open(path)
    tamper(path, 'UPDATE events SET rev = 90 WHERE rev = 12')
    for (const direction of ['forwards', 'backwards'] as const) {
      const error = await refusal(collect(store.readStream('memory-a', { direction })))
      expect(error).toMatchObject({
        code: 'damaged',
        message: expect.stringContaining('revision 12 of memory-a'),
      })
    }
  })

  test('overwritten pages', async () => {
    const path = await logWith(3_000)
    const file = openSync(path, 'r+')
    for (let page = 3; page * 4096 < statSync(path).size; page += 1)
      writeSync(file, Buffer.alloc(2048, 0xa5), 0, 2048, page * 4096)
    closeSync(file)
    const before = fingerprint(path)
    const attempt = async () => collect((await open(path)).readAll())
    const error = await refusal(attempt())
    expect(error.code).toBe('damaged')
    expect(error.message).toContain(path)
    expect(fingerprint(path)).toEqual(before)
  })

  test('a file that was cut in the middle', async () => {
    const path = await logWith(3_000)
    truncateSync(path, Math.floor(statSync(path).size / 2 / 4096) * 4096)
    const attempt = async () => collect((await open(path)).readAll())
    expect((await refusal(attempt())).code).toBe('damaged')
  })
})

test('what cannot be found here: a write-ahead log that lost its tail opens as a shorter log; only seals tell', async () => {
  const path = await logWith(0)
  const store = await open(path)
  for (let index = 0; index < 20; index += 1) await store.append('memory-a', [noted()], { expected: 'any' })
  const copy = join(newFolder(), 'log.db')
  copyFileSync(path, copy)
  writeFileSync(`${copy}-wal`, readFileSync(`${path}-wal`).subarray(0, statSync(`${path}-wal`).size / 2))
  const shorter = await collect((await open(copy)).readAll())
  expect(shorter.length).toBeGreaterThan(0)
  expect(shorter.length).toBeLessThan(20)
})

describe('a log whose file is taken away while it is open writes into nothing no more', () => {
  test('moved', async () => {
    const path = await logWith(3)
    const store = await open(path)
    renameSync(path, `${path}.old`)
    const error = await refusal(store.append('memory-a', [noted()], { expected: 2 }))
    expect(error).toMatchObject({ code: 'not_found', message: expect.stringContaining(path) })
    expect((await refusal(collect(store.readAll()))).code).toBe('not_found')
    renameSync(`${path}.old`, path)
    expect((await store.append('memory-a', [noted()], { expected: 2 })).revision).toBe(3)
  })

  test('replaced', async () => {
    const path = await logWith(3)
    const store = await open(path)
    renameSync(path, `${path}.old`)
    writeFileSync(path, readFileSync(`${path}.old`))
    expect((await refusal(store.append('memory-a', notes(1), { expected: 2 }))).code).toBe('not_found')
  })

  test('deleted, under a subscription that waits', async () => {
    const path = await logWith(3)
    const following = follow(await open(path))
    await following.caughtUp()
    rmSync(path)
    expect(await following.ended).toMatchObject({ code: 'not_found' })
  })
})

/** Every file beside the log (without SQLite's lock files) and its bytes. */
function fingerprint(path: string): Record<string, string> {
  const folder = dirname(path)
  const files = readdirSync(folder).filter((name) => !name.endsWith('-shm') && !name.endsWith('-wal'))
  return Object.fromEntries(
    files.map((name) => {
      const file = join(folder, name)
      const bytes = statSync(file).isDirectory() ? 'folder' : readFileSync(file)
      return [name, createHash('sha256').update(bytes).digest('hex')]
    }),
  )
}
