import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { manualClock } from '../../src/kernel/clock.ts'
import { position } from '../../src/kernel/event.ts'
import { limits } from '../../src/kernel/limits.ts'
import { Codec } from '../../src/store/codec.ts'
import { MemoryStore } from '../../src/store/memory.ts'
import { collect, follow, happened, noted, notes, refusal, toyCatalogue } from '../contract/given.ts'
import { logWith, newFolder, open } from './sqlite-given.ts'

// What the stores that keep their own log promise beyond the contract.
const memory = async () => new MemoryStore({ codec: new Codec(toyCatalogue), clock: manualClock(0) })
const sqlite = () => open(join(newFolder(), 'log.db'))

describe.for([
  ['memory', memory],
  ['SQLite', sqlite],
] as const)('%s', ([, opened]) => {
  test('an id names one event of the whole log: an append that uses one again stores nothing', async () => {
    const store = await opened()
    const first = noted('first')
    await store.append('memory-a', [first], { expected: 'no_stream' })
    const [good, reusing, alsoGood] = await Promise.allSettled([
      store.append('memory-b', notes(2), { expected: 'no_stream' }),
      store.append('memory-c', [noted(), noted(), { ...first }], { expected: 'no_stream' }),
      store.append('memory-d', notes(2), { expected: 'no_stream' }),
    ])
    expect([good.status, alsoGood.status]).toEqual(['fulfilled', 'fulfilled'])
    expect(reusing).toMatchObject({ status: 'rejected', reason: { code: 'invalid' } })
    expect(await store.head('memory-c')).toEqual({ state: 'none' })
    expect(await collect(store.readAll())).toHaveLength(5)
    expect(await store.lastPosition()).toBe(position(5))
  })

  test('the same ids are appended once also where nothing is expected', async () => {
    const store = await opened()
    const events = notes(3)
    const first = await store.append('memory-a', events, { expected: 'any' })
    await store.append('memory-a', notes(2), { expected: 'any' })
    expect(await store.append('memory-a', events, { expected: 'any' })).toEqual(first)
    expect(await store.append('memory-a', events, { expected: 'stream_exists' })).toEqual(first)
    const overlapping = refusal(store.append('memory-a', [...events, noted()].slice(2), { expected: 'any' }))
    expect((await overlapping).code).toBe('wrong_expected')
    expect(await store.head('memory-a')).toEqual({ state: 'live', revision: 4 })
  })

  test('positions count from 1 without a gap, refused appends or not', async () => {
    const store = await opened()
    for (let index = 0; index < 5; index += 1) {
      await store.append('memory-a', notes(2), { expected: 'any' })
      await refusal(store.append('memory-a', notes(2), { expected: 99 }))
    }
    const positions = (await collect(store.readAll())).map((event) => event.position)
    expect(positions).toEqual(Array.from({ length: 10 }, (_, index) => position(index + 1)))
  })

  test('a place after the end belongs to another log, or to a newer copy of this one, and is refused', async () => {
    const store = await opened()
    await store.append('memory-a', notes(3), { expected: 'no_stream' })
    const from = { after: position(4) }
    const signal = AbortSignal.timeout(5_000)
    expect((await refusal(collect(store.readAll({ from })))).message).toMatch(
      /Position 4 .* end of this log \(3\)/u,
    )
    expect((await refusal(collect(store.subscribe({ from, signal })))).code).toBe('invalid')
    expect(await collect(store.readAll({ until: position('99999999999999999999') }))).toHaveLength(3)
  })

  test('a call whose signal is aborted already does nothing', async () => {
    const store = await opened()
    const signal = AbortSignal.abort(new Error('the person left'))
    const append = store.append('memory-a', [noted()], { expected: 'any', signal })
    expect((await refusal(append)).code).toBe('unavailable')
    expect((await refusal(collect(store.readAll({ signal })))).code).toBe('unavailable')
    expect(await store.lastPosition()).toBeNull()
  })

  test('a reading sees the log as it was when it began', async () => {
    const store = await opened()
    await store.append('memory-a', notes(3), { expected: 'no_stream' })
    let seen = 0
    for await (const _ of store.readAll()) {
      seen += 1
      await store.append('memory-b', notes(2), { expected: 'any' })
    }
    expect(seen).toBe(3)
  })

  test('pages of large events and of filtered ones lose nothing at their edges', async () => {
    const store = await opened()
    const large = 'x'.repeat(290_000)
    for (let index = 0; index < 40; index += 1)
      await store.append('memory-a', [noted(large), happened('Small', { index }), noted(large)], {
        expected: 'any',
      })
    for (let index = 0; index < 11; index += 1)
      await store.append('memory-b', notes(500), { expected: 'any' })
    expect(40 * 2 * large.length).toBeGreaterThan(2 * limits.readPageBytesMax)
    const following = follow(store, { from: 'start', filter: { typePrefixes: ['Small'] } })
    const all = await collect(store.readAll())
    expect(all.map((event) => event.position)).toEqual(all.map((_, index) => position(index + 1)))
    const backwards = { direction: 'backwards' } as const
    expect((await collect(store.readAll(backwards))).map(({ id }) => id)).toEqual(
      all.map(({ id }) => id).toReversed(),
    )
    const largeOnes = { ...backwards, filter: { typePrefixes: ['Noted'] }, until: position(120) }
    expect(await collect(store.readAll(largeOnes))).toHaveLength(80)
    const revisions = (await collect(store.readStream('memory-a'))).map((event) => event.revision)
    expect(revisions).toEqual(Array.from({ length: 120 }, (_, index) => index))
    const filtered = await collect(store.readAll({ filter: { streamPrefixes: ['memory-b'] } }))
    expect(filtered).toHaveLength(5_500)
    await following.caughtUp()
    expect(following.events().map((event) => (event.data as { index: number }).index)).toEqual(
      Array.from({ length: 40 }, (_, index) => index),
    )
  })
})

