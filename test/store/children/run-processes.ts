import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { openStore } from '../../../src/runtime/open-store.ts'
import type { Followed } from './follow.ts'

/** A script of this folder as a process, and the lines that it writes. */
export function child(script: 'append.ts' | 'follow.ts', args: readonly string[]) {
  const path = new URL(script, import.meta.url).pathname
  const started: ChildProcess = spawn(process.execPath, [path, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  const reader = createInterface({ input: started.stdout! })
  reader.on('line', (line) => lines.push(line))
  const ended = Promise.all([once(started, 'exit'), once(reader, 'close')]).then(
    ([[code]]) => code as number | null,
  )
  return { process: started, lines, reader, ended }
}

export interface Processes {
  readonly log: string
  readonly writers: number
  readonly eventsEach: number
  readonly followers: number
}

export interface Figures {
  readonly events: number
  readonly seconds: number
  readonly exitCodes: readonly (number | null)[]
  /** Ids that writers heard acknowledged and that the log does not have. */
  readonly lost: number
  /** Whether positions and the revisions of every stream count on without a gap. */
  readonly gapless: boolean
  /** Of the ids in the log's order, for comparison with what the followers saw. */
  readonly digest: string
  readonly followed: readonly Followed[]
}

/** Writers and followers in processes of their own on one log; then the log is read and compared. */
export async function runProcesses(options: Processes): Promise<Figures> {
  const total = options.writers * options.eventsEach
  const followers = Array.from({ length: options.followers }, () =>
    child('follow.ts', [options.log, String(total)]),
  )
  await Promise.all(followers.map((follower) => once(follower.reader, 'line')))
  const began = performance.now()
  const writers = Array.from({ length: options.writers }, (_, index) =>
    child('append.ts', [options.log, `writer-${index}`, String(options.eventsEach)]),
  )
  const writerCodes = await Promise.all(writers.map((writer) => writer.ended))
  const seconds = (performance.now() - began) / 1000
  const followerCodes = await Promise.all(followers.map((follower) => follower.ended))
  const followed = followers.map((follower) => JSON.parse(follower.lines.at(-1) ?? 'null') as Followed)
  const found = await inspect(options.log)
  const acknowledged = writers.flatMap((writer) => writer.lines)
  return {
    events: found.ids.length,
    seconds,
    exitCodes: [...writerCodes, ...followerCodes],
    lost: acknowledged.filter((id) => !found.idSet.has(id)).length + (total - acknowledged.length),
    gapless: found.gapless,
    digest: found.ids.reduce((hash, id) => hash.update(id), createHash('sha256')).digest('hex'),
    followed,
  }
}

/** Reads a whole log: its ids, in order, and whether positions and revisions have gaps. */
export async function inspect(log: string) {
  const store = await openStore(log, { clock: { now: () => 0 } })
  const ids: string[] = []
  const revisions = new Map<string, number>()
  let gapless = true
  for await (const event of store.readAll()) {
    ids.push(event.id)
    const expected = (revisions.get(event.stream) ?? -1) + 1
    gapless &&= event.revision === expected && BigInt(event.position) === BigInt(ids.length)
    revisions.set(event.stream, event.revision)
  }
  await store.close()
  return { ids, idSet: new Set(ids), gapless }
}
