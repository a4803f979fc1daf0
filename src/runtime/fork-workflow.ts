import { handoffDecider } from '../handoffs/decider.ts'
import { fold } from '../kernel/decider.ts'
import { DaybookError } from '../kernel/errors.ts'
import {
  type Actor,
  type Json,
  type NewEvent,
  type Position,
  type RecordedEvent,
  streamCategory,
  streamId,
  streamOf,
} from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import type { WorkflowLimits } from '../workflows/events.ts'
import { contentId, digestJson } from './digest.ts'
import type { Project } from './project.ts'
import type { WorkflowWork } from './workflow-work.ts'

export interface ForkRequest {
  readonly parent: string
  /** The fork has everything in common with its parent up to here. */
  readonly at: Position
  readonly by: Actor
  /** What the fork does otherwise. */
  readonly overrides: { readonly model?: string; readonly limits?: Partial<WorkflowLimits> }
}

interface Fork {
  readonly id: string
  /** New ids by old ones: the workflow's, its handoffs', its sessions'. */
  readonly ids: ReadonlyMap<string, string>
  readonly request: ForkRequest
  readonly last: RecordedEvent
}

interface Copy {
  readonly stream: string
  readonly events: readonly NewEvent[]
}

/**
 * Starts a new workflow from a past moment of another. What had happened until then is copied under new ids,
 * so recorded calls are not made again, and work goes on from there. The parent is never touched; the shared
 * memory stays as it is now. The same request again gives the same fork as long as nothing happened in it: what was cut
 * off is finished, and an answer that was lost is given again. After that it begins another fork.
 */
export async function forkWorkflow(project: Project, request: ForkRequest): Promise<string> {
  await project.work.refresh()
  const parent = project.work.workflow(request.parent)
  if (parent === null) throw new DaybookError('not_found', `There is no workflow ${request.parent}.`)
  const events = await eventsUntil(project, parent, request.at)
  const last = events.at(-1)
  if (last === undefined || !events.some((event) => event.type === 'WorkflowStarted')) {
    throw new DaybookError(
      'usage',
      `Nothing of workflow ${request.parent} had happened at that moment: fork at a later event.`,
    )
  }
  for (let nth = 1; nth <= limits.forksOfMomentMax; nth += 1) {
    const fork = forkOf(events, { request, last, nth })
    const copies = copiesOf(project, events, fork)
    if (isTakenUp(project, fork, copies)) continue
    for (const copy of copies) await appendAll(project, copy)
    return fork.id
  }
  throw new DaybookError(
    'usage',
    `Workflow ${request.parent} was forked ${limits.forksOfMomentMax} times at that moment: fork at another one.`,
  )
}

function copiesOf(project: Project, events: readonly RecordedEvent[], fork: Fork): Copy[] {
  return workflowLast(events).map(([stream, own]) => {
    const category = streamCategory(stream) as 'workflow' | 'handoff' | 'session'
    const target = streamOf(category, fork.ids.get(streamId(stream)) ?? '')
    return { stream: target, events: copied(project, own, fork) }
  })
}

/** Somebody has worked on it, or ended it: it has a past of its own. */
function isTakenUp({ work }: Project, fork: Fork, copies: readonly Copy[]): boolean {
  const known = work.workflow(fork.id)
  if (known === null || known.workflow.status === 'none') return false
  const count = copies.reduce((sum, { events }) => sum + events.length, 0)
  return known.workflow.status !== 'running' || known.events > count
}

/** Nobody works on a workflow that has not started: a copy that is cut off is finished by the same request. */
function workflowLast(events: readonly RecordedEvent[]): [stream: string, events: RecordedEvent[]][] {
  const streams = [...Map.groupBy(events, (event) => event.stream)]
  const isWorkflow = ([stream]: [string, unknown]) => streamCategory(stream) === 'workflow'
  return [...streams.filter((one) => !isWorkflow(one)), ...streams.filter(isWorkflow)]
}

async function eventsUntil(
  project: Project,
  parent: WorkflowWork,
  until: Position,
): Promise<RecordedEvent[]> {
  const streams = new Set([
    streamOf('workflow', parent.id),
    ...[...parent.handoffs.keys()].map((id) => streamOf('handoff', id)),
    ...[...parent.sessions.keys()].map((id) => streamOf('session', id)),
  ])
  const filter = { streamPrefixes: ['workflow-', 'handoff-', 'session-'] }
  const events: RecordedEvent[] = []
  for await (const event of project.store.readAll({ until, filter }))
    if (streams.has(event.stream)) events.push(event)
  return [...events, ...(await restOfAppend(project, events.at(-1)))]
}

/** Events that are only ever appended with the one before them: half of such an append is no state to go on from. */
const partners: Readonly<Record<string, string>> = {
  ContextGiven: 'ModelCalled',
  OutcomeUnknown: 'SessionPaused',
  OutcomeDecided: 'SessionResumed',
  ApprovalRequested: 'SessionPaused',
  ApprovalGranted: 'SessionResumed',
  ApprovalDenied: 'SessionResumed',
  HandoffRouted: 'HandoffReturned',
  HandoffSupplied: 'HandoffReturned',
}

