import { type HandoffEvent, handoffEvents } from '../handoffs/events.ts'
import type { Handoff } from '../handoffs/handoff.ts'
import { DaybookError } from '../kernel/errors.ts'
import { type RecordedEvent, streamOf } from '../kernel/event.ts'
import { isEventOf } from '../kernel/event-schema.ts'
import type { EventStore } from '../store/port.ts'
import type { OpenWork } from './open-work.ts'
import type { Project } from './project.ts'
import type { SessionBrief } from './session-brief.ts'
import { spent, type WorkflowWork } from './workflow-work.ts'

/** Workflows, handoffs and sessions in the shapes that CLI and API share. */

export interface WorkflowView {
  readonly id: string
  readonly goal: string
  readonly status: string
  readonly reason: string | null
  readonly model: string
  readonly rehearsal: boolean
  readonly limits: WorkflowWork['workflow']['limits']
  readonly spent: { readonly tokens: number; readonly costUsd: number }
  readonly sessions: number
  readonly handoffs: number
  readonly open: number
  readonly events: number
}

export interface HandoffView {
  readonly id: string
  readonly workflow: string
  readonly from: string
  readonly to: string | null
  readonly need: string
  readonly status: string
  readonly mode: string
  readonly hop: number
  readonly chain: readonly string[]
  readonly parent: string | null
  readonly session: string | null
  readonly reason: string | null
  readonly missing: readonly string[]
}

type DataOf<Type extends HandoffEvent['type']> = Extract<HandoffEvent, { type: Type }>['data']

/** With everything that was said about it. */
export interface HandoffDetails extends HandoffView {
  readonly context: string
  readonly provides: Handoff['provides']
  readonly requirements: readonly string[]
  readonly answer: string | null
  /** Every decision about who gets it, the last one last. */
  readonly decisions: readonly (
    | ({ readonly event: string } & DataOf<'HandoffRouted'>)
    | ({ readonly event: string; readonly to: null } & DataOf<'HandoffUnrouted'>)
  )[]
  readonly history: readonly {
    readonly event: string
    readonly type: string
    readonly at: string
    readonly by: string
  }[]
}

export interface SessionView {
  readonly id: string
  readonly workflow: string
  readonly agent: string
  readonly handoff: string | null
  readonly status: string
  readonly waitsFor: string | null
  readonly reason: string | null
  readonly tokens: SessionBrief['usage']
  readonly costUsd: number
}

export async function listWorkflows({ work }: Project): Promise<WorkflowView[]> {
  await work.refresh()
  return [...work.workflows()].map(workflowView)
}

export async function showWorkflow(
  { work }: Project,
  id: string,
): Promise<WorkflowView & { handoffTree: HandoffView[]; sessionList: SessionView[] }> {
  await work.refresh()
  const one = work.workflow(
    wholeId(
      id,
      [...work.workflows()].map((known) => known.id),
      'workflow',
    ),
  )!
  const handoffTree = [...one.handoffs].map(([handoff, state]) => handoffView(one, handoff, state))
  return {
    ...workflowView(one),
    handoffTree,
    sessionList: [...one.sessions.values()].map((session) => sessionView(one, session)),
  }
}

export async function listHandoffs({ work }: Project): Promise<HandoffView[]> {
  await work.refresh()
  return [...work.workflows()].flatMap((one) =>
    [...one.handoffs].map(([id, handoff]) => handoffView(one, id, handoff)),
  )
}

export async function showHandoff({ store, work }: Project, id: string): Promise<HandoffDetails> {
  await work.refresh()
  const whole = wholeId(id, handoffIds(work), 'handoff')
  const one = work.workflowOfHandoff(whole)!
  const handoff = one.handoffs.get(whole)!
  const events = await eventsOf(store, streamOf('handoff', whole))
  return {
    ...handoffView(one, whole, handoff),
    context: handoff.context,
    provides: handoff.provides,
    requirements: handoff.requirements,
    answer: handoff.answer,
    decisions: events.flatMap(decisionOf),
    history: events.map(({ id: event, type, meta }) => ({
      event,
      type,
      at: meta.recordedAt,
      by: `${meta.actor.kind}:${meta.actor.id}`,
    })),
  }
}

/** A handoff by its id, or by the beginning of exactly one. Throws `not_found`. */
export async function findHandoff(
  { work }: Project,
  id: string,
): Promise<{ id: string; work: WorkflowWork }> {
  await work.refresh()
  const known = work.workflowOfHandoff(id)
  if (known !== null) return { id, work: known }
  const whole = wholeId(id, handoffIds(work), 'handoff')
  return { id: whole, work: work.workflowOfHandoff(whole)! }
}

export async function listSessions({ work }: Project): Promise<SessionView[]> {
  await work.refresh()
  return [...work.workflows()].flatMap((one) =>
    [...one.sessions.values()].map((session) => sessionView(one, session)),
  )
}

export async function showSession(
  { store, work }: Project,
  id: string,
): Promise<SessionView & { events: RecordedEvent[] }> {
  await work.refresh()
  const ids = [...work.workflows()].flatMap((one) => [...one.sessions.keys()])
  const whole = wholeId(id, ids, 'session')
  const one = work.workflowOfSession(whole)!
  return {
    ...sessionView(one, one.sessions.get(whole)!),
    events: await eventsOf(store, streamOf('session', whole)),
  }
}

