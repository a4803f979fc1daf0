import { expect, test } from 'vitest'
import { manualClock } from '../../src/kernel/clock.ts'
import { collect, type Given, happened, noted, notes, refusal } from './given.ts'

export function appendClaims(given: Given): void {
  test('no_stream creates a stream; revisions count from 0', async () => {
    const { store } = await given()
    const first = await store.append('memory-a', notes(2), { expected: 'no_stream' })
    const second = await store.append('memory-a', [noted()], { expected: 1 })
    expect([first.revision, second.revision]).toEqual([1, 2])
    expect((await collect(store.readStream('memory-a'))).map((event) => event.revision)).toEqual([0, 1, 2])
  })

  test('an exact revision is accepted; a stale and a future one are told the actual revision', async () => {
    const { store } = await given()
    await store.append('memory-a', notes(3), { expected: 'no_stream' })
    expect((await store.append('memory-a', [noted()], { expected: 2 })).revision).toBe(3)
    for (const expected of [0, 2, 9, 'no_stream'] as const) {
      const error = await refusal(store.append('memory-a', [noted()], { expected }))
      expect(error).toMatchObject({ code: 'wrong_expected', stream: 'memory-a', expected, actual: 3 })
    }
    expect(await store.head('memory-a')).toEqual({ state: 'live', revision: 3 })
  })

  test('stream_exists and a revision of a missing stream are told that there is no stream', async () => {
    const { store } = await given()
    for (const expected of ['stream_exists', 0] as const) {
      const error = await refusal(store.append('memory-a', [noted()], { expected }))
      expect(error).toMatchObject({ code: 'wrong_expected', actual: 'no_stream' })
    }
    await store.append('memory-a', [noted()], { expected: 'any' })
    expect((await store.append('memory-a', [noted()], { expected: 'stream_exists' })).revision).toBe(1)
  })

  test('the same ids with the same expectation give the first result, and one copy is kept', async () => {
    const { store } = await given()
    const opening = notes(2)
    const following = notes(3)
    const first = await store.append('memory-a', opening, { expected: 'no_stream' })
    const second = await store.append('memory-a', following, { expected: 1 })
    await store.append('memory-a', [noted('later')], { expected: 4 })
    expect(await store.append('memory-a', following, { expected: 1 })).toEqual(second)
    expect(await store.append('memory-a', opening, { expected: 'no_stream' })).toEqual(first)
    const ids = (await collect(store.readStream('memory-a'))).map((event) => event.id)
    expect(ids.slice(0, 5)).toEqual([...opening, ...following].map((event) => event.id))
    expect(ids).toHaveLength(6)
  })

  test('a retry that overlaps only in part is wrong_expected and stores nothing', async () => {
    const { store } = await given()
    const [a, b, c] = notes(3) as [
      ReturnType<typeof noted>,
      ReturnType<typeof noted>,
      ReturnType<typeof noted>,
    ]
    await store.append('memory-a', [a, b], { expected: 'no_stream' })
    for (const retry of [[a, b, c], [a, c], [b]]) {
      const error = await refusal(store.append('memory-a', retry, { expected: 'no_stream' }))
      expect(error).toMatchObject({ code: 'wrong_expected', actual: 1 })
    }
    expect(await store.head('memory-a')).toEqual({ state: 'live', revision: 1 })
  })

  test('different ids at a taken revision are wrong_expected', async () => {
    const { store } = await given()
    await store.append('memory-a', notes(2), { expected: 'no_stream' })
    const error = await refusal(store.append('memory-a', notes(2), { expected: 'no_stream' }))
    expect(error.code).toBe('wrong_expected')
  })

  test('of 200 parallel no_stream appends exactly one wins', async () => {
    const { store } = await given()
    const outcomes = await Promise.all(
      Array.from({ length: 200 }, () =>
        store.append('memory-a', [noted()], { expected: 'no_stream' }).then(
          () => 'won',
          (error) => error.code,
        ),
      ),
    )
    expect(outcomes.filter((outcome) => outcome === 'won')).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome === 'wrong_expected')).toHaveLength(199)
    expect(await store.head('memory-a')).toEqual({ state: 'live', revision: 0 })
  })

  test('200 parallel appends that expect nothing get 200 revisions without a gap', async () => {
    const { store } = await given()
    const appended = await Promise.all(
      Array.from({ length: 200 }, () => store.append('memory-a', [noted()], { expected: 'any' })),
    )
    const revisions = appended.map(({ revision }) => revision).sort((a, b) => a - b)
    expect(revisions).toEqual(Array.from({ length: 200 }, (_, index) => index))
    expect(await collect(store.readStream('memory-a'))).toHaveLength(200)
  })

  test('of two stores on one log that expect the same revision one wins', async () => {
    const { store, another } = await given()
    const other = await another()
    await store.append('memory-a', [noted()], { expected: 'no_stream' })
    const outcomes = await Promise.all(
      [store, other, store, other].map((each) =>
        each.append('memory-a', [noted()], { expected: 0 }).then(
          () => 'won',
          (error) => error.code,
        ),
      ),
    )
    expect(outcomes.sort()).toEqual(['won', 'wrong_expected', 'wrong_expected', 'wrong_expected'])
    expect(await other.head('memory-a')).toEqual({ state: 'live', revision: 1 })
  })

  test('a refused append does not harm the appends beside it', async () => {
    const { store } = await given()
    await store.append('memory-a', [noted()], { expected: 'no_stream' })
    const [good, stale, unsayable, alsoGood] = await Promise.allSettled([
      store.append('memory-a', [noted()], { expected: 0 }),
      store.append('memory-a', [noted()], { expected: 7 }),
      store.append('memory-a', [happened('Odd', { n: 1n })], { expected: 'any' }),
      store.append('memory-b', [noted()], { expected: 'no_stream' }),
    ])
    expect([good.status, stale.status, unsayable.status, alsoGood.status]).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'fulfilled',
    ])
    expect(await collect(store.readAll())).toHaveLength(3)
  })

  test('recordedAt is stamped and never runs backwards; one that came with the event is kept', async () => {
    const clock = manualClock(Date.UTC(2024, 0, 1))
    const { store } = await given(clock)
    await store.append('memory-a', [noted()], { expected: 'no_stream' })
    clock.advance(-60_000)
    await store.append('memory-b', [noted()], { expected: 'no_stream' })
    clock.advance(120_000)
    await store.append('memory-a', [noted()], { expected: 0 })
    const imported = '2031-02-03T04:05:06.789Z'
    await store.append('memory-c', [noted('old', { recordedAt: imported })], { expected: 'no_stream' })
    const at = (await collect(store.readAll())).map((event) => event.meta.recordedAt)
    expect(at).toEqual([
      '2024-01-01T00:00:00.000Z',
      '2024-01-01T00:00:00.000Z',
      '2024-01-01T00:01:00.000Z',
      imported,
    ])
  })
}
