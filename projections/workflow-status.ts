import { handoffEvents, type RecordedHandoffEvent } from '../src/handoffs/events.ts'
import { type RecordedEvent, streamCategory, streamId } from '../src/kernel/event.ts'
import { isEventOf } from '../src/kernel/event-schema.ts'
import { limits } from '../src/kernel/limits.ts'
import type { Projection } from '../src/kernel/projection.ts'
import { type RecordedSessionEvent, sessionEvents } from '../src/sessions/events.ts'
import { limitFields } from '../src/workflows/decider.ts'
import { type RecordedWorkflowEvent, type WorkflowLimits, workflowEvents } from '../src/workflows/events.ts'
import { evolveRow, type HandoffRow, handoffWorkflow, isOpen } from './shared/handoff-row.ts'
import { addUsd, evolveSession, type SessionRow } from './shared/session-row.ts'
import { renderWorkflow } from './shared/workflow-page.ts'

/**
 * Handoffs and sessions in the order in which they began; at most `limits.boardHandoffsMax` and
 * `limits.boardSessionsMax`, later ones are counted in `dropped` and not shown.
 */
export type WorkflowStatus = {
  goal: string
  status: 'unknown' | 'running' | 'paused' | 'completed' | 'failed' | 'cancelled'
  reason: string | null
  entry: string | null
  by: string | null
  model: string
  agents: number
  limits: WorkflowLimits | null
  limitReached: { limit: string; max: number; reached: number } | null
  parent: string | null
  handoffs: HandoffRow[]
  sessions: SessionRow[]
  /** Input, output and cache tokens, and dollars, of all sessions. */
  tokens: number
  costUsd: number
  open: number
  dropped: number
  startedAt: string | null
  changedAt: string | null
  endedAt: string | null
  rehearsal: boolean
}

const initial: WorkflowStatus = {
  goal: '',
  status: 'unknown',
  reason: null,
  entry: null,
  by: null,
  model: '',
  agents: 0,
  limits: null,
  limitReached: null,
  parent: null,
  handoffs: [],
  sessions: [],
  tokens: 0,
  costUsd: 0,
  open: 0,
  dropped: 0,
  startedAt: null,
  changedAt: null,
  endedAt: null,
  rehearsal: false,
}

/** A goal, how far it is, and the tree of handoffs and sessions that serve it. Key: the workflow. */
export const workflowStatus: Projection<WorkflowStatus> = {
  name: 'workflow-status',
  version: 3,
  key(event) {
    if (isEventOf(handoffEvents, event)) return handoffWorkflow(event)
    const category = streamCategory(event.stream)
    if (category === 'workflow' && isEventOf(workflowEvents, event)) return streamId(event.stream)
    const ofSession = category === 'session' && isEventOf(sessionEvents, event)
    return ofSession ? (event.meta.correlation ?? null) : null
  },
  initial,
  evolve(state, event) {
    const next = evolveParts(state, event)
    if (next === state) return state
    const rehearsal = state.rehearsal || event.meta.rehearsal === true
    return { ...next, rehearsal, changedAt: event.meta.recordedAt }
  },
  render: renderWorkflow,
}

function evolveParts(state: WorkflowStatus, event: RecordedEvent): WorkflowStatus {
  if (isEventOf(handoffEvents, event)) return evolveHandoffs(state, event as RecordedHandoffEvent)
  if (streamCategory(event.stream) === 'session' && isEventOf(sessionEvents, event))
    return evolveSessions(state, event as RecordedSessionEvent)
  if (isEventOf(workflowEvents, event)) return evolveWorkflow(state, event as RecordedWorkflowEvent)
  return state
}

function evolveHandoffs(state: WorkflowStatus, event: RecordedHandoffEvent): WorkflowStatus {
  const index = state.handoffs.findIndex((row) => row.id === streamId(event.stream))
  const before = state.handoffs[index]
  if (before === undefined && state.handoffs.length >= limits.boardHandoffsMax) {
    return event.type === 'HandoffRequested' ? { ...state, dropped: state.dropped + 1 } : state
  }
  const row = evolveRow(before, event)
  if (row === before) return state
  const handoffs = before === undefined ? [...state.handoffs, row] : state.handoffs.with(index, row)
  return { ...state, handoffs, open: handoffs.filter((one) => isOpen(one.status)).length }
}

function evolveSessions(state: WorkflowStatus, event: RecordedSessionEvent): WorkflowStatus {
  const index = state.sessions.findIndex((row) => row.id === streamId(event.stream))
  const before = state.sessions[index]
  const row = evolveSession(before, event)
  if (row === before) return state
  const tokens = state.tokens + row.tokens - (before?.tokens ?? 0)
  const costUsd = event.type === 'ModelAnswered' ? addUsd(state.costUsd, event.data.costUsd) : state.costUsd
  if (before !== undefined) {
    return { ...state, sessions: state.sessions.with(index, row), tokens, costUsd }
  }
  const full = state.sessions.length >= limits.boardSessionsMax
  const sessions = full ? state.sessions : [...state.sessions, row]
  const dropped = state.dropped + (full && event.type === 'SessionStarted' ? 1 : 0)
  return { ...state, sessions, tokens, costUsd, dropped }
}

function evolveWorkflow(state: WorkflowStatus, event: RecordedWorkflowEvent): WorkflowStatus {
  const ended = event.meta.recordedAt
  switch (event.type) {
    case 'WorkflowStarted': {
      const { goal, entry, by, model, roster, limits: max } = event.data
      const agents = roster.length
      const started = { goal, entry: entry ?? null, by: by.id, model, agents, limits: max, startedAt: ended }
      return { ...state, ...started, status: 'running' }
    }
    case 'WorkflowForked':
      return { ...state, parent: state.parent ?? event.data.parent }
    case 'LimitReached':
      return { ...state, limitReached: event.data }
    case 'LimitRaised':
      return { ...state, limitReached: null, limits: raised(state.limits, event.data) }
    case 'WorkflowPaused':
      return { ...state, status: 'paused', reason: event.data.reason }
    case 'WorkflowResumed':
      return { ...state, status: 'running', reason: null, endedAt: null }
    case 'WorkflowCompleted':
      return { ...state, status: 'completed', reason: null, endedAt: ended }
    case 'WorkflowFailed':
      return {
        ...state,
        status: 'failed',
        reason: `${event.data.code}: ${event.data.reason}`,
        endedAt: ended,
      }
    case 'WorkflowCancelled':
      return { ...state, status: 'cancelled', reason: event.data.reason, endedAt: ended }
  }
}

function raised(
  max: WorkflowLimits | null,
  data: { limit: keyof typeof limitFields; max: number },
): WorkflowLimits | null {
  return max === null ? null : { ...max, [limitFields[data.limit]]: data.max }
}
