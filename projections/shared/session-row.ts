import { streamId } from '../../src/kernel/event.ts'
import type { RecordedSessionEvent, Usage } from '../../src/sessions/events.ts'

export type SessionStatus = 'running' | 'paused' | 'completed' | 'failed' | 'cancelled'

/** One session as a workflow's status shows it. */
export type SessionRow = {
  id: string
  agent: string
  handoff: string | null
  status: SessionStatus
  model: string
  /** Answers of the model. */
  turns: number
  /** Input, output and cache tokens together. */
  tokens: number
  costUsd: number
  startedAt: string
  endedAt: string | null
  /** Why it waits or failed. */
  reason: string | null
  rehearsal: boolean
}

/** Folds a session's event into its row; the same object when the row does not show it. */
export function evolveSession(before: SessionRow | undefined, event: RecordedSessionEvent): SessionRow {
  const row = before ?? unknownSession(event)
  const ended = event.meta.recordedAt
  switch (event.type) {
    case 'SessionStarted': {
      const { agent, handoff, model } = event.data
      return { ...row, agent, handoff: handoff ?? null, model, startedAt: ended }
    }
    case 'ModelAnswered': {
      const costUsd = addUsd(row.costUsd, event.data.costUsd)
      return { ...row, turns: row.turns + 1, tokens: row.tokens + allTokens(event.data.usage), costUsd }
    }
    case 'ModelFailed': {
      const { usage } = event.data
      return usage === undefined ? row : { ...row, tokens: row.tokens + allTokens(usage) }
    }
    case 'SessionPaused':
      return { ...row, status: 'paused', reason: event.data.reason }
    case 'SessionResumed':
      return { ...row, status: 'running', reason: null }
    case 'SessionCompleted':
      return { ...row, status: 'completed', endedAt: ended, reason: null }
    case 'SessionFailed':
      return {
        ...row,
        status: 'failed',
        endedAt: ended,
        reason: `${event.data.code}: ${event.data.reason}`,
      }
    case 'SessionCancelled':
      return { ...row, status: 'cancelled', endedAt: ended, reason: event.data.reason }
    default:
      return row
  }
}

export function allTokens(usage: Usage): number {
  return usage.inputTokens + usage.outputTokens + usage.cacheWriteTokens + usage.cacheReadTokens
}

/** Sums of dollars keep nine decimals, so that many small ones do not end in a tail of noise. */
export function addUsd(a: number, b: number): number {
  return Math.round((a + b) * 1e9) / 1e9
}

function unknownSession(event: RecordedSessionEvent): SessionRow {
  return {
    id: streamId(event.stream),
    agent: event.meta.actor.kind === 'agent' ? event.meta.actor.id : 'unknown',
    handoff: null,
    status: 'running',
    model: 'unknown',
    turns: 0,
    tokens: 0,
    costUsd: 0,
    startedAt: event.meta.recordedAt,
    endedAt: null,
    reason: null,
    rehearsal: event.meta.rehearsal === true,
  }
}
