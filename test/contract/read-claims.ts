import { v7 } from 'uuid'
import { expect, test } from 'vitest'
import { manualClock } from '../../src/kernel/clock.ts'
import { limits } from '../../src/kernel/limits.ts'
import type { StoredEvent } from '../../src/store/port.ts'
import { collect, type Given, happened, noted, notes, textsOf } from './given.ts'

export function readClaims(given: Given): void {
  test('the bytes of events are shown as they are stored, canonical and without an upcast', async () => {
    const { store } = await given(manualClock(Date.parse('2026-01-02T03:04:05.000Z')))
    const actor = { kind: 'agent' as const, id: 'writer' }
    const old = {
      id: v7(),
      type: 'Measured',
      version: 1,
      data: { seconds: 2, b: 'ü\u2028', a: 1 },
      meta: { actor },
    }
    await store.append('memory-a', [noted('one')], { expected: 'no_stream' })
    await store.append('memory-b', [old], { expected: 'no_stream' })
    const stored: StoredEvent[] = []
    for await (const event of store.readStored!()) stored.push(event)
    expect(stored.map(({ stream, revision }) => [stream, revision])).toEqual([
      ['memory-a', 0],
      ['memory-b', 0],
    ])
    expect(stored[1]).toMatchObject({ id: old.id, type: 'Measured', version: 1 })
    expect(stored[1]?.data).toBe('{"a":1,"b":"ü\u2028","seconds":2}')
    expect(stored[1]?.meta).toMatch(
      /^\{"actor":\{"id":"writer","kind":"agent"\},"recordedAt":"2026-01-02T03:04:05\.\d{3}Z"\}$/u,
    )
    const rest: string[] = []
    for await (const { id } of store.readStored!({ from: { after: stored[0]!.position } })) rest.push(id)
    expect(rest).toEqual([old.id])
  })

  test('text in any script, nested JSON, meta, id and the instant come back as they went in', async () => {
    const { store } = await given()
    const data = {
      text: 'Grüße, 世界, 👩‍👩‍👧, \u0000\u001f\u2028"\\/',
      nested: [{ deep: [[[null, true, -0.5, 1e21, 9007199254740991]]] }, {}, []],
      __proto__x: { constructor: 'plain' },
      'ключ.with "quotes"': '',
    }
    const event = happened('Anything', data, {
      correlation: 'wf-1',
      causation: noted().id,
      key: 'k-ü',
      rehearsal: true,
      recordedAt: '2024-05-06T07:08:09.012Z',
    })
    const { position, revision } = await store.append('memory-a', [event], { expected: 'no_stream' })
    const stored = { ...event, stream: 'memory-a', revision, position }
    expect(await collect(store.readStream('memory-a'))).toEqual([stored])
    expect(await collect(store.readAll())).toEqual([stored])
  })

  test('an old version is brought up to date; an unknown type is kept, and a newer version under a name of its own', async () => {
    const { store } = await given()
    const old = { ...happened('Measured', { seconds: 3 }), version: 1 }
    const newer = { ...happened('Measured', { years: 1 }), version: 9 }
    const unknown = { ...happened('Nobody.knows', { a: 1 }), version: 4 }
    await store.append('memory-a', [old, newer, unknown], { expected: 'no_stream' })
    const read = (await collect(store.readAll())).map(({ type, version, data }) => ({ type, version, data }))
    expect(read).toEqual([
      { type: 'Measured', version: 2, data: { ms: 3000 } },
      { type: 'Measured (version 9)', version: 9, data: { years: 1 } },
      { type: 'Nobody.knows', version: 4, data: { a: 1 } },
    ])
    const [, unread] = await collect(store.readAll())
    await store.append('memory-b', [{ ...unread!, id: noted().id }], { expected: 'no_stream' })
    if (store.readStored === undefined) return
    const stored = (await collect(store.readStored())).map(({ type, version }) => ({ type, version }))
    expect(stored[1]).toEqual({ type: 'Measured', version: 9 })
    expect(stored[3]).toEqual(stored[1])
  })

  test('an event is found by its id where the store can look it up, also in a stream that has ended', async () => {
    const { store } = await given()
    if (store.find === undefined) return
    const [first, second] = notes(2)
    await store.append('memory-a', [first!, second!], { expected: 'no_stream' })
    await store.tombstone('memory-a', { expected: 1 })
    const read = await collect(store.readAll())
    expect(await store.find(second!.id)).toEqual(read[1])
    expect(await store.find(noted().id)).toBeUndefined()
  })

  test('a missing stream reads empty and has no head; an empty log has no last position', async () => {
    const { store } = await given()
    expect(await collect(store.readStream('memory-a'))).toEqual([])
    expect(await store.head('memory-a')).toEqual({ state: 'none' })
    expect(await store.lastPosition()).toBeNull()
    expect(await collect(store.readAll())).toEqual([])
  })

  test('a stream reads forwards and backwards, from a revision on (inclusive), up to a limit', async () => {
    const { store } = await given()
    await store.append('memory-a', notes(5), { expected: 'no_stream' })
    await store.append('memory-b', notes(3), { expected: 'no_stream' })
    const read = async (options: Parameters<typeof store.readStream>[1]) =>
      (await collect(store.readStream('memory-a', options))).map((event) => event.revision)
    expect(await read({})).toEqual([0, 1, 2, 3, 4])
    expect(await read({ from: 3 })).toEqual([3, 4])
    expect(await read({ from: 5 })).toEqual([])
    expect(await read({ limit: 2 })).toEqual([0, 1])
    expect(await read({ from: 1, limit: 2 })).toEqual([1, 2])
    expect(await read({ limit: 0 })).toEqual([])
    expect(await read({ direction: 'backwards' })).toEqual([4, 3, 2, 1, 0])
    expect(await read({ direction: 'backwards', from: 2 })).toEqual([2, 1, 0])
    expect(await read({ direction: 'backwards', from: 99, limit: 1 })).toEqual([4])
    expect(await read({ direction: 'backwards', limit: 2 })).toEqual([4, 3])
  })

  test('a stream longer than a page reads whole, in both directions', async () => {
    const { store } = await given()
    const count = limits.readPageEvents * 2 + 7
    let revision: number | 'no_stream' = 'no_stream'
    for (let left = count; left > 0; left -= 500) {
      const part = notes(Math.min(left, 500))
      revision = (await store.append('memory-a', part, { expected: revision })).revision
    }
    const upwards = (await collect(store.readStream('memory-a'))).map((event) => event.revision)
    expect(upwards).toEqual(Array.from({ length: count }, (_, index) => index))
    const backwards = await collect(store.readStream('memory-a', { direction: 'backwards' }))
    expect(backwards.map((event) => event.revision)).toEqual(upwards.toReversed())
    expect(await collect(store.readAll())).toHaveLength(count)
  })

  test('the log reads in strictly rising positions, and an append names the position of its last event', async () => {
    const { store } = await given()
    const places = []
    for (const stream of ['memory-a', 'memory-b', 'memory-a', 'session-c'])
      places.push(await store.append(stream, notes(3), { expected: 'any' }))
    const all = await collect(store.readAll())
    const positions = all.map((event) => event.position)
    expect(positions).toEqual(positions.toSorted())
    expect(new Set(positions).size).toBe(12)
    expect(positions.every((each) => /^\d{20}$/u.test(each))).toBe(true)
    expect(places.map(({ position }) => position)).toEqual([2, 5, 8, 11].map((index) => positions[index]))
    expect(await store.lastPosition()).toBe(positions.at(-1))
  })

  test('reading on after any position gives no gap and no duplicate; until is inclusive', async () => {
    const { store } = await given()
    for (let index = 0; index < 5; index += 1)
      await store.append(`memory-${index % 2}`, notes(2), { expected: 'any' })
    const all = await collect(store.readAll())
    for (const [index, event] of all.entries()) {
      const after = await collect(store.readAll({ from: { after: event.position } }))
      const until = await collect(store.readAll({ until: event.position }))
      expect([...until, ...after]).toEqual(all)
      expect(until).toHaveLength(index + 1)
    }
    expect(await collect(store.readAll({ from: 'end' }))).toEqual([])
    expect(await collect(store.readAll({ limit: 3 }))).toEqual(all.slice(0, 3))
    const between = { from: { after: all[1]!.position }, until: all[4]!.position, limit: 2 }
    expect(await collect(store.readAll(between))).toEqual(all.slice(2, 4))
  })

  test('prefix filters give what begins so, exactly; nothing else ever appears', async () => {
    const { store } = await given()
    for (const stream of ['memory-a', 'memory_b', 'session-a', 'audit'])
      await store.append(stream, [noted(stream), happened('Other', { text: `${stream} other` })], {
        expected: 'no_stream',
      })
    const read = async (filter: NonNullable<Parameters<typeof store.readAll>[0]>['filter']) =>
      textsOf(await collect(store.readAll({ filter })))
    expect(await read({ streamPrefixes: ['memory-', 'audit'] })).toEqual([
      'memory-a',
      'memory-a other',
      'audit',
      'audit other',
    ])
    expect(await read({ typePrefixes: ['Not'] })).toEqual(['memory-a', 'memory_b', 'session-a', 'audit'])
    expect(await read({ typePrefixes: ['%', 'not', '.*'] })).toEqual([])
    const filtered = store.readAll({ filter: { typePrefixes: ['Oth'] }, limit: 2 })
    expect(textsOf(await collect(filtered))).toEqual(['memory-a other', 'memory_b other'])
  })

  test('truncateBefore hides older events of the stream; revisions and the log go on', async () => {
    const { store, another } = await given()
    await store.append('memory-a', notes(4), { expected: 'no_stream' })
    await store.truncateBefore('memory-a', 2)
    for (const each of [store, await another()]) {
      const revisions = async (options: Parameters<typeof store.readStream>[1]) =>
        (await collect(each.readStream('memory-a', options))).map((event) => event.revision)
      expect(await revisions({})).toEqual([2, 3])
      expect(await revisions({ from: 0, limit: 1 })).toEqual([2])
      expect(await revisions({ direction: 'backwards' })).toEqual([3, 2])
    }
    expect((await store.append('memory-a', [noted()], { expected: 3 })).revision).toBe(4)
    expect(await store.head('memory-a')).toEqual({ state: 'live', revision: 4 })
  })

  test('what is appended is read by the next call, also through another store', async () => {
    const { store, another } = await given()
    const other = await another()
    for (let index = 0; index < 20; index += 1) {
      await store.append('memory-a', [noted()], { expected: index === 0 ? 'no_stream' : index - 1 })
      expect(await store.head('memory-a')).toEqual({ state: 'live', revision: index })
      expect(await other.head('memory-a')).toEqual({ state: 'live', revision: index })
    }
  })

  test('a reader that stops early holds nothing up: appending and closing go on', async () => {
    const { store } = await given()
    await store.append('memory-a', notes(50), { expected: 'no_stream' })
    for await (const event of store.readAll()) if (event.revision === 3) break
    for await (const _ of store.readStream('memory-a')) break
    expect((await store.append('memory-a', [noted()], { expected: 49 })).revision).toBe(50)
  })
}
