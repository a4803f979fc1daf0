import { openDaybook } from '../../src/runtime/daybook.ts'
import { resolveSettings } from '../../src/runtime/settings.ts'

/** Opens a Daybook as `serve` does, and says when it was ready, in milliseconds since its process began. */
const [dir, agents] = process.argv.slice(2) as [string, string]
const place = { dir, agents, memory: `${dir}/memory`, store: `sqlite:${dir}/log.db`, rehearsal: true }
const loadedMs = performance.now()
const daybook = await openDaybook(resolveSettings(place, {}, dir), { agents: 'sync', documents: 'sync' })
await daybook.project.reading.refresh()
const workingMs = performance.now()
await daybook.projector.catchUp()
const readyMs = performance.now()
const open = [...daybook.project.work.open()].length
const memoryMb = Math.round(process.memoryUsage().rss / 1024 / 1024)
console.log(
  JSON.stringify({
    loadedMs: Math.round(loadedMs),
    workingMs: Math.round(workingMs - loadedMs),
    viewsMs: Math.round(readyMs - workingMs),
    open,
    memoryMb,
  }),
)
await daybook.close()
