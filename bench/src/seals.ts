import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { v7 } from 'uuid'
import type { NewEvent } from '../../src/kernel/event.ts'
import { openStore } from '../../src/runtime/open-store.ts'
import { HashTree } from '../../src/runtime/seals/hash-tree.ts'
import { leafText } from '../../src/runtime/seals/leaf.ts'
import { proofFrom, provesInclusion } from '../../src/runtime/seals/proof.ts'
import { rootDigest } from '../../src/runtime/seals/seal.ts'
import { Sealer } from '../../src/runtime/seals/sealer.ts'
import { verifyLog } from '../../src/runtime/seals/verify-log.ts'
import type { EventStore } from '../../src/store/port.ts'
import { median, numberOf, race, tell } from './race.ts'

/**
 * What testifying costs: verification beside reading and hashing the same bytes, appends with and without sealing,
 * a seal on a young and an old log, a proof. In memory, where no disk hides the work.
 * Verification includes SQLite's own check of its pages and indexes, which the other one does not do.
 *
 * `node bench/src/seals.ts [--events 100000] [--memory FOLDER] [--rounds 5]`; one JSON line a figure.
 */
const rounds = numberOf('--rounds', 5)
const events = numberOf('--events', 100_000)
const flag = process.argv.indexOf('--memory')
const root = mkdtempSync(join(flag < 0 ? '/dev/shm' : process.argv[flag + 1]!, 'daybook-bench-'))
const clock = { now: () => Date.now() }
const ids = { next: () => v7() }

try {
  await measureVerification()
  await measureAppends()
} finally {
  rmSync(root, { recursive: true })
}

async function measureVerification(): Promise<void> {
  const path = join(root, 'log.db')
  const seals = join(root, 'seals')
  const store = await openStore(path, { clock })
  const sealer = new Sealer({ store, folder: seals, ids, worker: 'bench' })
  const sealMs: Record<string, number> = {}
  for (let size = 0; size < events; size += 1_000) {
    await fill(store, 1_000)
    if (size === 0 || (size + 1_000) % 10_000 === 0) await sealer.seal()
    if (size === 0) sealMs['after 1,000 events'] = await sealingMs(store, sealer)
  }
  sealMs[`after ${events.toLocaleString('en')} events`] = await sealingMs(store, sealer)
  console.log(JSON.stringify({ what: 'a seal over 100 new events', ms: sealMs }))
  await sealer.seal()
  await store.close()
  tell(
    await race(
      `verify a log of ${events} events`,
      {
        'daybook verify': () => verified(path, seals),
        'node:sqlite, all rows and SHA-256': async () => hashed(path),
      },
      rounds,
    ),
  )
  await measureProof(path, seals)
}

async function verified(path: string, folder: string): Promise<number> {
  const store = await openStore(path, { clock, mode: 'inspect' })
  const found = await verifyLog(store, { folder })
  await store.close()
  if (!found.ok) throw new Error(`not verified: ${found.firstBad?.message}`)
  return found.events
}

/** Every byte of every event, read and hashed, and nothing else. */
function hashed(path: string): number {
  const db = new DatabaseSync(path, { readOnly: true })
  const hash = createHash('sha256')
  let count = 0
  const rows = db.prepare(
    'SELECT e.id, s.name, e.rev, e.type, e.version, e.data, e.meta FROM events e JOIN streams s ON s.sid = e.sid ORDER BY e.pos',
  )
  rows.setReturnArrays(true)
  for (const row of rows.iterate() as unknown as Iterable<(string | number)[]>) {
    for (const value of row) hash.update(String(value))
    count += 1
  }
  hash.digest()
  db.close()
  return count
}

async function sealingMs(store: EventStore, sealer: Sealer): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < 9; round += 1) {
    await fill(store, 100)
    const began = performance.now()
    await sealer.seal()
    times.push(performance.now() - began)
  }
  return Number(median(times).toFixed(2))
}

async function measureProof(path: string, seals: string): Promise<void> {
  const store = await openStore(path, { clock, mode: 'read' })
  const tree = new HashTree(join(seals, 'tree.bin'), 'read')
  const texts: string[] = []
  for await (const event of store.readStored!()) if (texts.push(leafText(event)) === 1_000) break
  const { size } = tree
  const seal = { size, root: rootDigest(tree.rootAt(size)) }
  const proofs = texts.map((_, index) => proofFrom(tree, index, size))
  const began = performance.now()
  for (const [index, proof] of proofs.entries())
    if (!provesInclusion(texts[index]!, proof, seal)) throw new Error(`proof ${index} failed`)
  const eachMs = (performance.now() - began) / proofs.length
  const bytes = Math.max(...proofs.map((proof) => JSON.stringify(proof).length))
  console.log(
    JSON.stringify({ what: `a proof of ${bytes} bytes`, ms: { 'to check': Number(eachMs.toFixed(4)) } }),
  )
  tree.close()
  await store.close()
}

async function measureAppends(): Promise<void> {
  let log = 0
  // What is still to be sealed when a round is over is not the appenders' time.
  const closing: Promise<void>[] = []
  const appends = async (sealing: 'sealed' | 'unsealed') => {
    log += 1
    const store = await openStore(join(root, `${log}.db`), { clock })
    const ended = new AbortController()
    const sealer = new Sealer({ store, folder: join(root, `seals-${log}`), ids, worker: 'bench' })
    const sealed = sealing === 'sealed' ? sealAll(sealer, ended.signal) : Promise.resolve()
    const count = await appending(store, 20_000)
    ended.abort()
    closing.push(sealed.then(() => store.close()))
    return count
  }
  const contenders = { sealed: () => appends('sealed'), unsealed: () => appends('unsealed') }
  const figures = await race(
    'appends, 64 writers, while the log is sealed every 1,000 events',
    contenders,
    // They write to disk, so single rounds differ by a third.
    3 * rounds,
  )
  await Promise.all(closing)
  tell(figures)
}

/** As the coordinator does, but as soon as 1,000 events have come. */
async function sealAll(sealer: Sealer, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sealer.seal()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function appending(store: EventStore, count: number): Promise<number> {
  const writers = 64
  const write = async (writer: number) => {
    for (let index = 0; index < count / writers; index += 1)
      await store.append(`session-${writer}`, [newEvent()], {
        expected: index === 0 ? 'no_stream' : index - 1,
      })
  }
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)))
  return Math.ceil(count / writers) * writers
}

/** 1,900 bytes in the log, which is what the events of a rehearsed workflow have in the middle. */
function newEvent(): NewEvent {
  const meta = { actor: { kind: 'worker', id: 'bench' } } as const
  const text = `${v7()} what the model said, and what was done about it. `.repeat(20).slice(0, 1_780)
  return { id: v7(), type: 'Noted', version: 1, data: { text }, meta }
}

async function fill(store: EventStore, count: number): Promise<void> {
  for (let left = count; left > 0; left -= 100)
    await store.append(`session-${left % 700}`, Array.from({ length: Math.min(left, 100) }, newEvent), {
      expected: 'any',
    })
}
