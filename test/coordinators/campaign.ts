import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { streamOf } from '../../src/kernel/event.ts'
import { type Daybook, openDaybook } from '../../src/runtime/daybook.ts'
import { resolveSettings, shippedAgents } from '../../src/runtime/settings.ts'
import { startWorkflow } from '../../src/runtime/start-workflow.ts'
import { defaultLimits } from '../../src/runtime/workflow-defaults.ts'
import type { EventStore } from '../../src/store/port.ts'
import { Crew, type CrewOptions } from './crew.ts'
import { OnceOnly } from './once-only.ts'
import { forkTestServer, type Place } from './processes.ts'

export interface Campaign extends CrewOptions {
  readonly workflows: number
  readonly backend: 'sqlite' | 'kurrent test server'
  /** Handoffs between a goal and its deepest session. */
  readonly depth: number
  /** It is given up when no handoff is completed for so long: a busy machine is slow, and no sign of a fault. */
  readonly stalledMs: number
  readonly agents?: string
  readonly report: (line: string) => void
}

export interface CampaignResult {
  /** Empty when every claim held. */
  readonly problems: readonly string[]
  readonly completed: number
  readonly kills: number
  readonly takeovers: number
  readonly events: number
  readonly elapsedMs: number
}

/**
 * Several coordinators on one log, some killed on the way and started again. Afterwards every workflow is
 * complete, nothing took effect twice, nothing is lost, and all coordinators' projections and rendered
 * documents are the same bytes, which are the bytes that the log gives.
 */
