import type { LimitName } from '../../kernel/limit-events.ts'
import { limits } from '../../kernel/limits.ts'
import type { Message } from '../../sessions/conversation.ts'
import type { Reservation } from '../../sessions/events.ts'
import { type Session, totalTokens } from '../../sessions/session.ts'
import { now } from '../project.ts'
import { reservedBefore, spent, type WorkflowWork } from '../workflow-work.ts'
import type { SessionRun } from './session-run.ts'

/** Characters of a prompt for which one token is reserved; texts mostly have more for each. */
const charsPerToken = 3

/**
 * What the next call of a session may use at most, before it is made: the tokens that the server counted for the
 * conversation so far, what is added now, and the whole room for the answer.
 */
export function reservationFor(run: SessionRun, session: Session, added: readonly Message[]): Reservation {
  const { context, conversationTokens, messages } = session
  const unknown =
    conversationTokens > 0 ? added : [context?.system ?? '', context?.tools ?? [], messages, added]
  const promptTokens = conversationTokens + Math.ceil(JSON.stringify(unknown).length / charsPerToken)
  const outputTokensMax = limits.outputTokensPerCallMax
  const model = session.started?.model ?? ''
  const costUsd = run.model.costMax?.({ model, promptTokens, outputTokensMax }) ?? 0
  return { tokens: promptTokens + outputTokensMax, costUsd }
}

export interface Reached {
  readonly limit: LimitName
  readonly max: number
  /** With what the next call may use at most. */
  readonly reached: number
}

/** The limit of the workflow that a call would break even if every other session stood still; null: there is room. */
export function brokenByCall(work: WorkflowWork, call: Reservation): Reached | null {
  return broken(work, call, { tokens: 0, costUsd: 0 })
}

/**
 * Whose turn it is when several sessions reserved what only some of them can have: the log's order decides, so two
 * sessions that looked at the same time never have it both. `wait`: what was reserved earlier is not settled yet.
 */
export type Turn =
  | { readonly kind: 'go' }
  | { readonly kind: 'wait' }
  | { readonly kind: 'broken'; readonly reached: Reached }

export function turnOf(run: Pick<SessionRun, 'id' | 'project'>, work: WorkflowWork): Turn {
  const own = work.sessions.get(run.id)?.reserved
  if (own == null) return { kind: 'go' }
  const alone = brokenByCall(work, own)
  if (alone !== null) return { kind: 'broken', reached: alone }
  const earlier = reservedBefore(work, own.position)
  const together = broken(work, own, earlier)
  if (together === null) return { kind: 'go' }
  const at = now(run.project)
  const isWorkedOn = [...work.handoffs.values()].some(
    ({ lease, status }) =>
      status === 'accepted' && lease !== null && earlier.sessions.has(lease.session) && lease.leaseUntil > at,
  )
  return isWorkedOn ? { kind: 'wait' } : { kind: 'broken', reached: together }
}

function broken(work: WorkflowWork, call: Reservation, others: Reservation): Reached | null {
  const max = work.workflow.limits
  if (max === null) return null
  const used = spent(work)
  const costUsd = Math.round((used.costUsd + others.costUsd + call.costUsd) * 1e6) / 1e6
  if (used.costUsd >= max.costUsdMax || costUsd > max.costUsdMax)
    return { limit: 'cost', max: max.costUsdMax, reached: costUsd }
  const tokens = used.tokens + others.tokens + call.tokens
  return used.tokens >= max.tokensMax || tokens > max.tokensMax
    ? { limit: 'tokens', max: max.tokensMax, reached: tokens }
    : null
}

/** The session's own limit that a call would break. */
export function brokenInSession(work: WorkflowWork, session: Session, call: Reservation): Reached | null {
  const { costPerSessionUsdMax, tokensPerSessionMax } = work.workflow.limits ?? {}
  const costUsd = Math.round((session.costUsd + call.costUsd) * 1e6) / 1e6
  if (costPerSessionUsdMax !== undefined && costUsd > costPerSessionUsdMax)
    return { limit: 'session_cost', max: costPerSessionUsdMax, reached: costUsd }
  const tokens = totalTokens(session.usage) + call.tokens
  return tokensPerSessionMax !== undefined && tokens > tokensPerSessionMax
    ? { limit: 'session_tokens', max: tokensPerSessionMax, reached: tokens }
    : null
}
