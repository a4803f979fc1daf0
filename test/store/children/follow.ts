// Run as a process of its own: node follow.ts LOG COUNT. Subscribes from the start, writes "ready" once it has
// caught up, reads until it has seen COUNT events, and writes what it saw as one line of JSON.
import { createHash } from 'node:crypto'
import { writeSync } from 'node:fs'
import { openStore } from '../../../src/runtime/open-store.ts'

/** What a follower reports. */
export interface Followed {
  readonly seen: number
  /** Over all ids in the order in which they came. */
  readonly digest: string
  /** Milliseconds between an event's recordedAt and its arrival here, live events only. */
  readonly lagP50Ms: number
  readonly lagMaxMs: number
}

const [log, count] = process.argv.slice(2) as [string, string]
const store = await openStore(log, { clock: { now: () => Date.now() } })
const hash = createHash('sha256')
const lags: number[] = []
const controller = new AbortController()
let seen = 0
let live = false
for await (const item of store.subscribe({ from: 'start', signal: controller.signal })) {
  if (item.kind === 'caught_up') {
    live = true
    writeSync(1, 'ready\n')
  }
  if (item.kind !== 'event') continue
  hash.update(item.event.id)
  if (live) lags.push(Date.now() - Date.parse(item.event.meta.recordedAt))
  seen += 1
  if (seen === Number(count)) controller.abort()
}
lags.sort((a, b) => a - b)
const followed: Followed = {
  seen,
  digest: hash.digest('hex'),
  lagP50Ms: lags[Math.floor(lags.length / 2)] ?? 0,
  lagMaxMs: lags.at(-1) ?? 0,
}
writeSync(1, `${JSON.stringify(followed)}\n`)
await store.close()
