import { type Handoff, isSettled } from '../handoffs/handoff.ts'
import type { Position, RecordedEvent } from '../kernel/event.ts'
import { totalTokens } from '../sessions/session.ts'
import { type Workflow, workflowDecider } from '../workflows/decider.ts'
import type { SessionBrief } from './session-brief.ts'

/** A workflow with its handoffs and sessions, as far as moving it on needs them. */
export interface WorkflowWork {
  readonly id: string
  workflow: Workflow
  readonly handoffs: Map<string, Handoff>
  readonly sessions: Map<string, SessionBrief>
  rehearsal: boolean
  /** Events of its streams so far, and the position of the last. */
  events: number
  touched: Position | null
}

/** A recalled workflow may be further than this process has read: it was kept by one that had read more. */
export function isFolded(work: WorkflowWork, event: RecordedEvent): boolean {
  return work.touched !== null && event.position <= work.touched
}

/** Whether anybody may have to do something about it, now or later. */
export function mayMove({ workflow: { status }, handoffs }: WorkflowWork): boolean {
  if (status === 'running' || status === 'paused') return true
  if (status === 'none') return false
  return [...handoffs.values()].some((handoff) => !isSettled(handoff.status))
}

export function newWork(id: string): WorkflowWork {
  const workflow = workflowDecider.initial
  return {
    id,
    workflow,
    handoffs: new Map(),
    sessions: new Map(),
    rehearsal: false,
    events: 0,
    touched: null,
  }
}

/** As JSON; `read` gives it back. */
export function written(work: WorkflowWork): string {
  return JSON.stringify({ ...work, handoffs: [...work.handoffs], sessions: [...work.sessions] })
}

export function read(json: string): WorkflowWork {
  const kept = JSON.parse(json) as WorkflowWork & {
    handoffs: [string, Handoff][]
    sessions: [string, SessionBrief][]
  }
  return { ...kept, handoffs: new Map(kept.handoffs), sessions: new Map(kept.sessions) }
}

export interface ReservedEarlier {
  readonly tokens: number
  readonly costUsd: number
  readonly sessions: ReadonlySet<string>
}

/** What calls that are not settled yet had reserved before this position of the log, and whose they are. */
export function reservedBefore(work: WorkflowWork, position: Position): ReservedEarlier {
  const earlier = [...work.sessions.values()].filter(
    ({ reserved }) => reserved != null && reserved.position < position,
  )
  return {
    tokens: earlier.reduce((sum, { reserved }) => sum + (reserved?.tokens ?? 0), 0),
    costUsd: earlier.reduce((sum, { reserved }) => sum + (reserved?.costUsd ?? 0), 0),
    sessions: new Set(earlier.map(({ id }) => id)),
  }
}

/** What a workflow has used so far. */
export function spent(work: WorkflowWork): { tokens: number; costUsd: number } {
  let tokens = 0
  let costUsd = 0
  for (const session of work.sessions.values()) {
    tokens += totalTokens(session.usage)
    costUsd += session.costUsd
  }
  return { tokens, costUsd }
}
