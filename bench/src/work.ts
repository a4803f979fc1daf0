import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDaybook } from '../../src/runtime/daybook.ts'
import { runWorker } from '../../src/runtime/run-worker.ts'
import { resolveSettings, type Settings, shippedAgents } from '../../src/runtime/settings.ts'
import { startWorkflow } from '../../src/runtime/start-workflow.ts'
import { defaultLimits } from '../../src/runtime/workflow-defaults.ts'
import { growLog } from './grow-log.ts'

/**
 * What one coordinator costs: rehearsed workflows through a worker that also keeps the projections and the
 * rendered memory, on a young log and on an old one. Computing time is what tells them apart; how long it took
 * depends on the disk.
 *
 * `node bench/src/work.ts [--events 50000]`; one JSON line a figure.
 */
const flag = process.argv.indexOf('--events')
const old = flag < 0 ? 50_000 : Number(process.argv[flag + 1])
const workflows = 12

const server = fork(new URL('./kurrent-server.ts', import.meta.url))
const [{ url }] = (await once(server, 'message')) as [{ url: string }]
await measure('SQLite, a young log', { age: 0 })
await measure(`SQLite, a log of ${old} events`, { age: old })
await measure('KurrentDB test server, a young log', { age: 0, store: url })
server.disconnect()

async function measure(what: string, { age, store }: { age: number; store?: string }): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'daybook-work-'))
  const place = { dir, memory: join(dir, 'memory'), agents: shippedAgents(), rehearsal: true }
  const settings = resolveSettings({ ...place, ...(store === undefined ? {} : { store }) }, {}, dir)
  try {
    if (age > 0) await growLog(settings, age)
    console.log(JSON.stringify({ what, ...(await work(settings)) }))
  } finally {
    rmSync(dir, { recursive: true })
  }
}

async function work(settings: Settings) {
  const daybook = await openDaybook(settings, { agents: 'sync', documents: 'sync' })
  const { project, projector, roster, person } = daybook
  await projector.catchUp()
  const ids: string[] = []
  for (let index = 0; index < workflows; index += 1)
    ids.push(
      await startWorkflow(project, {
        goal: `Design the endpoint that lists invoices (${index})`,
        roster,
        entry: null,
        by: person,
        limits: { ...defaultLimits, depthMax: 3 },
        model: 'rehearsal',
        rehearsal: true,
      }),
    )
  await project.work.refresh()
  const stop = new AbortController()
  const began = performance.now()
  const cpu = process.cpuUsage()
  const { ended } = runWorker(daybook, { signal: stop.signal, onProblem: console.error })
  const { signal } = stop
  while ([...project.work.open()].length > 0)
    await project.reading.moved(project.reading.position, { timeoutMs: 1_000, signal })
  const elapsedMs = performance.now() - began
  const { user, system } = process.cpuUsage(cpu)
  stop.abort()
  await ended
  const events = ids.reduce((sum, id) => sum + (project.work.workflow(id)?.events ?? 0), 0)
  await daybook.close()
  return {
    perSecond: { 'events of one coordinator': Math.round((events * 1_000) / elapsedMs) },
    ms: { 'computing, 100 events': Math.round((user + system) / 10 / events) },
  }
}