/** Everything that goes on only when a person does something, and what that is. */
export async function listWaiting({
  work,
}: Project): Promise<{ what: string; id: string; workflow: string; reason: string; remedy: string }[]> {
  await work.refresh()
  const over = new Set(['failed', 'cancelled'])
  const alive = [...work.workflows()].filter((one) => !over.has(one.workflow.status))
  return alive.flatMap((one) => [...waitingWorkflow(one), ...waitingHandoffs(one), ...waitingSessions(one)])
}

function waitingWorkflow({ id, workflow }: WorkflowWork) {
  if (workflow.status !== 'paused') return []
  const remedy =
    workflow.reached === null
      ? `daybook workflows resume ${id}`
      : `daybook workflows raise ${id} --${workflow.reached.limit.replace('_', '-')} N`
  return [{ what: 'workflow', id, workflow: id, reason: workflow.reason ?? 'It is paused.', remedy }]
}

function waitingHandoffs(one: WorkflowWork) {
  return [...one.handoffs].flatMap(([id, handoff]) => {
    const about = { what: 'handoff', id, workflow: one.id }
    if (handoff.status === 'returned') {
      return [
        {
          ...about,
          reason: `${handoff.to} needs: ${handoff.missing.join('; ')}`,
          remedy: `daybook handoffs supply ${id} --provide "REQUIREMENT=VALUE"`,
        },
      ]
    }
    if (handoff.status === 'unrouted' || handoff.status === 'dead_lettered') {
      return [
        {
          ...about,
          reason: handoff.reason ?? 'Nobody could take it.',
          remedy: `daybook handoffs redrive ${id} --to AGENT`,
        },
      ]
    }
    return []
  })
}

function waitingSessions(one: WorkflowWork) {
  return [...one.sessions.values()].flatMap((session) => {
    if (session.status !== 'paused' || session.waitsFor === 'answer') return []
    const about = {
      what: 'session',
      id: session.id,
      workflow: one.id,
      reason: session.reason ?? 'It is paused.',
    }
    if (session.waitsFor === 'outcome')
      return [{ ...about, remedy: `daybook sessions decide ${session.id} --retry|--skip|--fail` }]
    if (session.waitsFor === 'approval' && session.approval != null) {
      const digest = shortDigest(session.approval.digest)
      return [{ ...about, remedy: `daybook sessions approve|deny ${session.id} --digest ${digest}` }]
    }
    return [
      {
        ...about,
        remedy:
          session.waitsFor === 'limit'
            ? `daybook workflows raise ${one.id} --turns N`
            : `daybook sessions resume ${session.id}`,
      },
    ]
  })
}

/** Enough of a digest to tell what was shown from anything else. */
export function shortDigest(digest: string): string {
  return digest.slice('sha256:'.length, 'sha256:'.length + 12)
}

function workflowView(one: WorkflowWork): WorkflowView {
  const { goal, status, reason, model, limits } = one.workflow
  const over = new Set(['completed', 'failed', 'expired', 'cancelled', 'dead_lettered', 'unrouted'])
  const open = [...one.handoffs.values()].filter((handoff) => !over.has(handoff.status)).length
  const counts = { sessions: one.sessions.size, handoffs: one.handoffs.size, open, events: one.events }
  return {
    id: one.id,
    goal,
    status,
    reason,
    model,
    rehearsal: one.rehearsal,
    limits,
    spent: spent(one),
    ...counts,
  }
}

export function handoffView(one: WorkflowWork, id: string, handoff: Handoff): HandoffView {
  const { request, to, status, reason, missing, lease } = handoff
  const from = request?.from
  return {
    id,
    workflow: one.id,
    from: from === undefined ? '' : from.kind === 'agent' ? from.id : `${from.kind}:${from.id}`,
    to,
    need: request?.need ?? '',
    status,
    mode: request?.mode ?? 'delegate',
    hop: request?.hop ?? 0,
    chain: request?.chain ?? [],
    parent: request?.parent ?? null,
    session: lease?.session ?? null,
    reason,
    missing,
  }
}

function sessionView(one: WorkflowWork, session: SessionBrief): SessionView {
  const { id, agent, handoff, status, waitsFor, reason, usage, costUsd } = session
  return { id, workflow: one.id, agent, handoff, status, waitsFor, reason, tokens: usage, costUsd }
}

function decisionOf(event: RecordedEvent): HandoffDetails['decisions'] {
  if (!isEventOf(handoffEvents, event)) return []
  const known = event as unknown as HandoffEvent & { id: string }
  if (known.type === 'HandoffRouted') return [{ event: known.id, ...known.data }]
  return known.type === 'HandoffUnrouted' ? [{ event: known.id, to: null, ...known.data }] : []
}

function handoffIds(work: OpenWork): string[] {
  return [...work.workflows()].flatMap((one) => [...one.handoffs.keys()])
}

/** An id, or the beginning of exactly one. */
export function wholeId(id: string, known: readonly string[], kind: string): string {
  if (known.includes(id)) return id
  const matching = known.filter((candidate) => candidate.startsWith(id))
  if (id.length >= 4 && matching.length === 1) return matching[0]!
  const hint =
    matching.length > 1 ? `${matching.length} begin so; give more of it.` : `"daybook ${kind}s" lists them.`
  throw new DaybookError('not_found', `There is no ${kind} ${id}. ${hint}`)
}

async function eventsOf(store: EventStore, stream: string): Promise<RecordedEvent[]> {
  return Array.fromAsync(store.readStream(stream))
}