async function restOfAppend(project: Project, last: RecordedEvent | undefined): Promise<RecordedEvent[]> {
  if (last === undefined || !Object.hasOwn(partners, last.type)) return []
  const next = project.store.readStream(last.stream, { from: last.revision + 1, limit: 1 })
  return (await Array.fromAsync(next)).filter((event) => event.type === partners[last.type])
}

function forkOf(
  events: readonly RecordedEvent[],
  { request, last, nth }: Pick<Fork, 'request' | 'last'> & { readonly nth: number },
): Fork {
  const seed = [request.parent, last.id, digestJson(request.overrides), ...(nth === 1 ? [] : [`${nth}`])]
  // A session that was accepted and had not begun has no stream yet, and must not become the fork's as well.
  const sessions = events.flatMap(({ type, data }) =>
    type === 'HandoffAccepted' ? [(data as { session: string }).session] : [],
  )
  const old = new Set([...events.map((event) => streamId(event.stream)), ...sessions])
  const ids = new Map([...old].map((id) => [id, contentId('fork', ...seed, id)]))
  return { id: ids.get(request.parent)!, ids, request, last }
}

/** What ended or stopped the parent is its own affair: the fork goes on. */
const notCopied = new Set([
  'WorkflowCompleted',
  'WorkflowFailed',
  'WorkflowCancelled',
  'WorkflowPaused',
  'WorkflowResumed',
  'LeaseRenewed',
])

function copied(project: Project, events: readonly RecordedEvent[], fork: Fork): NewEvent[] {
  const copies = events
    .filter((event) => !notCopied.has(event.type))
    .map((event) => copyOf(project, event, fork))
  const [first, ...rest] = copies
  if (first?.type === 'WorkflowStarted')
    return [overridden(first, fork), forkedEvent(project, fork, first), ...rest]
  const accepted = events.findLast((event) => event.type === 'HandoffAccepted')
  if (accepted === undefined || fold(handoffDecider, events).status !== 'accepted') return copies
  return [...copies, releasedEvent(project, accepted, fork)]
}

function copyOf(project: Project, event: RecordedEvent, fork: Fork): NewEvent {
  const { type, version, data, meta } = event
  const { recordedAt: _, ...kept } = meta
  return {
    id: project.ids.next(),
    type,
    version,
    data: renamed(data as Json, fork),
    meta: { ...kept, correlation: fork.id, causation: event.id },
  }
}

/** The fields that name streams; texts and digests stay as they were, so that every proof still holds. */
const naming = new Set(['workflow', 'session', 'handoff', 'parent'])

function renamed(data: Json, fork: Fork): Json {
  const entries = Object.entries(data as Record<string, Json>)
  return Object.fromEntries(
    entries.map(([key, value]) => [
      key,
      naming.has(key) && typeof value === 'string' ? (fork.ids.get(value) ?? value) : value,
    ]),
  )
}

function overridden(start: NewEvent, { request }: Fork): NewEvent {
  const data = start.data as { limits: WorkflowLimits; model: string }
  const { model = data.model, limits: changed = {} } = request.overrides
  return { ...start, data: { ...data, model, limits: { ...data.limits, ...changed } } }
}

function forkedEvent(project: Project, fork: Fork, start: NewEvent): NewEvent {
  const { parent, by, overrides } = fork.request
  const data = { parent, at: fork.last.id, overrides: overrides as Json, by }
  return {
    id: project.ids.next(),
    type: 'WorkflowForked',
    version: 1,
    data,
    meta: { ...start.meta, actor: by, causation: fork.last.id },
  }
}

/** Nobody works on a copied handoff: whoever is free takes it. */
function releasedEvent(project: Project, accepted: RecordedEvent, fork: Fork): NewEvent {
  const { worker, epoch } = accepted.data as { worker: string; epoch: number }
  const data = { note: 'Forked.', worker, epoch, leaseUntil: accepted.meta.recordedAt, released: true }
  const { recordedAt: _, ...meta } = accepted.meta
  return {
    id: project.ids.next(),
    type: 'HandoffProgressed',
    version: 1,
    data,
    meta: { ...meta, correlation: fork.id, causation: accepted.id },
  }
}

/**
 * What is there already was copied by the same request before. What somebody did to an unfinished copy meanwhile
 * stands: the rest of its past does not come after it.
 */
async function appendAll(project: Project, { stream, events }: Copy): Promise<void> {
  const there = await Array.fromAsync(project.store.readStream(stream, { limit: events.length }))
  if (!there.every((event, index) => isCopyOf(event, events[index]))) return
  let done = there.length
  while (done < events.length) {
    const part = events.slice(done, done + copyPartEvents)
    await project.store.append(stream, part, { expected: done === 0 ? 'no_stream' : done - 1 })
    done += part.length
  }
}

/** Ids are new with each attempt; what was copied is known by what it is a copy of. */
function isCopyOf(event: RecordedEvent, copy: NewEvent | undefined): boolean {
  return event.type === copy?.type && event.meta.causation === copy.meta.causation
}

/** Small enough that even large events fit into one append. */
const copyPartEvents = Math.max(1, Math.floor(limits.appendBytesMax / limits.eventBytesMax))
