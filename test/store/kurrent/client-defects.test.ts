import { jsonEvent, streamNameFilter } from '@eventstore/db-client'
import { expect, test, vi } from 'vitest'
import { collect, follow, noted, notes, refusal } from '../../contract/given.ts'
import { bareClient, givenServer, givenStore, inProcess, within } from './given-server.ts'

/**
 * The defects of @eventstore/db-client 6.2.1 that the adapter goes around. Each claim shows first what the
 * bare client does, so that it is known when a workaround may go.
 */
const note = () => jsonEvent({ type: 'Noted', data: { text: 'x' } })

test('a host that takes connections and says nothing holds no append longer than its timeout', async () => {
  const server = await givenServer()
  server.gate.swallow()
  const bare = bareClient(server.url).appendToStream('s', note(), { deadline: 300 })
  expect(await within(1_000, bare)).toBe('pending')
  const store = await givenStore(server.url)
  const error = await refusal(store.append('memory-a', [noted()], { expected: 'no_stream', timeoutMs: 300 }))
  expect(error).toMatchObject({ code: 'unavailable', retryable: true })
  server.gate.open()
  expect((await store.append('memory-a', [noted()], { expected: 'no_stream' })).revision).toBe(0)
})

test('a refusal while the client asks for capabilities is not remembered for ever', async () => {
  const server = await givenServer()
  const [client, store] = [bareClient(server.url), await givenStore(server.url)]
  server.faults.denied = true
  expect(await within(1_000, client.appendToStream('s', note()))).toBe('failed')
  const denied = await refusal(store.append('memory-a', [noted()], { expected: 'no_stream' }))
  expect(denied.code).toBe('access_denied')
  server.faults.denied = false
  expect(await within(1_000, client.appendToStream('s', note()))).toBe('failed')
  expect((await store.append('memory-a', [noted()], { expected: 'no_stream' })).revision).toBe(0)
  expect(server.calls.get('getSupportedMethods')).toBe(1)
})

test('a server that goes silent, or ends its side of the call, holds no append up', async () => {
  const server = await givenServer()
  const [client, store] = [bareClient(server.url), await givenStore(server.url)]
  await client.appendToStream('s', note())
  server.faults.appends.push('half_close')
  expect(await within(600, client.appendToStream('s', note(), { deadline: 200 }))).toBe('pending')
  const events = notes(2)
  server.faults.appends.push('half_close')
  const error = await refusal(store.append('memory-a', events, { expected: 'no_stream', timeoutMs: 5_000 }))
  expect(error.code).toBe('unknown_outcome')
  expect((await store.append('memory-a', events, { expected: 'no_stream' })).revision).toBe(1)
  server.faults.silence = 'swallow'
  const silent = await refusal(store.append('memory-a', [noted()], { expected: 1, timeoutMs: 200 }))
  expect(silent.code).toBe('unknown_outcome')
  expect(await within(500, store.close())).toBe('done')
})

test('one store losing its server takes nothing from another', async () => {
  const [a, b] = [await givenServer(), await givenServer()]
  const module = `const [a, b] = [client(process.argv[1]), client(process.argv[2])]
    await a.appendToStream('s', note()); await b.appendToStream('s', note())
    console.log('ready')
    b.appendToStream('s', note()).catch(() => console.log('b rejected'))
    setTimeout(() => a.appendToStream('s', note()).catch(() => console.log('a rejected')), 100)
    setInterval(() => {}, 1000)`
  const bare = inProcess(module, a.url, b.url)
  await bare.said('ready')
  b.faults.silence = 'hold'
  a.faults.appends.push('cut_before_storing')
  await bare.said('b rejected')
  b.faults.speak()
  expect((await bare.exited).code).not.toBe(0)

  const [storeA, storeB] = [await givenStore(a.url), await givenStore(b.url)]
  b.faults.silence = 'hold'
  const patient = storeB.append('memory-b', [noted()], { expected: 'no_stream' })
  a.faults.appends.push('cut_before_storing')
  const lost = await refusal(storeA.append('memory-a', [noted()], { expected: 'no_stream' }))
  expect(lost.code).toBe('unknown_outcome')
  b.faults.speak()
  expect((await patient).revision).toBe(0)
})

test('what JSON cannot say ends no process', async () => {
  const server = await givenServer()
  const module = `await client(process.argv[1]).appendToStream('s', jsonEvent({ type: 'Odd', data: { n: 1n } }))`
  const { code, output } = await inProcess(module, server.url).exited
  expect(code).toBe(1)
  expect(output).toContain('BigInt')
  const store = await givenStore(server.url)
  const odd = { ...noted(), type: 'Odd', data: { n: 1n } }
  expect((await refusal(store.append('memory-a', [odd], { expected: 'any' }))).code).toBe('invalid')
})

