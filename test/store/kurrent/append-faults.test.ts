import { expect, test } from 'vitest'
import type { NewEvent } from '../../../src/kernel/event.ts'
import type { Appended, EventStore, Expected } from '../../../src/store/port.ts'
import { collect, noted, notes, refusal } from '../../contract/given.ts'
import { givenServer, givenStore } from './given-server.ts'
import type { AppendFault } from './server/faults.ts'

const faults: AppendFault[] = ['cut_before_storing', 'cut_after_storing', 'lose_answer', 'half_close']

test.each(faults)('%s: the outcome is unknown, and the same append again keeps one copy', async (fault) => {
  const server = await givenServer()
  const store = await givenStore(server.url)
  // Connected already: what is lost now is lost on the way, also where connecting takes long.
  await store.lastPosition()
  const call = fault === 'lose_answer' ? { timeoutMs: 2_000 } : {}
  let expected: Expected = 'no_stream'
  for (const events of [notes(3), notes(1)]) {
    server.faults.appends.push(fault)
    const error = await refusal(store.append('memory-a', events, { expected, ...call }))
    expect(error).toMatchObject({ code: 'unknown_outcome', stream: 'memory-a', expected })
    const appended: Appended = await store.append('memory-a', events, { expected })
    expect(await store.append('memory-a', events, { expected })).toEqual(appended)
    expected = appended.revision
  }
  const stored = await collect(store.readStream('memory-a'))
  expect(new Set(stored.map((event) => event.id)).size).toBe(4)
  expect(stored).toHaveLength(4)
})

test('a retry after a restart of the server is recognised: it needs no memory of ids', async () => {
  const server = await givenServer()
  const store = await givenStore(server.url)
  const events = notes(2)
  const first = await store.append('memory-a', events, { expected: 'no_stream' })
  server.log.forgetRecentIds()
  expect(await store.append('memory-a', events, { expected: 'no_stream' })).toEqual(first)
})

test('an append is unavailable, not of unknown outcome, when nothing was sent', async () => {
  const server = await givenServer()
  await server.stop()
  const store = await givenStore(server.url)
  const error = await refusal(store.append('memory-a', [noted()], { expected: 'no_stream' }))
  expect(error.code).toBe('unavailable')
  expect(error.message).toContain(`127.0.0.1:${server.port}`)
  const back = await givenServer({ port: server.port, log: server.log })
  expect((await store.append('memory-a', [noted()], { expected: 'no_stream' })).revision).toBe(0)
  expect(back.log.all.at(-1)?.stream).toBe('tests/memory-a')
})

test('an aborted append settles at once', async () => {
  const server = await givenServer()
  const store = await givenStore(server.url)
  server.faults.silence = 'swallow'
  const controller = new AbortController()
  const doing = store.append('memory-a', [noted()], { expected: 'no_stream', signal: controller.signal })
  setTimeout(() => controller.abort(), 100)
  expect((await refusal(doing)).code).toBe('unknown_outcome')
})

test('64 writers meet cuts, lost answers and ended calls: every event is stored once, in order', async () => {
  const server = await givenServer()
  const stores = [await givenStore(server.url), await givenStore(server.url)]
  let asked = 0
  const disturb = () => {
    asked += 1
    if (asked % 7 === 0) server.faults.appends.push(faults[(asked / 7) % faults.length]!)
  }
  await Promise.all(
    Array.from({ length: 64 }, async (_, writer) => {
      let expected: Expected = 'no_stream'
      for (let index = 0; index < 5; index += 1) {
        disturb()
        const events = [noted(`${writer}.${index}.0`), noted(`${writer}.${index}.1`)]
        const store = stores[(writer + index) % stores.length]!
        expected = (await appendStubbornly(store, { stream: `memory-${writer}`, events, expected })).revision
      }
    }),
  )
  const all = await collect(stores[0]!.readAll())
  expect(all).toHaveLength(64 * 5 * 2)
  for (let writer = 0; writer < 64; writer += 1) {
    const own = all.filter((event) => event.stream === `memory-${writer}`)
    expect(own.map((event) => event.revision)).toEqual(Array.from({ length: 10 }, (_, index) => index))
    expect(own.map((event) => (event.data as { text: string }).text)).toEqual(
      Array.from({ length: 10 }, (_, index) => `${writer}.${Math.floor(index / 2)}.${index % 2}`),
    )
  }
})

async function appendStubbornly(
  store: EventStore,
  { stream, events, expected }: { stream: string; events: NewEvent[]; expected: Expected },
): Promise<Appended> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await store.append(stream, events, { expected, timeoutMs: 1_500 })
    } catch (error) {
      const { retryable } = error as { retryable?: boolean }
      if (retryable !== true || attempt === 200) throw error
    }
  }
}
