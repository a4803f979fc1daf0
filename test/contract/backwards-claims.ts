import { expect, test } from 'vitest'
import { position } from '../../src/kernel/event.ts'
import { limits } from '../../src/kernel/limits.ts'
import type { EventStore, Filter, ReadAllOptions } from '../../src/store/port.ts'
import { collect, type Given, happened, noted, notes, refusal, textsOf } from './given.ts'

const backwards = { direction: 'backwards' } as const

/** Both directions of one reading, the second one turned round. */
async function bothWays(store: EventStore, options: ReadAllOptions) {
  const [forwards, turned] = await Promise.all([
    collect(store.readAll(options)),
    collect(store.readAll({ ...options, ...backwards })),
  ])
  return { forwards, turned: turned.toReversed() }
}

export function backwardsClaims(given: Given): void {
  test('the log reads backwards as it reads forwards, the newest first; between any two places and with any filter', async () => {
    const { store } = await given()
    for (let index = 0; index < 6; index += 1)
      await store.append(
        `memory-${index % 2}`,
        [noted(`${index}`), happened('Other', { text: `${index}` })],
        {
          expected: 'any',
        },
      )
    await store.append('session-a', notes(2), { expected: 'no_stream' })
    const places = (await collect(store.readAll())).map((event) => event.position)
    const filters: Filter[] = [
      { streamPrefixes: ['memory-1', 'session'] },
      { streamPrefixes: [] },
      { typePrefixes: ['Oth'] },
      { typePrefixes: ['Noted', 'Measured'] },
      { typePrefixes: ['%'] },
    ]
    const some = (nth: number) => places.filter((_, index) => index % nth === 1)
    const starts: ReadAllOptions[] = [{}, { from: 'start' }, ...some(3).map((after) => ({ from: { after } }))]
    const ends: ReadAllOptions[] = [{}, ...some(4).map((until) => ({ until }))]
    const narrowed: ReadAllOptions[] = [{}, ...filters.map((filter) => ({ filter }))]
    const ranges = starts.flatMap((start) => ends.map((end) => ({ ...start, ...end })))
    for (const range of ranges.flatMap((each) => narrowed.map((filter) => ({ ...each, ...filter })))) {
      const { forwards, turned } = await bothWays(store, range)
      expect(turned).toEqual(forwards)
    }
    const late = await bothWays(store, { until: position('09999999999999999999') })
    expect(late.turned).toEqual(late.forwards)
    expect(late.turned).toHaveLength(places.length)
  })

  test('a limit gives the last of them', async () => {
    const { store } = await given()
    await store.append('memory-a', notes(5), { expected: 'no_stream' })
    await store.append('session-a', notes(3), { expected: 'no_stream' })
    const all = await collect(store.readAll())
    const read = async (options: ReadAllOptions) =>
      (await collect(store.readAll({ ...options, ...backwards }))).map((event) =>
        all.findIndex(({ id }) => id === event.id),
      )
    expect(await read({ limit: 0 })).toEqual([])
    expect(await read({ limit: 3 })).toEqual([7, 6, 5])
    expect(await read({ limit: 99 })).toEqual([7, 6, 5, 4, 3, 2, 1, 0])
    expect(await read({ limit: 2, filter: { streamPrefixes: ['memory-'] } })).toEqual([4, 3])
    expect(await read({ limit: 1, filter: { typePrefixes: ['Nobody'] } })).toEqual([])
    expect(await read({ limit: 2, until: all[5]!.position })).toEqual([5, 4])
    expect(await read({ limit: 9, from: { after: all[5]!.position } })).toEqual([7, 6])
  })

  test('an empty log reads empty backwards', async () => {
    const { store } = await given()
    expect(await collect(store.readAll(backwards))).toEqual([])
    expect(
      await collect(store.readAll({ ...backwards, filter: { typePrefixes: ['Not'] }, limit: 5 })),
    ).toEqual([])
  })

  test('a log of several pages reads whole backwards, and what a filter seeks in it is found, however far back', async () => {
    const { store } = await given()
    const rare = () => happened('Rare', { text: 'rare' })
    await store.append('rare-a', [rare(), rare()], { expected: 'no_stream' })
    const count = limits.readScanEventsMax + limits.readPageEvents + 7
    for (let left = count; left > 0; left -= 500)
      await store.append('memory-a', notes(Math.min(left, 500)), { expected: 'any' })
    await store.append('rare-a', [rare()], { expected: 1 })
    const { forwards, turned } = await bothWays(store, {})
    expect(turned).toEqual(forwards)
    expect(turned).toHaveLength(count + 3)
    for (const filter of [{ typePrefixes: ['Rare'] }, { streamPrefixes: ['rare-'] }]) {
      const found = await collect(store.readAll({ filter, ...backwards }))
      expect(found.map((event) => event.revision)).toEqual([2, 1, 0])
    }
    const most = await bothWays(store, { filter: { typePrefixes: ['Noted'] } })
    expect(most.turned).toEqual(most.forwards)
    const over = limits.readPageEvents + 3
    const limited = await collect(
      store.readAll({ ...backwards, filter: { streamPrefixes: ['mem'] }, limit: over }),
    )
    expect(limited).toEqual(most.forwards.slice(-over).toReversed())
  }, 60_000)

  test('an old version, an unknown type and a version of the future read backwards as they do forwards', async () => {
    const { store } = await given()
    const old = { ...happened('Measured', { seconds: 3 }), version: 1 }
    const newer = { ...happened('Measured', { years: 1 }), version: 9 }
    const unknown = { ...happened('Nobody.knows', { a: 1 }), version: 4 }
    await store.append('memory-a', [old, newer, unknown], { expected: 'no_stream' })
    const read = (await collect(store.readAll(backwards))).map(({ type, version, data }) => ({
      type,
      version,
      data,
    }))
    expect(read).toEqual([
      { type: 'Nobody.knows', version: 4, data: { a: 1 } },
      { type: 'Measured (version 9)', version: 9, data: { years: 1 } },
      { type: 'Measured', version: 2, data: { ms: 3000 } },
    ])
  })

  test('what is appended during a reading backwards does not come into it', async () => {
    const { store } = await given()
    await store.append('memory-a', notes(3), { expected: 'no_stream' })
    const seen: number[] = []
    for await (const event of store.readAll(backwards)) {
      seen.push(event.revision)
      await store.append('memory-b', notes(2), { expected: 'any' })
    }
    expect(seen).toEqual([2, 1, 0])
  })

  test('hidden and ended streams stay in the log backwards, too', async () => {
    const { store } = await given()
    await store.append('memory-a', [noted('one'), noted('two')], { expected: 'no_stream' })
    await store.truncateBefore('memory-a', 1)
    await store.append('memory-b', [noted('three')], { expected: 'no_stream' })
    await store.tombstone('memory-b', { expected: 0 })
    expect(textsOf(await collect(store.readAll(backwards)))).toEqual(['three', 'two', 'one'])
  })

  test('to begin at the end is not "from": the end backwards is refused, with what to do', async () => {
    const { store } = await given()
    await store.append('memory-a', [noted()], { expected: 'no_stream' })
    const error = await refusal(collect(store.readAll({ ...backwards, from: 'end' })))
    expect(error).toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(/leave it out to begin at the end/u),
    })
  })

  test('a reader who gives up on the way back is told, and holds nothing up', async () => {
    const { store } = await given()
    for (let index = 0; index < 3; index += 1)
      await store.append('memory-a', notes(limits.readPageEvents), { expected: 'any' })
    const controller = new AbortController()
    const reading = async () => {
      for await (const _ of store.readAll({ ...backwards, signal: controller.signal })) controller.abort()
    }
    expect((await refusal(reading())).code).toBe('unavailable')
    for await (const event of store.readAll(backwards)) {
      expect(event.revision).toBe(3 * limits.readPageEvents - 1)
      break
    }
    await store.append('memory-b', [noted()], { expected: 'no_stream' })
  })
}
