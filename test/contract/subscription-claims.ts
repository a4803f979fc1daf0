import { expect, test } from 'vitest'
import { limits } from '../../src/kernel/limits.ts'
import { collect, follow, type Given, happened, noted, notes, refusal } from './given.ts'

export function subscriptionClaims(given: Given): void {
  test('a subscription gives history, says once that it is over, then what comes, in order', async () => {
    const { store } = await given()
    await store.append('memory-a', notes(3), { expected: 'no_stream' })
    const following = follow(store)
    await following.caughtUp()
    expect(following.events()).toHaveLength(3)
    for (let index = 0; index < 5; index += 1)
      await store.append(`memory-${index}`, notes(2), { expected: 'any' })
    await following.until(() => following.events().length === 13)
    expect(following.events()).toEqual(await collect(store.readAll()))
    const kinds = following.items.map((item) => item.kind)
    expect(kinds.filter((kind) => kind === 'caught_up')).toHaveLength(1)
    expect(kinds.slice(0, 3)).toEqual(['event', 'event', 'event'])
  })

  test('from the end there is no history; after a position there is the rest of it', async () => {
    const { store } = await given()
    await store.append('memory-a', notes(4), { expected: 'no_stream' })
    const all = await collect(store.readAll())
    const fromEnd = follow(store, { from: 'end' })
    const fromSecond = follow(store, { from: { after: all[1]!.position } })
    await Promise.all([fromEnd.caughtUp(), fromSecond.caughtUp()])
    expect(fromEnd.events()).toEqual([])
    expect(fromSecond.events()).toEqual(all.slice(2))
    await store.append('memory-b', [noted('live')], { expected: 'no_stream' })
    await Promise.all([
      fromEnd.until(() => fromEnd.events().length === 1),
      fromSecond.until(() => fromSecond.events().length === 3),
    ])
  })

  test('subscribing to an empty log waits for its first event', async () => {
    const { store } = await given()
    const following = follow(store)
    await following.caughtUp()
    await store.append('memory-a', [noted()], { expected: 'no_stream' })
    await following.until(() => following.events().length === 1)
  })

  test('a filtered subscription gives only what matches, before and after it caught up', async () => {
    const { store } = await given()
    await store.append('memory-a', [noted(), happened('Other'), noted()], { expected: 'no_stream' })
    await store.append('session-a', [noted(), happened('Other')], { expected: 'no_stream' })
    const byType = follow(store, { from: 'start', filter: { typePrefixes: ['Oth', 'Third'] } })
    const byStream = follow(store, { from: 'start', filter: { streamPrefixes: ['session-'] } })
    await Promise.all([byType.caughtUp(), byStream.caughtUp()])
    await store.append('session-b', [happened('Third'), noted()], { expected: 'no_stream' })
    await Promise.all([
      byType.until(() => byType.events().length === 3),
      byStream.until(() => byStream.events().length === 4),
    ])
    expect(byType.events().map((event) => event.type)).toEqual(['Other', 'Other', 'Third'])
    expect(byStream.events().map((event) => event.stream)).toEqual([
      'session-a',
      'session-a',
      'session-b',
      'session-b',
    ])
  })

  test('a filter that matches nothing moves its checkpoints on, and never past a later match', async () => {
    const { store } = await given()
    const filter = { typePrefixes: ['Rare'] }
    for (let index = 0; index < 4; index += 1) await store.append('memory-a', notes(300), { expected: 'any' })
    const following = follow(store, { from: 'start', filter })
    await following.caughtUp()
    const checkpoints = following.items.flatMap((item) => (item.kind === 'checkpoint' ? [item.position] : []))
    expect(checkpoints.length).toBeGreaterThan(0)
    expect(checkpoints).toEqual([...new Set(checkpoints)].toSorted())
    const last = checkpoints.at(-1)!
    expect(last <= (await store.lastPosition())!).toBe(true)
    await following.stop()
    await store.append('memory-a', [happened('Rare', { found: true })], { expected: 'any' })
    const resumed = follow(store, { from: { after: last }, filter })
    await resumed.until(() => resumed.events().length === 1)
    expect(resumed.events()[0]!.data).toEqual({ found: true })
  })

  test('resuming after the last item seen gives each event once, wherever the reader stopped', async () => {
    const { store } = await given()
    for (let index = 0; index < 6; index += 1)
      await store.append('memory-a', [noted(), happened('Other')], { expected: 'any' })
    const all = await collect(store.readAll({ filter: { typePrefixes: ['Noted'] } }))
    for (let stop = 1; stop < all.length; stop += 1) {
      const first = follow(store, { from: 'start', filter: { typePrefixes: ['Noted'] } })
      await first.until(() => first.events().length >= stop)
      await first.stop()
      const seen = first.events().slice(0, stop)
      const rest = follow(store, {
        from: { after: seen.at(-1)!.position },
        filter: { typePrefixes: ['Noted'] },
      })
      await rest.caughtUp()
      await rest.stop()
      expect([...seen, ...rest.events()]).toEqual(all)
    }
  })

  test('another store on the same log sees an append within 100 ms', async () => {
    const { store, another } = await given()
    const following = follow(await another())
    await following.caughtUp()
    const lags: number[] = []
    for (let index = 1; index <= 9; index += 1) {
      await store.append('memory-a', [noted()], { expected: 'any' })
      const appended = performance.now()
      await following.until(() => following.events().length === index)
      lags.push(performance.now() - appended)
    }
    // The quickest, because a busy machine may stall any of them.
    expect(Math.min(...lags)).toBeLessThan(100)
  })

  test('an aborted subscription ends without an error, while it waits and while it is behind', async () => {
    const { store } = await given()
    await store.append('memory-a', notes(20), { expected: 'no_stream' })
    const waiting = follow(store)
    await waiting.caughtUp()
    await waiting.stop()
    expect(await waiting.ended).toBeUndefined()
    const aborted = store.subscribe({ from: 'start', signal: AbortSignal.abort() })
    expect(await collect(aborted)).toEqual([])
    const controller = new AbortController()
    let seen = 0
    for await (const item of store.subscribe({ from: 'start', signal: controller.signal })) {
      if (item.kind === 'event') seen += 1
      if (seen === 5) controller.abort()
    }
    expect(seen).toBe(5)
  })

  test('leaving the loop ends the subscription, and the store closes at once', async () => {
    const { store } = await given()
    await store.append('memory-a', notes(5), { expected: 'no_stream' })
    const signal = new AbortController().signal
    for await (const item of store.subscribe({ from: 'start', signal })) if (item.kind === 'event') break
    for await (const item of store.subscribe({ from: 'start', signal })) if (item.kind === 'caught_up') break
    const began = performance.now()
    await store.close()
    expect(performance.now() - began).toBeLessThan(limits.storeCloseMs)
  })

  test('closing a store ends its open subscriptions in time', async () => {
    const { store } = await given()
    const followings = [follow(store), follow(store, { from: 'end' })]
    await Promise.all(followings.map((each) => each.caughtUp()))
    const began = performance.now()
    await store.close()
    for (const each of followings)
      await expect(refusal(each.ended.then((error) => Promise.reject(error)))).resolves.toMatchObject({
        code: 'closed',
      })
    expect(performance.now() - began).toBeLessThan(limits.storeCloseMs)
  })
}