test('an append that waits for a lock gives up when its signal aborts, and nothing of it is written', async () => {
  const path = await logWith(3)
  const store = await open(path)
  const lock = new DatabaseSync(path)
  lock.exec('BEGIN IMMEDIATE')
  const controller = new AbortController()
  const waiting = refusal(store.append('memory-a', [noted()], { expected: 2, signal: controller.signal }))
  const patient = store.append('memory-a', [noted()], { expected: 2 })
  controller.abort()
  expect((await waiting).code).toBe('unavailable')
  lock.close()
  expect((await patient).revision).toBe(3)
  expect(await collect(store.readStream('memory-a'))).toHaveLength(4)
})

test('more appends than one commit takes are all written, and past its limit the queue refuses at once', async () => {
  const store = await open(join(newFolder(), 'log.db'))
  const appends = Array.from({ length: limits.appendsQueuedMax + 1 }, () =>
    store.append('memory-a', [noted()], { expected: 'any' }),
  )
  const outcomes = await Promise.allSettled(appends)
  expect(outcomes.at(-1)).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } })
  expect(outcomes.slice(0, -1).every((outcome) => outcome.status === 'fulfilled')).toBe(true)
  expect(await store.head('memory-a')).toEqual({ state: 'live', revision: limits.appendsQueuedMax - 1 })
})

test('what was asked for before close is written; the write-ahead log is merged into the file', async () => {
  const path = await logWith(0)
  const store = await open(path)
  const appends = Array.from({ length: 20 }, () => store.append('memory-a', [noted()], { expected: 'any' }))
  await store.close()
  expect((await Promise.all(appends)).at(-1)?.revision).toBe(19)
  expect(await collect((await open(path, 'read')).readAll())).toHaveLength(20)
})

test('a log opened to read shows what another store writes meanwhile', async () => {
  const path = await logWith(3)
  const writer = await open(path)
  const reader = await open(path, 'read')
  const following = follow(reader)
  await following.caughtUp()
  await writer.append('memory-a', notes(2), { expected: 2 })
  await following.until(() => following.events().length === 5)
  expect(await reader.head('memory-a')).toEqual({ state: 'live', revision: 4 })
})
