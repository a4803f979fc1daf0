import { fork } from 'node:child_process'
import { once } from 'node:events'
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client'
import { v7 } from 'uuid'
import type { NewEvent } from '../../src/kernel/event.ts'
import { catalogue } from '../../src/kernel/event-schema.ts'
import { Codec } from '../../src/store/codec.ts'
import { openKurrentStore } from '../../src/store/kurrent/kurrent-store.ts'
import { count, numberOf, type Race, race, tell } from './race.ts'

/**
 * Daybook's KurrentDB adapter beside the bare client used in the same way, on the same server in the same
 * run. The bare client appends by unary calls (per-call credentials) as the adapter does, and by batch, which
 * is faster and cannot be bounded. The server is the test server unless DAYBOOK_TEST_KURRENT_URL names one.
 *
 * `node bench/src/kurrent.ts [--appends 1000] [--reads 10000] [--rounds 9]`; one JSON line a figure: the
 * median of the rounds, in events a second, and the median of the rounds' ratios to the bare client.
 */
const appends = numberOf('--appends', 1_000)
const reads = numberOf('--reads', 10_000)
const rounds = numberOf('--rounds', 9)
const writers = 64
const text = 'x'.repeat(400)
const ours = 'daybook'
const likeOurs = 'bare client, unary'

const { url, stop } = await givenServer()
const client = EventStoreDBClient.connectionString(url)
const batching = EventStoreDBClient.connectionString(url)
const codec = new Codec(catalogue([]))
const project = `bench.${v7()}`
const store = await openKurrentStore(url, { codec, clock: { now: () => Date.now() }, project })

const appenders: Readonly<Record<string, (stream: string) => Promise<unknown>>> = {
  [ours]: (stream) => store.append(stream, [newEvent()], { expected: 'any' }),
  [likeOurs]: (stream) =>
    client.appendToStream(stream, bareEvent(), { credentials: { username: 'bench', password: 'bench' } }),
  'bare client, batch': (stream) => batching.appendToStream(stream, bareEvent()),
}

try {
  for (let written = 0; written < reads; written += 500)
    await store.append('memory-long', Array.from({ length: 500 }, newEvent), { expected: 'any' })
  await measure('KurrentDB: stream read', {
    [ours]: () => count(store.readStream('memory-long')),
    [likeOurs]: () => count(client.readStream(`${project}/memory-long`)),
  })
  await measure('KurrentDB: log read', {
    [ours]: () => count(store.readAll()),
    [likeOurs]: () => count(client.readAll()),
  })
  await measure('KurrentDB: appends, one writer', appending(1))
  await measure(`KurrentDB: appends, ${writers} writers`, appending(writers))
  await measure(`KurrentDB: appends, ${writers} writers beside one`, {
    [`daybook, ${writers} writers`]: appending(writers)[ours]!,
    'daybook, one writer': appending(1)[ours]!,
  })
} finally {
  await store.close()
  stop()
}
process.exit(0)

async function measure(what: string, contenders: Race): Promise<void> {
  tell(await race(what, contenders, rounds))
}

function appending(concurrent: number): Race {
  const run = async (append: (stream: string) => Promise<unknown>) => {
    const each = Math.ceil(appends / concurrent)
    const stream = `memory-${v7()}`
    const write = async (writer: number) => {
      for (let index = 0; index < each; index += 1) await append(`${stream}.${writer}`)
    }
    await Promise.all(Array.from({ length: concurrent }, (_, writer) => write(writer)))
    return each * concurrent
  }
  return Object.fromEntries(Object.entries(appenders).map(([name, append]) => [name, () => run(append)]))
}

function bareEvent() {
  return jsonEvent({ id: v7(), type: 'Noted', data: { text }, metadata: { actor: 'bench' } })
}

function newEvent(): NewEvent {
  return {
    id: v7(),
    type: 'Noted',
    version: 1,
    data: { text },
    meta: { actor: { kind: 'worker', id: 'bench' } },
  }
}

async function givenServer(): Promise<{ url: string; stop(): void }> {
  const real = process.env.DAYBOOK_TEST_KURRENT_URL
  if (real !== undefined) return { url: real, stop: () => undefined }
  console.warn('DAYBOOK_TEST_KURRENT_URL is not set: these are figures of the test server, not of KurrentDB')
  const child = fork(new URL('./kurrent-server.ts', import.meta.url))
  const [message] = (await once(child, 'message')) as [{ url: string }]
  return { url: message.url, stop: () => void child.disconnect() }
}
