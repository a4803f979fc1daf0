// Run as a process of its own: node open-log.ts LOG read|write. Writes the number of events, or the error's code.
import { openStore } from '../../../src/runtime/open-store.ts'

const [log, mode] = process.argv.slice(2) as [string, string]
try {
  const store = await openStore(log, {
    clock: { now: () => Date.now() },
    mode: mode === 'read' ? 'read' : 'write',
  })
  let events = 0
  for await (const _ of store.readAll()) events += 1
  await store.close()
  console.log(JSON.stringify({ events }))
} catch (error) {
  const { code, message } = error as { code: string; message: string }
  console.log(JSON.stringify({ code, message }))
}
