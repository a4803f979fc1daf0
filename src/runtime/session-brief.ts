import type { RecordedEvent } from '../kernel/event.ts'
import type { Usage } from '../sessions/events.ts'
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
  /** Results on record: answers and tool results. */
  readonly steps: number
  /** Tool calls whose outcome is not known. */
  readonly unknown: readonly string[]
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
}

/** Never validates: the past has happened. */
export function evolveBrief(brief: SessionBrief, event: RecordedEvent): SessionBrief {
  const data = event.data as SessionFacts
  switch (event.type) {
    case 'SessionStarted':
      return { ...brief, agent: data.agent ?? '', handoff: data.handoff ?? null }
    case 'ModelAnswered': {
      const usage = data.usage === undefined ? brief.usage : addUsage(brief.usage, data.usage)
      return { ...brief, usage, costUsd: brief.costUsd + (data.costUsd ?? 0), steps: brief.steps + 1 }
    }
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
      return { ...brief, status: 'completed', waitsFor: null }
    case 'SessionFailed':
      return { ...brief, status: 'failed', waitsFor: null, reason: data.reason ?? null }
    case 'SessionCancelled':
      return { ...brief, status: 'cancelled', waitsFor: null }
    default:
      return brief
  }
}
