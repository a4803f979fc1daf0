import type { Position, RecordedEvent } from '../kernel/event.ts'
import type { LimitName } from '../kernel/limit-events.ts'
import type { Reservation, Usage } from '../sessions/events.ts'
import { addUsage } from '../sessions/session.ts'

/** A session, as far as moving work on needs it. */
export interface SessionBrief {
  readonly id: string
  readonly agent: string
  readonly handoff: string | null
  readonly status: 'running' | 'paused' | 'completed' | 'failed' | 'cancelled'
  readonly waitsFor: string | null
  readonly reason: string | null
  readonly usage: Usage
  readonly costUsd: number
  /** What its call in flight may use at most, and where in the log that stands; absent or null between calls. */
  readonly reserved?: (Reservation & { readonly position: Position }) | null
  /** Results on record: answers and tool results. */
  readonly steps: number
  /** Tool calls whose outcome is not known. */
  readonly unknown: readonly string[]
  /** The limit that it reached last; absent when it never did. */
  readonly limit?: LimitName
  /** What a person is asked about a tool call; absent or null when nothing is open. */
  readonly approval?: { readonly id: string; readonly digest: string } | null
}

export function newBrief(id: string): SessionBrief {
  const usage = { inputTokens: 0, outputTokens: 0, cacheWriteTokens: 0, cacheReadTokens: 0 }
  return {
    id,
    agent: '',
    handoff: null,
    status: 'running',
    waitsFor: null,
    reason: null,
    usage,
    costUsd: 0,
    steps: 0,
    unknown: [],
  }
}

interface SessionFacts {
  readonly agent?: string
  readonly handoff?: string
  readonly usage?: Usage
  readonly costUsd?: number
  readonly reason?: string
  readonly waitsFor?: string
  readonly toolUse?: string
  readonly approval?: string
  readonly digest?: string
  readonly reserved?: Reservation
  readonly limit?: LimitName
}

/** Never validates: the past has happened. */
export function evolveBrief(brief: SessionBrief, event: RecordedEvent): SessionBrief {
  const data = event.data as SessionFacts
  switch (event.type) {
    case 'SessionStarted':
      return { ...brief, agent: data.agent ?? '', handoff: data.handoff ?? null }
    case 'ModelCalled':
      return data.reserved === undefined
        ? brief
        : { ...brief, reserved: { ...data.reserved, position: event.position } }
    case 'ModelAnswered':
      return { ...settled(brief, data), steps: brief.steps + 1 }
    case 'ModelFailed':
      return settled(brief, data)
    case 'LimitReached':
      return data.limit === undefined ? brief : { ...brief, limit: data.limit }
    case 'ToolReturned':
      return { ...brief, steps: brief.steps + 1 }
    case 'OutcomeUnknown':
      return { ...brief, unknown: [...brief.unknown, data.toolUse ?? ''] }
    case 'OutcomeDecided':
      return { ...brief, unknown: brief.unknown.filter((toolUse) => toolUse !== data.toolUse) }
    case 'ApprovalRequested':
      return { ...brief, approval: { id: data.approval ?? '', digest: data.digest ?? '' } }
    case 'ApprovalGranted':
    case 'ApprovalDenied':
      return { ...brief, approval: null }
    case 'SessionPaused':
      return { ...brief, status: 'paused', waitsFor: data.waitsFor ?? 'person', reason: data.reason ?? null }
    case 'SessionResumed':
      return { ...brief, status: 'running', waitsFor: null, reason: null }
    case 'SessionCompleted':
      return { ...brief, status: 'completed', waitsFor: null, reserved: null }
    case 'SessionFailed':
      return { ...brief, status: 'failed', waitsFor: null, reason: data.reason ?? null, reserved: null }
    case 'SessionCancelled':
      return { ...brief, status: 'cancelled', waitsFor: null, reserved: null }
    default:
      return brief
  }
}

/** What a call used takes the place of what was reserved for it. */
function settled(brief: SessionBrief, { usage, costUsd = 0 }: SessionFacts): SessionBrief {
  const used = usage === undefined ? brief.usage : addUsage(brief.usage, usage)
  return { ...brief, usage: used, costUsd: brief.costUsd + costUsd, reserved: null }
}