export async function campaign(options: Campaign): Promise<CampaignResult> {
  const folder = await mkdtemp(join(tmpdir(), 'daybook-coordinators-'))
  const server = options.backend === 'sqlite' ? null : await forkTestServer()
  const store = server?.url ?? `sqlite:${join(folder, 'log.db')}`
  const place = (name: string): Place => ({
    dir: join(folder, name),
    memory: join(folder, name, 'memory'),
    store,
  })
  const crew = new Crew(options, (index) => place(`coordinator-${index}`))
  const began = performance.now()
  try {
    const watcher = await open(place('watcher'), options.agents)
    let completed = 0
    let outcome: OnceOnly
    try {
      crew.start()
      const ids = await startAll(watcher, options)
      completed = await allComplete(watcher, { ids, crew, options })
      await crew.end()
      outcome = await lookAt(watcher, ids)
    } finally {
      await watcher.close()
    }
    const elapsedMs = Math.round(performance.now() - began)
    const views = await compareViews(crew.places, options.agents)
    const problems = [...crew.problems, ...outcome.problems, ...views]
    const { events, takeovers } = outcome
    const result = { problems, completed, kills: crew.kills, takeovers, events, elapsedMs }
    options.report(
      `${options.backend}: ${completed} of ${options.workflows} workflows, ${events} events, ${crew.kills} kills, ${crew.freezes} freezes, ${takeovers} takeovers, ${problems.length} problems, ${elapsedMs} ms`,
    )
    for (const problem of problems.slice(0, 20)) options.report(`problem: ${problem}`)
    return result
  } finally {
    await crew.abandon()
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function open(
  { dir, memory, store }: Place,
  agents: string | undefined,
  documents: 'sync' | 'none' = 'none',
): Promise<Daybook> {
  const place = { dir, memory, store, agents: agents ?? shippedAgents(), rehearsal: true }
  const settings = resolveSettings(place, {}, dir.slice(0, dir.lastIndexOf('/')))
  return openDaybook(settings, { agents: 'sync', documents })
}

async function startAll(watcher: Daybook, { workflows, depth }: Campaign): Promise<string[]> {
  const { project, roster, person } = watcher
  const ids: string[] = []
  for (let index = 0; index < workflows; index += 1) {
    ids.push(
      await startWorkflow(project, {
        goal: `${goals[index % goals.length]} (${index + 1})`,
        roster,
        entry: null,
        by: person,
        limits: { ...defaultLimits, depthMax: depth },
        model: 'rehearsal',
        rehearsal: true,
      }),
    )
  }
  return ids
}

const goals = [
  'Plan and build a sign-in page',
  'Design the endpoint that lists invoices',
  'Make the start page load in a second',
  'Write the release notes for the upgrade',
  'Find out why the nightly tests fail',
  'Write the schema and the migration for invoices',
]

/** How many are complete when all are over, or nothing goes on any more. */
async function allComplete(
  { project }: Daybook,
  { ids, crew, options }: { ids: readonly string[]; crew: Crew; options: Campaign },
): Promise<number> {
  const { signal } = new AbortController()
  let told = 0
  let done = { handoffs: 0, atMs: performance.now() }
  for (;;) {
    await project.work.refresh()
    const open = [...project.work.open()].length
    const over = ids.length - open
    if (over - told >= 20) {
      told = over
      options.report(`${over} of ${ids.length} workflows are over, ${crew.kills} kills`)
    }
    const { handoffs, steps } = doneSoFar(project, ids)
    crew.saw(steps)
    if (handoffs > done.handoffs) done = { handoffs, atMs: performance.now() }
    const stalled = performance.now() - done.atMs > options.stalledMs
    if (open === 0 || stalled || crew.fallen().length > 0) break
    await project.reading.moved(project.reading.position, { timeoutMs: 500, signal })
    await sleep(200)
  }
  crew.problems.push(...crew.fallen())
  const statuses = ids.map((id) => project.work.workflow(id)?.workflow.status)
  return statuses.filter((status) => status === 'completed').length
}

function doneSoFar({ work }: Daybook['project'], ids: readonly string[]) {
  const all = ids.flatMap((id) => work.workflow(id) ?? [])
  const handoffs = all.flatMap((one) => [...one.handoffs.values()])
  const sessions = all.flatMap((one) => [...one.sessions.values()])
  return {
    handoffs: handoffs.filter(({ status }) => status === 'completed').length,
    steps: sessions.reduce((sum, session) => sum + session.steps, 0),
  }
}

async function lookAt({ project }: Daybook, ids: readonly string[]): Promise<OnceOnly> {
  const once = new OnceOnly()
  for await (const event of project.store.readAll()) once.see(event)
  for (const stream of once.mishapStreams)
    once.problems.push(`${stream}: ${await history(project.store, stream)}`)
  await project.work.refresh()
  for (const id of ids) {
    const work = project.work.workflow(id)
    const status = work?.workflow.status ?? 'lost'
    if (status === 'completed') continue
    const handoffs = [...(work?.handoffs ?? [])].map(([handoff, state]) => `${handoff} ${state.status}`)
    once.problems.push(`workflow ${id} is ${status}: ${handoffs.join(', ')}`)
  }
  return once
}

/** A stream in short, with that of its session: for whoever looks for what went wrong. */
async function history(store: EventStore, stream: string): Promise<string> {
  const told: string[] = []
  let session: string | null = null
  for await (const { type, data, meta } of store.readStream(stream)) {
    const { worker, takeover, leaseUntil, steps, released, session: named } = data as Record<string, unknown>
    if (typeof named === 'string' && type === 'HandoffAccepted') session = named
    told.push(
      `${meta.recordedAt} ${type} ${JSON.stringify({ worker, takeover, leaseUntil, steps, released })}`,
    )
  }
  if (session !== null)
    for await (const { type, meta } of store.readStream(streamOf('session', session)))
      told.push(`${meta.recordedAt} session: ${type} by ${meta.actor.id}`)
  return told.sort().join('\n    ')
}

/** Every coordinator's projections and documents against the log, and against each other. */
async function compareViews(places: readonly Place[], agents: string | undefined): Promise<string[]> {
  const problems: string[] = []
  const digests = new Map<string, string>()
  for (const place of places) {
    const daybook = await open(place, agents, 'sync')
    try {
      const { projector, project } = daybook
      for (const { projection, key, firstDifference } of await projector.check())
        problems.push(`${place.dir}: ${projection} ${key}: ${firstDifference}`)
      if (projector.diagnostics.length > 0)
        problems.push(`${place.dir}: ${JSON.stringify(projector.diagnostics)}`)
      const hash = createHash('sha256').update(project.reading.position ?? '')
      for (const name of projector.names)
        for (const key of projector.keys(name)) hash.update(`${name} ${key}\n${projector.render(name, key)}`)
      digests.set(place.dir, hash.digest('hex'))
    } finally {
      await daybook.close()
    }
  }
  if (new Set(digests.values()).size > 1) problems.push(`projections differ: ${JSON.stringify([...digests])}`)
  return problems
}
