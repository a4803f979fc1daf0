import { projections } from '../../projections/index.ts'
import { patternsPolicy } from '../../src/handoffs/routing/policy.ts'
import { manualClock } from '../../src/kernel/clock.ts'
import { type RecordedEvent, streamId } from '../../src/kernel/event.ts'
import { renderDocument } from '../../src/memory/document.ts'
import { LogView, viewAt } from '../../src/runtime/log-view.ts'
import { type Project, projectOn } from '../../src/runtime/project.ts'
import { memoryDifference, memoryEdits } from '../../src/runtime/proof/prove-memory.ts'
import { proveSession } from '../../src/runtime/proof/prove-session.ts'
import type { Chance } from './chance.ts'
import { DiskStore } from './disk-store.ts'
import type { Stage } from './stage.ts'

/** What is checked when all is over, by somebody who reads the log without a fault. */
export async function judge(stage: Stage, live: readonly Project[]): Promise<void> {
  const store = new DiskStore(stage.disk)
  const clock = manualClock(stage.world.clock.now())
  const fresh = projectOn({ store, clock, policy: patternsPolicy, worker: 'judge' })
  await fresh.reading.refresh()
  checkRevisions(stage)
  const rebuilt = folded(fresh)
  for (const project of live)
    if (folded(project) !== rebuilt)
      stage.laws.breaks('live_is_rebuild', `${project.worker} folded something else than a new process does`)
  await prove(stage, fresh)
  await checkPast(stage)
}

function checkRevisions({ disk, laws }: Stage): void {
  for (const [stream, events] of Map.groupBy(disk.events, (event) => event.stream))
    for (const [index, event] of events.entries())
      if (event.revision !== index)
        laws.breaks('revisions_are_contiguous', `${stream}: ${event.revision} stands at ${index}`)
}

/** Everything that work and prompts are decided from, as text. */
function folded({ work, view }: Project): string {
  const workflows = [...work.workflows()].map((one) => ({
    ...one,
    handoffs: [...one.handoffs],
    sessions: [...one.sessions],
  }))
  return JSON.stringify([workflows, view.documents(), view.agents(), view.asOf])
}

/** What `prove` says must always hold: see `runtime/proof/prove.ts`. Drift is information, and left out. */
async function prove({ disk, laws }: Stage, project: Project): Promise<void> {
  for (const [stream, events] of Map.groupBy(disk.events, (event) => event.stream)) {
    if (!stream.startsWith('session-')) continue
    const session = streamId(stream)
    const edits = await memoryEdits(project, new Set([session]))
    const agent = events.flatMap(({ data }) => (data as { agentEvent?: string }).agentEvent ?? [])[0] ?? ''
    const { difference } = proveSession(session, events, project.view.definedBy(agent)?.definition ?? null)
    const found = difference ?? memoryDifference(edits, session, events)
    if (found !== null) laws.breaks('log_is_proved', `${stream}: ${found.type}: ${found.message}`)
  }
}

/** Any, or one right before the memory changed: what reads too far is wrong there. */
function momentIn(events: readonly RecordedEvent[], chance: Chance): RecordedEvent {
  const before = events.filter((_, index) => events[index + 1]?.stream.startsWith('memory-'))
  return chance.pick(before.length > 0 && chance.happens(0.5) ? before : events)
}

/** The memory and one projection as of a moment by chance are what the log's beginning folds to. */
async function checkPast(stage: Stage): Promise<void> {
  const { disk, laws, world, plant } = stage
  const { position } = momentIn(disk.events, world.chance)
  const store = new DiskStore(disk)
  const then = await viewAt(plant?.past?.(store) ?? store, position)
  const prefix = disk.events.filter((event) => event.position <= position)
  const view = new LogView(store)
  for (const event of prefix) view.evolve(event)
  const text = (one: LogView) => JSON.stringify([one.documents(), one.agents(), one.asOf])
  if (text(then) !== text(view))
    laws.breaks('as_of_is_fold_of_prefix', `the memory as of ${position} is not what was recorded until then`)
  const insights = projections.find(({ name }) => name === 'insights')
  const document = view.document('insights')
  if (insights === undefined || document === null) return
  let state = insights.initial
  for (const event of prefix) if (insights.key(event) === 'insights') state = insights.evolve(state, event)
  if (insights.render(state, 'insights') !== renderDocument(document))
    laws.breaks('as_of_is_fold_of_prefix', `the projection insights as of ${position} is not the document`)
}
