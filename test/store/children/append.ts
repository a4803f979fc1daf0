// Run as a process of its own: node append.ts LOG NAME COUNT. Appends COUNT events one after the other and
// writes one line, the event's id, for each that was acknowledged.
import { writeSync } from 'node:fs'
import { v7 } from 'uuid'
import { openStore } from '../../../src/runtime/open-store.ts'

const [log, name, count] = process.argv.slice(2) as [string, string, string]
const store = await openStore(log, { clock: { now: () => Date.now() } })
const text = 'what an agent might say, and then some. '.repeat(10)
let revision: number | 'no_stream' = 'no_stream'
for (let index = 0; index < Number(count); index += 1) {
  const event = {
    id: v7(),
    type: 'Said',
    version: 1,
    data: { name, index, text },
    meta: { actor: { kind: 'worker', id: name } },
  } as const
  // Every other one goes to a stream that all of them share.
  if (index % 2 === 0) {
    revision = (await store.append(`session-${name}`, [event], { expected: revision, timeoutMs: 30_000 }))
      .revision
  } else {
    await store.append('session-shared', [event], { expected: 'any', timeoutMs: 30_000 })
  }
  writeSync(1, `${event.id}\n`)
}
await store.close()
