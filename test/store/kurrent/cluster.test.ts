import { expect, test } from 'vitest'
import { limits } from '../../../src/kernel/limits.ts'
import { collect, follow, noted, notes, refusal } from '../../contract/given.ts'
import { givenServer, givenStore } from './given-server.ts'
import type { TestServer } from './server/test-server.ts'

/** Two nodes that share a log; the first leads. */
async function givenCluster(): Promise<[TestServer, TestServer]> {
  const a = await givenServer()
  const b = await givenServer({ log: a.log })
  elect(a, [a, b])
  return [a, b]
}

function elect(leader: TestServer, nodes: readonly TestServer[]): void {
  for (const node of nodes) {
    node.leader = node === leader ? undefined : { address: '127.0.0.1', port: leader.port }
    const states = nodes.map(
      ({ port }) => ({ port, state: port === leader.port ? 'leader' : 'follower' }) as const,
    )
    node.members.splice(0, node.members.length, ...states)
  }
}

test('a store that meets a follower goes to the leader by itself, for appends, reads and subscriptions', async () => {
  const [leader, follower] = await givenCluster()
  const store = await givenStore(follower.url)
  const following = follow(store)
  await following.caughtUp()
  expect((await store.append('memory-a', notes(2), { expected: 'no_stream' })).revision).toBe(1)
  await following.until(() => following.events().length === 2)
  expect(await collect((await givenStore(follower.url)).readAll())).toHaveLength(2)
  await (await givenStore(follower.url)).tombstone('memory-a', { expected: 1 })
  expect(leader.calls.get('append')).toBe(1)
})

test('when the leader changes, the next append finds the new one', async () => {
  const [a, b] = await givenCluster()
  const store = await givenStore(a.url)
  await store.append('memory-a', [noted()], { expected: 'no_stream' })
  elect(b, [a, b])
  expect((await store.append('memory-a', [noted()], { expected: 0 })).revision).toBe(1)
  elect(a, [a, b])
  expect((await store.append('memory-a', [noted()], { expected: 1 })).revision).toBe(2)
})

test('a leader that names another, which names the first, is asked a few times and no more', async () => {
  const [a, b] = await givenCluster()
  a.leader = { address: '127.0.0.1', port: b.port }
  const store = await givenStore(a.url)
  const error = await refusal(store.append('memory-a', [noted()], { expected: 'no_stream' }))
  expect(error).toMatchObject({ code: 'unavailable', retryable: true })
  expect((a.calls.get('append') ?? 0) + (b.calls.get('append') ?? 0)).toBeLessThanOrEqual(4)
})

test.each(['esdb', 'kurrentdb'])(
  '%s:// with several hosts finds the leader, also after it died',
  async (scheme) => {
    const [a, b] = await givenCluster()
    const store = await givenStore(`${scheme}://127.0.0.1:${b.port},127.0.0.1:${a.port}?tls=false`)
    const following = follow(store)
    await following.caughtUp()
    await store.append('memory-a', [noted()], { expected: 'no_stream' })
    await a.stop()
    elect(b, [b])
    const events = [noted()]
    for (let attempt = 0; attempt < 3; attempt += 1) {
      try {
        await store.append('memory-a', events, { expected: 0 })
        break
      } catch (error) {
        expect(error).toMatchObject({ retryable: true })
      }
    }
    await following.until(() => following.events().length === 2)
    expect(b.log.stream('tests/memory-a')?.events).toHaveLength(2)
  },
)

test('kurrentdb+discover:// asks the named host for the members', async () => {
  const [a, b] = await givenCluster()
  const store = await givenStore(`kurrentdb+discover://127.0.0.1:${b.port}?tls=false`)
  expect((await store.append('memory-a', [noted()], { expected: 'no_stream' })).revision).toBe(0)
  expect([a.calls.get('append'), b.calls.get('append')]).toEqual([1, undefined])
})

test('a cluster that nobody answers for is unavailable within the timeout', async () => {
  const store = await givenStore('kurrentdb+discover://127.0.0.1:9?tls=false&maxDiscoverAttempts=2')
  const began = performance.now()
  const error = await refusal(
    store.append('memory-a', [noted()], { expected: 'no_stream', timeoutMs: 1_500 }),
  )
  expect(error.code).toBe('unavailable')
  expect(performance.now() - began).toBeLessThan(limits.storeTimeoutMs)
})
