import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { v7 } from 'uuid'
import { catalogue } from '../../src/kernel/event-schema.ts'
import { Codec } from '../../src/store/codec.ts'
import type { EventStore } from '../../src/store/port.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { BareLog, newEvent } from './bare-log.ts'
import { count, numberOf, type Race, race, tell } from './race.ts'

/**
 * Daybook's SQLite adapter beside `node:sqlite` used directly: the same table and durability (WAL, full), no
 * expected revisions, no ids looked up, no canonical JSON. On a disk, and in memory where the disk's part is gone.
 *
 * `node bench/src/store.ts [--dir FOLDER] [--memory FOLDER] [--rounds 7]`; one JSON line a figure.
 */
const rounds = numberOf('--rounds', 7)
const appends = numberOf('--appends', 512)
const reads = numberOf('--reads', 20_000)
const writers = 64
const perAppend = 100
const clock = { now: () => Date.now() }
const codec = new Codec(catalogue([]))

for (const [where, folder] of [
  ['disk', folderOf('--dir', tmpdir())],
  ['memory', folderOf('--memory', '/dev/shm')],
] as const)
  await measure(where, mkdtempSync(join(folder, 'daybook-bench-')))

async function measure(where: string, folder: string): Promise<void> {
  const store = await openSqliteStore({ path: join(folder, 'ours.db'), codec, clock, mode: 'write' })
  const bare = new BareLog(join(folder, 'bare.db'))
  const run = async (what: string, contenders: Race) =>
    tell(await race(`SQLite on ${where}: ${what}`, contenders, rounds))
  try {
    await run('appends, one writer', {
      daybook: () => appending(store, 1, 1),
      'node:sqlite, a transaction each': async () => bare.append(appends, 1),
    })
    await run(`appends, ${writers} writers`, {
      daybook: () => appending(store, writers, 1),
      [`node:sqlite, ${writers} a transaction`]: async () => bare.append(appends / writers, writers),
    })
    await run(`appends of ${perAppend} events`, {
      daybook: () => appending(store, 1, perAppend),
      [`node:sqlite, ${perAppend} a transaction`]: async () => bare.append(20, perAppend),
    })
    await run('log read', {
      daybook: () => count(store.readAll({ limit: reads })),
      'node:sqlite, all and JSON.parse': async () => bare.read(reads),
    })
    await run('subscription, history', {
      daybook: () => following(store, reads),
      'node:sqlite, all and JSON.parse': async () => bare.read(reads),
    })
  } finally {
    await store.close()
    bare.close()
    rmSync(folder, { recursive: true })
  }
}

async function appending(store: EventStore, concurrent: number, events: number): Promise<number> {
  const each = events > 1 ? 20 : appends / concurrent
  const stream = `memory-${v7()}`
  const write = async (writer: number) => {
    for (let index = 0; index < each; index += 1) {
      const expected = index === 0 ? 'no_stream' : index * events - 1
      await store.append(`${stream}.${writer}`, Array.from({ length: events }, newEvent), { expected })
    }
  }
  await Promise.all(Array.from({ length: concurrent }, (_, writer) => write(writer)))
  return each * concurrent * events
}

async function following(store: EventStore, events: number): Promise<number> {
  const enough = new AbortController()
  let seen = 0
  for await (const item of store.subscribe({ from: 'start', signal: enough.signal })) {
    if (item.kind === 'event') seen += 1
    if (seen >= events || item.kind === 'caught_up') break
  }
  enough.abort()
  return seen
}

function folderOf(flag: string, otherwise: string): string {
  const index = process.argv.indexOf(flag)
  return index < 0 ? otherwise : process.argv[index + 1]!
}
