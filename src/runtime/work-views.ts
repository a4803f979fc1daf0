import type { Candidate } from '../handoffs/events.ts'
import type { Handoff, HandoffStatus } from '../handoffs/handoff.ts'
import { type RecordedEvent, streamOf } from '../kernel/event.ts'
import type { EventStore } from '../store/port.ts'
import { dated } from './dated-evidence.ts'
import { type HandoffDetails, handoffDetails } from './handoff-details.ts'
import type { Project } from './project.ts'
import type { SessionBrief } from './session-brief.ts'
import { wholeId } from './whole-id.ts'
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
  /** What it is a fork of, and the last event they have in common; null: it is none. */
  readonly forkOf: { readonly workflow: string; readonly at: string } | null
}

export interface HandoffView {
  readonly id: string
  readonly workflow: string
  readonly from: string
  readonly to: string | null
  readonly need: string
  readonly status: HandoffStatus
  readonly mode: string
  readonly hop: number
  readonly chain: readonly string[]
  readonly parent: string | null
  readonly session: string | null
  readonly reason: string | null
  readonly missing: readonly string[]
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
  project: Project,
  id: string,
): Promise<WorkflowView & { handoffTree: HandoffView[]; sessionList: SessionView[] }> {
  const { work } = project
  const one = work.workflow(await wholeId(project, 'workflow', id))!
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

export async function showHandoff(project: Project, id: string): Promise<HandoffView & HandoffDetails> {
  const { store, work } = project
  const whole = await wholeId(project, 'handoff', id)
  const one = work.workflowOfHandoff(whole)!
  const handoff = one.handoffs.get(whole)!
  const events = await eventsOf(store, streamOf('handoff', whole))
  const details = handoffDetails(handoff, events)
  const decisions = await Promise.all(
    details.decisions.map(async (decision) => ({
      ...decision,
      candidates: await dated(project, decision.candidates as readonly Candidate[]),
    })),
  )
  return { ...handoffView(one, whole, handoff), ...details, decisions }
}

/** A handoff by its id, or by the beginning of exactly one. Throws `not_found`. */
export async function findHandoff(project: Project, id: string): Promise<{ id: string; work: WorkflowWork }> {
  const whole = await wholeId(project, 'handoff', id)
  return { id: whole, work: project.work.workflowOfHandoff(whole)! }
}

export async function listSessions({ work }: Project): Promise<SessionView[]> {
  await work.refresh()
  return [...work.workflows()].flatMap((one) =>
    [...one.sessions.values()].map((session) => sessionView(one, session)),
  )
}

/** A session by its id, or by the beginning of exactly one. Throws `not_found`. */
export async function findSession(project: Project, id: string): Promise<SessionBrief> {
  const whole = await wholeId(project, 'session', id)
  return project.work.workflowOfSession(whole)!.sessions.get(whole)!
}

export async function showSession(
  project: Project,
  id: string,
): Promise<SessionView & { events: RecordedEvent[] }> {
  const { store, work } = project
  const whole = await wholeId(project, 'session', id)
  const one = work.workflowOfSession(whole)!
  return {
    ...sessionView(one, one.sessions.get(whole)!),
    events: await eventsOf(store, streamOf('session', whole)),
  }
}

function workflowView(one: WorkflowWork): WorkflowView {
  const { goal, status, reason, model, limits, forkOf } = one.workflow
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
    forkOf,
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

async function eventsOf(store: EventStore, stream: string): Promise<RecordedEvent[]> {
  return Array.fromAsync(store.readStream(stream))
}
