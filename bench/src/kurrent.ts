import { fork } from 'node:child_process'
import { once } from 'node:events'
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client'
import { v7 } from 'uuid'
import type { NewEvent } from '../../src/kernel/event.ts'
import { catalogue } from '../../src/kernel/event-schema.ts'
import { Codec } from '../../src/store/codec.ts'
import { openKurrentStore } from '../../src/store/kurrent/kurrent-store.ts'

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

/** What is measured: each of its contenders gives the number of events that it appended or read. */
type Race = Readonly<Record<string, () => Promise<number>>>

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
  await race('stream read', {
    [ours]: () => count(store.readStream('memory-long')),
    [likeOurs]: () => count(client.readStream(`${project}/memory-long`)),
  })
  await race('log read', {
    [ours]: () => count(store.readAll()),
    [likeOurs]: () => count(client.readAll()),
  })
  await race('appends, one writer', appending(1))
  await race(`appends, ${writers} writers`, appending(writers))
} finally {
  await store.close()
  stop()
}
process.exit(0)

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

/** Contenders take turns, and the first one changes from round to round; the first round does not count. */
async function race(what: string, contenders: Race): Promise<void> {
  const names = Object.keys(contenders)
  const rates: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round <= rounds; round += 1) {
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(turn + round) % names.length]!
      const began = performance.now()
      const events = await contenders[name]!()
      if (round > 0) rates[name]!.push((events * 1000) / (performance.now() - began))
    }
  }
  const perSecond = Object.fromEntries(names.map((name) => [name, Math.round(median(rates[name]!))]))
  // Within one round, both meet the same weather on the machine.
  const ratios = rates[ours]!.map((rate, round) => rate / rates[likeOurs]![round]!)
  console.log(JSON.stringify({ what, perSecond, ratioToUnary: Number(median(ratios).toFixed(2)) }))
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
}

async function count(items: AsyncIterable<unknown>): Promise<number> {
  let seen = 0
  for await (const _ of items) seen += 1
  return seen
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

function numberOf(flag: string, otherwise: number): number {
  const index = process.argv.indexOf(flag)
  return index < 0 ? otherwise : Number(process.argv[index + 1])
}

async function givenServer(): Promise<{ url: string; stop(): void }> {
  const real = process.env.DAYBOOK_TEST_KURRENT_URL
  if (real !== undefined) return { url: real, stop: () => undefined }
  console.warn('DAYBOOK_TEST_KURRENT_URL is not set: these are figures of the test server, not of KurrentDB')
  const child = fork(new URL('./kurrent-server.ts', import.meta.url))
  const [message] = (await once(child, 'message')) as [{ url: string }]
  return { url: message.url, stop: () => void child.disconnect() }
}
