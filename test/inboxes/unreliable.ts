import { setTimeout as sleep } from 'node:timers/promises'
import '../setup.ts'
import { DaybookError } from '../../src/kernel/errors.ts'
import { rehearsalModel } from '../../src/models/rehearsal.ts'
import { completeWork } from '../../src/runtime/inbox/complete-work.ts'
import { canBeTaken, listInbox } from '../../src/runtime/inbox/inbox.ts'
import { declineWork, reportProgress } from '../../src/runtime/inbox/report.ts'
import { type Taken, takeHandoff } from '../../src/runtime/inbox/take-handoff.ts'
import type { Project } from '../../src/runtime/project.ts'
import { Worker } from '../../src/runtime/worker.ts'
import { StoreError } from '../../src/store/port.ts'
import { type Chance, chanceOf } from '../simulation/chance.ts'
import { elsewhere, followUpOf, openTeam } from './team.ts'

/**
 * A process that works on handoffs, and is not to be relied on: it dies in the middle of a step, stands still for
 * longer than its lease and then says its result all the same, declines, or does what it should. Beside that it is a
 * coordinator with agents of its own.
 *
 *     node test/inboxes/unreliable.ts FOLDER NAME SEED LEASE_MS
 */
const [folder = '', name = '', seed = '0', lease = '1000'] = process.argv.slice(2)
const leaseMs = Number(lease)

const summary = (need: string | null) =>
  `**Work Done**: measured by ${name}.\n**Collaboration Needs**: ${need ?? 'None'}\n`

async function main(): Promise<void> {
  const chance = chanceOf(Number(seed))
  const daybook = await openTeam(folder, name, 'none')
  const stop = new AbortController()
  process.once('SIGTERM', () => stop.abort())
  const model = rehearsalModel(() => ({
    content: [{ type: 'text', text: summary(null) }],
    stopReason: 'end_turn',
  }))
  const worker = new Worker({
    project: daybook.project,
    modelFor: () => ({ model, name: 'rehearsal' }),
    concurrency: 1,
  })
  const serving = worker.serve(stop.signal)
  while (!stop.signal.aborted) {
    const did = await takeOne(daybook.project, chance).catch(survive)
    if (!did) await sleep(chance.between(20, 120), undefined, { signal: stop.signal }).catch(() => undefined)
  }
  await serving
  await daybook.close()
  process.exit(0)
}

/** Another was quicker, or the store is busy: that is what happens. Anything else ends the process with its fault. */
function survive(error: unknown): false {
  if (error instanceof DaybookError && error.code === 'rejected') return false
  if (error instanceof DaybookError && error.code === 'unavailable') return false
  if (error instanceof StoreError && error.retryable) return false
  throw error
}

async function takeOne(project: Project, chance: Chance): Promise<boolean> {
  const agent = chance.pick(elsewhere)
  const { items } = await listInbox(project, agent)
  const free = items.filter((item) => canBeTaken(item) && item.state !== 'returned')
  if (free.length === 0) return false
  const by = { kind: 'agent' as const, id: agent }
  const { id: handoff } = chance.pick(free)
  const worker = `${name}:${process.pid}`
  const taken = await takeHandoff(project, { handoff, agent, worker, by, leaseMs })
  process.send?.('taken')
  await workOn(project, chance, taken)
  return true
}

async function workOn(project: Project, chance: Chance, taken: Taken): Promise<void> {
  const { handoff, epoch, agent } = taken
  const by = { kind: 'agent' as const, id: agent }
  if (chance.happens(0.04)) return die()
  if (chance.happens(0.05)) {
    await declineWork(project, { handoff, agent, by, epoch, reason: 'No machine is free.' })
    return
  }
  if (chance.happens(0.1)) await reportProgress(project, { handoff, epoch, by, note: 'Half done.', leaseMs })
  if (chance.happens(0.06)) await sleep(leaseMs * chance.between(1, 2.5))
  // It dies some moments later, wherever it is then.
  if (chance.happens(0.06)) setTimeout(die, chance.between(0, 12))
  await completeWork(project, { handoff, epoch, by, summary: summary(followUp(taken)) })
}

/** Whether there is more to do does not depend on who finds out. */
function followUp({ need, agent }: Taken): string | null {
  const number = Number(/^Measure .* (\d+)$/u.exec(need)?.[1] ?? Number.NaN)
  if (Number.isNaN(number) || number % 5 !== 0) return null
  return `${elsewhere.find((other) => other !== agent)}: ${followUpOf(number)}`
}

function die(): void {
  process.kill(process.pid, 'SIGKILL')
}

await main()
