import { expect, test } from 'vitest'
import { limits } from '../../src/kernel/limits.ts'
import { collect, follow, type Given, noted, notes, refusal, skipLoudly } from './given.ts'

const noSilence = 'this backend cannot be made to take requests without answering them'
const noConnections = 'this backend has no connections that could be cut'

export function faultClaims(given: Given): void {
  test('an append that gets no answer settles within its timeout, and the same append again keeps one copy', async ({
    skip,
  }) => {
    const { store, faults } = await given()
    if (faults?.silence === undefined) return skipLoudly(skip, noSilence)
    await store.append('memory-a', [noted()], { expected: 'no_stream' })
    const events = notes(3)
    await faults.silence()
    const began = performance.now()
    const error = await refusal(store.append('memory-a', events, { expected: 0, timeoutMs: 300 }))
    expect(performance.now() - began).toBeLessThan(limits.storeTimeoutMs)
    // `unavailable` is the stronger word: nothing was written. Both allow the retry.
    expect(['unknown_outcome', 'unavailable']).toContain(error.code)
    expect(error.retryable).toBe(true)
    await faults.restore?.()
    expect((await store.append('memory-a', events, { expected: 0 })).revision).toBe(3)
    expect(await collect(store.readStream('memory-a'))).toHaveLength(4)
  })

  test('a silent backend fails only the calls that wait for it, not those of another store later', async ({
    skip,
  }) => {
    const { store, another, faults } = await given()
    if (faults?.silence === undefined) return skipLoudly(skip, noSilence)
    const other = await another()
    await other.append('memory-b', [noted()], { expected: 'no_stream' })
    await faults.silence()
    const failing = refusal(store.append('memory-a', [noted()], { expected: 'any', timeoutMs: 200 }))
    const patient = other
      .append('memory-b', [noted()], { expected: 0, timeoutMs: 6_000 })
      .catch(() => 'failed')
    expect((await failing).retryable).toBe(true)
    await faults.restore?.()
    await patient
    const revision = ((await other.head('memory-b')) as { revision: number }).revision
    expect((await other.append('memory-b', [noted()], { expected: revision })).revision).toBe(revision + 1)
  })

  test('close is in time though the backend is silent', async ({ skip }) => {
    const { store, faults } = await given()
    if (faults?.silence === undefined) return skipLoudly(skip, noSilence)
    const following = follow(store)
    await following.caughtUp()
    await faults.silence()
    const pending = refusal(store.append('memory-a', [noted()], { expected: 'any' }))
    const began = performance.now()
    await store.close()
    expect(performance.now() - began).toBeLessThan(limits.storeCloseMs + 1_000)
    expect(['closed', 'unknown_outcome', 'unavailable']).toContain((await pending).code)
    await following.ended
  })

  test('a subscription whose connection is cut goes on by itself: each event once, in order', async ({
    skip,
  }) => {
    const { store, another, faults } = await given()
    if (faults?.killConnections === undefined) return skipLoudly(skip, noConnections)
    const writer = await another()
    await store.append('memory-a', notes(5), { expected: 'no_stream' })
    const following = follow(store)
    await following.caughtUp()
    let revision = 4
    for (let round = 0; round < 3; round += 1) {
      await faults.killConnections()
      const events = notes(4)
      for (let attempt = 0; ; attempt += 1) {
        try {
          revision = (await writer.append('memory-a', events, { expected: revision })).revision
          break
        } catch (error) {
          if (attempt === 5) throw error
        }
      }
      await following.until(() => following.events().length >= revision + 1)
    }
    expect(following.events()).toEqual(await collect(store.readAll()))
    expect(following.items.filter((item) => item.kind === 'caught_up')).toHaveLength(1)
  })
}
