import { expect, test } from 'vitest'
import { limits } from '../../src/kernel/limits.ts'
import { collect, type Given, happened, noted, notes, refusal } from './given.ts'

export function refusalClaims(given: Given): void {
  test('an append with one invalid member stores nothing', async () => {
    const { store } = await given()
    const bad = happened('Noted', { text: 7 })
    const error = await refusal(store.append('memory-a', [noted(), bad, noted()], { expected: 'any' }))
    expect(error.code).toBe('invalid')
    expect(await store.head('memory-a')).toEqual({ state: 'none' })
    expect(await collect(store.readAll())).toEqual([])
  })

  test('an empty append is invalid', async () => {
    const { store } = await given()
    expect((await refusal(store.append('memory-a', [], { expected: 'any' }))).code).toBe('invalid')
  })

  test('what JSON cannot say is invalid, and the next append works', async () => {
    const { store } = await given()
    const cyclic: Record<string, unknown> = {}
    cyclic.self = cyclic
    for (const data of [{ n: 1n }, cyclic, undefined, { n: Number.NaN }, { s: '\ud800' }]) {
      const event = { ...happened('Odd'), data }
      const error = await refusal(store.append('memory-a', [event], { expected: 'any' }))
      expect(error.code).toBe('invalid')
    }
    expect((await store.append('memory-a', [noted()], { expected: 'no_stream' })).revision).toBe(0)
  })

  test('an event or an append that is too large is too_large, and the store stays usable', async () => {
    const { store } = await given()
    const large = happened('Big', { text: 'x'.repeat(limits.eventBytesMax) })
    expect((await refusal(store.append('memory-a', [large], { expected: 'any' }))).code).toBe('too_large')
    const half = 'x'.repeat(Math.floor(limits.appendBytesMax / 3))
    const many = Array.from({ length: 4 }, () => happened('Big', { text: half }))
    expect((await refusal(store.append('memory-a', many, { expected: 'any' }))).code).toBe('too_large')
    expect((await store.append('memory-a', many.slice(0, 2), { expected: 'no_stream' })).revision).toBe(1)
    expect(store.capabilities.eventBytesMax).toBeGreaterThanOrEqual(limits.eventBytesMax)
    expect(store.capabilities.appendBytesMax).toBeGreaterThanOrEqual(limits.appendBytesMax)
  })

  test('names that begin with $ or hold control characters name no stream', async () => {
    const { store } = await given()
    for (const stream of ['$all', '', 'memory-\n', 'x'.repeat(limits.streamNameCharsMax + 1)]) {
      const error = await refusal(store.append(stream, [noted()], { expected: 'any' }))
      expect(error.code).toBe('invalid')
    }
  })

  test('a tombstoned stream refuses reads and appends for good', async () => {
    const { store, another } = await given()
    await store.append('memory-a', notes(2), { expected: 'no_stream' })
    expect((await refusal(store.tombstone('memory-a', { expected: 7 }))).code).toBe('wrong_expected')
    await store.tombstone('memory-a', { expected: 1 })
    for (const each of [store, await another()]) {
      expect(await each.head('memory-a')).toEqual({ state: 'deleted' })
      const append = each.append('memory-a', [noted()], { expected: 'any' })
      expect((await refusal(append)).code).toBe('stream_deleted')
      expect((await refusal(collect(each.readStream('memory-a')))).code).toBe('stream_deleted')
    }
    expect((await store.append('memory-b', [noted()], { expected: 'no_stream' })).revision).toBe(0)
  })

  test('after close every call rejects with closed, and closing again is fine', async () => {
    const { store } = await given()
    await store.append('memory-a', [noted()], { expected: 'no_stream' })
    await store.close()
    await store.close()
    const signal = new AbortController().signal
    const calls = [
      store.append('memory-a', [noted()], { expected: 'any' }),
      store.head('memory-a'),
      store.lastPosition(),
      store.truncateBefore('memory-a', 1),
      store.tombstone('memory-a', { expected: 'any' }),
      collect(store.readStream('memory-a')),
      collect(store.readAll()),
      collect(store.subscribe({ from: 'start', signal })),
    ]
    for (const error of await Promise.all(calls.map(refusal))) expect(error.code).toBe('closed')
  })
}
