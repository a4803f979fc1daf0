import type { Takeover } from '../handoffs/commands.ts'
import { type Handoff, isSettled } from '../handoffs/handoff.ts'
import type { WorkflowWork } from './workflow-work.ts'

/** Something that moves work on. Carrying one out twice does nothing the second time. */
export type Action =
  | { readonly kind: 'request_first'; readonly workflow: string }
  | { readonly kind: 'route'; readonly handoff: string }
  | { readonly kind: 'accept'; readonly handoff: string; readonly takeover: Takeover | null }
  | { readonly kind: 'cancel'; readonly handoff: string }
  | { readonly kind: 'complete'; readonly workflow: string }
  | { readonly kind: 'fail'; readonly workflow: string; readonly code: string; readonly reason: string }

export interface Situation {
  /** ISO instant. */
  readonly now: string
  /** Whether the process that a worker's id names is known to be gone. */
  readonly isGone: (worker: string) => boolean
  /** Handoffs that this process works on right now. */
  readonly atWork: ReadonlySet<string>
}

/** What can be done for a workflow now, by anybody. Pure; an empty list means that it waits or is over. */
export function plan(work: WorkflowWork, situation: Situation): Action[] {
  const { status } = work.workflow
  if (status === 'cancelled' || status === 'failed') {
    return [...work.handoffs]
      .filter(([id, handoff]) => !isSettled(handoff.status) && !situation.atWork.has(id))
      .map(([id]) => ({ kind: 'cancel', handoff: id }))
  }
  if (status !== 'running') return []
  if (work.handoffs.size === 0) return [{ kind: 'request_first', workflow: work.id }]
  const actions = [...work.handoffs].flatMap(([id, handoff]) => planHandoff(id, handoff, { work, situation }))
  const open = [...work.handoffs.values()].some((handoff) => !isSettled(handoff.status))
  return open || actions.length > 0 ? actions : [end(work)]
}

function planHandoff(
  id: string,
  handoff: Handoff,
  { work, situation }: { work: WorkflowWork; situation: Situation },
): Action[] {
  if (situation.atWork.has(id)) return []
  if (handoff.status === 'requested') return [{ kind: 'route', handoff: id }]
  if (handoff.status === 'routed') return [{ kind: 'accept', handoff: id, takeover: null }]
  if (handoff.status !== 'accepted' || handoff.lease === null) return []
  const session = work.sessions.get(handoff.lease.session)
  if (session?.status === 'paused' && !answerIsThere(work, session.id, session.waitsFor)) return []
  const { worker, leaseUntil } = handoff.lease
  if (leaseUntil <= situation.now) return [{ kind: 'accept', handoff: id, takeover: 'expired' }]
  return situation.isGone(worker) ? [{ kind: 'accept', handoff: id, takeover: { dead: worker } }] : []
}

/** A session that asked goes on when everything it asked for is settled. */
function answerIsThere(work: WorkflowWork, session: string, waitsFor: string | null): boolean {
  if (waitsFor !== 'answer') return false
  const asked = [...work.handoffs.values()].filter(
    (handoff) => handoff.request?.session === session && handoff.request.mode === 'ask',
  )
  return asked.every((handoff) => isSettled(handoff.status))
}

/** Nothing is open. The goal was served when its first handoff was; what came of the others is counted. */
function end(work: WorkflowWork): Action {
  const [first] = work.handoffs.values()
  if (first === undefined || first.status === 'completed') return { kind: 'complete', workflow: work.id }
  const code = first.status === 'unrouted' ? 'nobody' : 'first_handoff_failed'
  const reason = first.reason ?? `The first handoff is ${first.status.replace('_', ' ')}.`
  return { kind: 'fail', workflow: work.id, code, reason }
}
