import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { redriveHandoff } from '../../src/runtime/command-handoff.ts'
import type { Daybook } from '../../src/runtime/daybook.ts'
import { handOver } from '../../src/runtime/hand-over.ts'
import { startWorkflow } from '../../src/runtime/start-workflow.ts'
import { howItRuns } from '../../src/runtime/workflow-defaults.ts'
import { type Chance, chanceOf } from '../simulation/chance.ts'
import { elsewhere, needOf, openTeam, own, writeTeam } from './team.ts'
import { type Verdict, verdict } from './verdict.ts'

export interface InboxCampaign {
  readonly seed: number
  readonly handoffs: number
  readonly workers: number
  readonly leaseMs: number
  /** Without anything new on the log for so long, it stands still. */
  readonly quietMs: number
  readonly report: (line: string) => void
}

export interface InboxCampaignResult extends Verdict {
  readonly deaths: number
  readonly stalls: number
  readonly redriven: number
  readonly seconds: number
}

const handoffsPerWorkflow = 100

/**
 * So many open handoffs, and workers in processes of their own that die, stand still, decline and come too late, at
 * random. A person redrives what is set aside or finds nobody. Afterwards every handoff has ended exactly once.
 */
export async function inboxCampaign(options: InboxCampaign): Promise<InboxCampaignResult> {
  const folder = await mkdtemp(join(tmpdir(), 'daybook-inboxes-'))
  writeTeam(folder)
  const began = performance.now()
  const chance = chanceOf(options.seed)
  const daybook = await openTeam(folder, 'person', 'sync')
  const crew = new Crew(folder, options, chance)
  try {
    await request(daybook, options)
    options.report(`${options.handoffs} handoffs are open`)
    crew.start()
    const redriven = await untilDone(daybook, crew, { ...options, chance })
    await crew.end()
    const found = await verdict(daybook.project.store, options.handoffs)
    const seconds = Math.round((performance.now() - began) / 100) / 10
    return { ...found, problems: [...crew.faults, ...found.problems], ...crew.counts, redriven, seconds }
  } finally {
    await crew.end()
    await daybook.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** All of them at once, for agents that live elsewhere and for Daybook's own in turn. */
async function request(daybook: Daybook, { handoffs }: InboxCampaign): Promise<void> {
  const { project, person } = daybook
  const how = howItRuns(daybook, { limits: { handoffsMax: 10 * handoffs } })
  const meta = (correlation: string) => ({ actor: person, correlation })
  for (let first = 0; first < handoffs; first += handoffsPerWorkflow) {
    const workflow = await startWorkflow(project, {
      ...how,
      goal: `Measure from ${first}`,
      entry: null,
      by: person,
    })
    const count = Math.min(handoffsPerWorkflow, handoffs - first)
    for (let number = first; number < first + count; number += 1) {
      const to = number % 2 === 0 ? elsewhere[number % elsewhere.length]! : own[number % own.length]!
      const asked = { need: needOf(number), to, context: '', provides: [], mode: 'delegate' as const }
      await handOver(project, { ...asked, from: person, workflow, key: String(number), meta: meta(workflow) })
    }
  }
}

/** Looks after what needs a person, until nothing is open. */
async function untilDone(
  daybook: Daybook,
  crew: Crew,
  { quietMs, report, chance }: InboxCampaign & { readonly chance: Chance },
): Promise<number> {
  const { project, person } = daybook
  let redriven = 0
  let seen = { position: project.reading.position, at: performance.now() }
  let reported = 0
  for (;;) {
    await sleep(300)
    await project.work.refresh()
    const works = [...project.work.workflows()]
    const all = works.flatMap((work) => [...work.handoffs].map(([id, handoff]) => ({ id, handoff })))
    const done = all.filter(({ handoff }) => handoff.status === 'completed').length
    if (done === all.length && works.every(({ workflow }) => workflow.status === 'completed')) return redriven
    if (performance.now() - reported > 10_000) {
      reported = performance.now()
      report(`${done} of ${all.length} are done, ${crew.counts.deaths} deaths, ${redriven} redriven`)
    }
    for (const { id, handoff } of all) {
      if (!['dead_lettered', 'unrouted', 'failed'].includes(handoff.status)) continue
      const to = chance.pick(elsewhere)
      await redriveHandoff(project, { handoff: id, by: person, reason: 'Once more.', to })
      redriven += 1
    }
    const { position } = project.reading
    if (position !== seen.position) seen = { position, at: performance.now() }
    else if (performance.now() - seen.at > quietMs)
      throw new Error(`Nothing has happened for ${quietMs} ms, and ${all.length - done} handoffs are open.`)
  }
}

/** The workers: who dies is replaced. */
class Crew {
  readonly counts = { deaths: 0, stalls: 0 }
  /** Workers that ended with a fault of their own. */
  readonly faults: string[] = []
  readonly #folder: string
  readonly #options: InboxCampaign
  readonly #chance: Chance
  readonly #workers = new Map<number, ChildProcess>()
  #state: 'works' | 'ends' = 'works'

  constructor(folder: string, options: InboxCampaign, chance: Chance) {
    this.#folder = folder
    this.#options = options
    this.#chance = chance
  }

  start(): void {
    for (let index = 0; index < this.#options.workers; index += 1) this.#hire(index, 0)
  }

  /** Lets them end in good order. */
  async end(): Promise<void> {
    this.#state = 'ends'
    const left = [...this.#workers.values()]
    for (const worker of left) {
      worker.kill('SIGCONT')
      worker.kill('SIGTERM')
    }
    await Promise.all(left.map((worker) => (worker.exitCode === null ? once(worker, 'exit') : null)))
  }

  #hire(index: number, life: number): void {
    const { seed, leaseMs } = this.#options
    const args = [this.#folder, `worker-${index}`, String(seed + index * 1_000 + life), String(leaseMs)]
    const worker = fork(join(import.meta.dirname, 'unreliable.ts'), args, {
      cwd: this.#folder,
      env: { ...process.env, DAYBOOK_LEASE_MS: String(leaseMs) },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    let said = ''
    worker.stderr?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-2_000)
    })
    this.#workers.set(index, worker)
    // Harm comes with the work, not with the clock: a busy machine is no harder on them.
    worker.on('message', () => this.#mayHarm(worker))
    worker.once('exit', (code, signal) => {
      this.#workers.delete(index)
      if (signal === 'SIGKILL') this.counts.deaths += 1
      // Who was hired a moment ago cannot hear yet that it shall end.
      else if (code !== 0 && !(this.#state === 'ends' && signal === 'SIGTERM'))
        this.faults.push(`worker ${index} ended with ${code ?? signal}: ${said}`)
      if (this.#state === 'works' && this.faults.length < 5) this.#hire(index, life + 1)
    })
  }

  /** It is killed some moments later, wherever it is then, or stands still for longer than its lease. */
  #mayHarm(worker: ChildProcess): void {
    const after = this.#chance.between(0, 15)
    const fate = this.#chance.next()
    if (fate < 0.05) setTimeout(() => worker.kill('SIGKILL'), after)
    if (fate < 0.95) return
    this.counts.stalls += 1
    setTimeout(() => worker.kill('SIGSTOP'), after)
    const longer = this.#options.leaseMs * this.#chance.between(1, 2)
    setTimeout(() => worker.kill('SIGCONT'), after + longer)
  }
}
