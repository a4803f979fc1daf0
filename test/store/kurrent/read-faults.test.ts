import { expect, test, vi } from 'vitest'
import { limits } from '../../../src/kernel/limits.ts'
import { collect, follow, notes, refusal } from '../../contract/given.ts'
import { givenServer, givenStore } from './given-server.ts'

test('events that the server sends twice are given once, in reads from a position and subscriptions', async () => {
  const server = await givenServer()
  const store = await givenStore(server.url)
  await store.append('memory-a', notes(6), { expected: 'no_stream' })
  server.faults.reads.push({ kind: 'repeat' })
  const following = follow(store)
  await following.caughtUp()
  expect(following.events().map((event) => event.revision)).toEqual([0, 1, 2, 3, 4, 5])
})

test('a read that is cut short says so; nothing is taken for the end of the log', async () => {
  const server = await givenServer()
  const store = await givenStore(server.url)
  await store.append('memory-a', notes(6), { expected: 'no_stream' })
  server.faults.reads.push({ kind: 'cut', events: 3 })
  expect((await refusal(collect(store.readAll()))).code).toBe('unavailable')
  expect(await collect(store.readAll())).toHaveLength(6)
})

test('a slow server is waited for as long as it goes on; a mute one only for the timeout', async () => {
  const server = await givenServer()
  const store = await givenStore(server.url)
  await store.append('memory-a', notes(6), { expected: 'no_stream' })
  server.faults.reads.push({ kind: 'slow', ms: 500 })
  expect(await collect(store.readStream('memory-a', { timeoutMs: 2_500 }))).toHaveLength(6)
  server.faults.reads.push({ kind: 'mute' })
  const mute = store.readStream('memory-a', { timeoutMs: 300 })
  expect((await refusal(collect(mute))).code).toBe('unavailable')
  await vi.waitFor(() => expect(server.openCalls).toBe(0))
})

test('a slow reader loses nothing, and the server waits for it', async () => {
  const server = await givenServer()
  const store = await givenStore(server.url)
  for (let index = 0; index < 8; index += 1)
    await store.append(`memory-${index}`, notes(250), { expected: 'any' })
  let seen = 0
  for await (const _ of store.readAll({ timeoutMs: 2_500 })) {
    seen += 1
    if (seen === 10) await new Promise((resolve) => setTimeout(resolve, 3_000))
  }
  expect(seen).toBe(2_000)
})

test('from the end, what is appended while the connection is away is not lost', async () => {
  const server = await givenServer()
  const [store, writer] = [await givenStore(server.url), await givenStore(server.url)]
  await writer.append('memory-a', notes(2), { expected: 'no_stream' })
  server.faults.reads.push({ kind: 'slow', ms: 0 }, { kind: 'mute' })
  const following = follow(store, { from: 'end' })
  await vi.waitFor(() => expect(server.openCalls).toBe(1))
  await writer.append('memory-a', notes(1), { expected: 1 })
  server.cut()
  await following.caughtUp()
  expect(following.events().map((event) => event.revision)).toEqual([2])
})

test('a quiet subscription outlives the call timeout, and another project is not seen', async () => {
  const server = await givenServer()
  const store = await givenStore(server.url, 'acme')
  const other = await givenStore(server.url, 'acme2')
  const following = follow(store)
  await following.caughtUp()
  await other.append('memory-a', notes(700), { expected: 'no_stream' }).catch(() => undefined)
  for (let index = 0; index < 3; index += 1)
    await other.append(`memory-${index}`, notes(400), { expected: 'any' })
  await following.until(() => following.items.some((item) => item.kind === 'checkpoint'))
  expect(following.events()).toEqual([])
  expect(await store.lastPosition()).toBeNull()
  expect(await collect(store.readAll())).toEqual([])
  await store.append('memory-a', notes(1), { expected: 'no_stream' })
  await following.until(() => following.events().length === 1)
  expect(following.events()[0]?.stream).toBe('memory-a')
  expect(limits.reconnectMsMax).toBeLessThan(limits.storeTimeoutMs)
})

test("others' events in our streams are read with what is known of them; system events never", async () => {
  const server = await givenServer()
  const store = await givenStore(server.url)
  const foreign = { id: crypto.randomUUID(), contentType: 'application/json' }
  const data = Buffer.from('{"b":1,"a":[1.50]}')
  server.log.append('tests/memory-a', 'any', [
    { ...foreign, type: 'Theirs', data, metadata: Buffer.from('') },
    { ...foreign, id: crypto.randomUUID(), type: '$>', data: Buffer.from('0@x'), metadata: Buffer.from('') },
  ])
  server.log.system()
  const events = await collect(store.readAll())
  expect(events).toMatchObject([
    { type: 'Theirs', version: 1, data: { a: [1.5], b: 1 }, meta: { actor: { kind: 'unknown' } } },
  ])
  expect(Date.parse(events[0]!.meta.recordedAt)).toBeGreaterThan(Date.now() - 60_000)
})

test('the bytes on the server are canonical JSON, and come back as they are', async () => {
  const server = await givenServer()
  const store = await givenStore(server.url)
  const data = { 9: 'nine', 10: 'ten', text: 'é\u2028', n: 1e21 }
  const event = { ...notes(1)[0]!, type: 'Odd', data }
  await store.append('memory-a', [event], { expected: 'no_stream' })
  const stored = server.log.all.at(-1)!
  expect(Buffer.from(stored.data).toString()).toBe('{"10":"ten","9":"nine","n":1e+21,"text":"é\u2028"}')
  expect(stored.contentType).toBe('application/json')
  expect((await collect(store.readAll()))[0]?.data).toEqual(data)
})