test('the actual revision is told, also where the URL asks the client not to throw', async () => {
  const server = await givenServer()
  const url = `${server.url}&throwOnAppendFailure=false`
  const client = bareClient(url)
  await client.appendToStream('s', [note(), note(), note()])
  const bare = await client.appendToStream('s', note(), { expectedRevision: 'no_stream' })
  expect(bare).toMatchObject({ success: false, nextExpectedRevision: 1n })
  const store = await givenStore(url)
  await store.append('memory-a', notes(3), { expected: 'no_stream' })
  const error = await refusal(store.append('memory-a', [noted()], { expected: 'no_stream' }))
  expect(error).toMatchObject({ code: 'wrong_expected', actual: 2 })
})

test.each(['Server Is Not Ready', 'Server Is Too Busy'] as const)(
  '"%s" is said as it is',
  async (details) => {
    const server = await givenServer()
    const [client, store] = [bareClient(server.url), await givenStore(server.url)]
    await client.appendToStream('s', note())
    server.faults.unavailable = details
    await expect(client.appendToStream('s', note())).rejects.toMatchObject({ type: 'unknown' })
    const error = await refusal(store.append('memory-a', [noted()], { expected: 'no_stream' }))
    expect(error).toMatchObject({ code: 'unavailable', retryable: true })
    expect(error.message).toContain(details)
    expect(await store.health()).toMatchObject({ state: 'unavailable' })
    server.faults.unavailable = undefined
    expect(await store.health()).toMatchObject({ state: 'ready' })
    expect(await store.head('memory-a')).toEqual({ state: 'none' })
  },
)

test("a stream's metadata is changed at the revision that it really has", async () => {
  const server = await givenServer()
  const [client, store] = [bareClient(server.url), await givenStore(server.url)]
  await store.append('memory-a', notes(9), { expected: 'no_stream' })
  await client.setStreamMetadata('tests/memory-a', { maxCount: 100 })
  const bare = await client.getStreamMetadata('tests/memory-a')
  const naive = client.setStreamMetadata(
    'tests/memory-a',
    { truncateBefore: 1 },
    { expectedRevision: bare.metastreamRevision! },
  )
  await expect(naive).rejects.toMatchObject({ type: 'wrong-expected-version' })
  await Promise.all([2, 5, 3].map((revision) => store.truncateBefore('memory-a', revision)))
  await store.truncateBefore('memory-a', 4)
  const { metadata } = await client.getStreamMetadata('tests/memory-a')
  expect(metadata).toEqual({ maxCount: 100, truncateBefore: 5 })
})

test('truncating all of a stream keeps its head; a missing stream gets no metadata', async () => {
  const store = await givenStore((await givenServer()).url)
  await store.append('memory-a', notes(3), { expected: 'no_stream' })
  await store.truncateBefore('memory-a', 3)
  expect(await collect(store.readStream('memory-a'))).toEqual([])
  expect(await store.head('memory-a')).toEqual({ state: 'live', revision: 2 })
  await store.truncateBefore('memory-b', 3)
  const error = await refusal(store.append('memory-b', [noted()], { expected: 'stream_exists' }))
  expect(error).toMatchObject({ code: 'wrong_expected', actual: 'no_stream' })
})

test('a subscription that the server ends in good order goes on, and leaving it ends the call', async () => {
  const server = await givenServer()
  const [client, store] = [bareClient(server.url), await givenStore(server.url)]
  await store.append('memory-a', notes(5), { expected: 'no_stream' })
  server.faults.reads.push({ kind: 'end', events: 2 })
  expect(
    await collect(client.subscribeToAll({ filter: streamNameFilter({ prefixes: ['tests/'] }) })),
  ).toHaveLength(2)
  for await (const _ of client.subscribeToAll()) break
  await vi.waitFor(() => expect(server.openCalls).toBe(1))

  server.faults.reads.push({ kind: 'end', events: 2 }, { kind: 'cut', events: 1 }, { kind: 'end', events: 0 })
  const following = follow(store)
  await following.caughtUp()
  expect(following.events().map((event) => event.revision)).toEqual([0, 1, 2, 3, 4])
  await following.stop()
  for await (const item of store.subscribe({ from: 'start', signal: new AbortController().signal }))
    if (item.kind === 'event') break
  for await (const _ of store.readAll()) break
  // The cut ended the bare client's call, too; of ours none is left.
  await vi.waitFor(() => expect(server.openCalls).toBe(0))
})

test('a checkpoint of 2^64 - 1 is no position: resuming finds what came later', async () => {
  const server = await givenServer()
  server.faults.checkpointQuirk = true
  const { promise: bare, resolve } = Promise.withResolvers<bigint>()
  const checkpointReached = async (_: unknown, { commit }: { commit: bigint }) => resolve(commit)
  const filter = streamNameFilter({ prefixes: ['tests/'], checkpointReached })
  const naive = bareClient(server.url).subscribeToAll({ filter })
  naive.on('error', () => undefined)
  naive.resume()
  expect(await bare).toBe(2n ** 64n - 1n)
  await naive.unsubscribe()

  const store = await givenStore(server.url)
  const following = follow(store)
  await following.caughtUp()
  expect(following.items.map((item) => item.kind)).toEqual(['caught_up'])
  server.cut()
  const writer = await givenStore(server.url)
  await writer.append('memory-a', notes(2), { expected: 'no_stream' })
  await following.until(() => following.events().length === 2)
})
