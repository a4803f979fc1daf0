import type { Takeover } from '../handoffs/commands.ts'
import { type Handoff, isSettled } from '../handoffs/handoff.ts'
import type { WorkflowWork } from './workflow-work.ts'

/** Something that moves work on. Carrying one out twice does nothing the second time. */
export type Action =
  | { readonly kind: 'request_first'; readonly workflow: string }
  | { readonly kind: 'route'; readonly handoff: string }
  | { readonly kind: 'accept'; readonly handoff: string; readonly takeover: Takeover | null }
  | { readonly kind: 'cancel'; readonly handoff: string }
  /** Its deadline has passed. */
  | { readonly kind: 'expire'; readonly handoff: string }
  /** A session of a handoff that is over, or somebody else's by now. */
  | { readonly kind: 'end_session'; readonly session: string; readonly reason: string }
  /** The result of an agent that lives elsewhere is on record, and not yet all that follows from it. */
  | { readonly kind: 'close_external'; readonly handoff: string }
  /** It ended in the moment in which a person redrove one of its handoffs. */
  | { readonly kind: 'reopen'; readonly workflow: string }
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
  if (isRedriven(work)) return [{ kind: 'reopen', workflow: work.id }]
  if (status === 'cancelled' || status === 'failed') {
    const cancelled = [...work.handoffs]
      .filter(([id, handoff]) => !isSettled(handoff.status) && !situation.atWork.has(id))
      .map(([id]): Action => ({ kind: 'cancel', handoff: id }))
    return [...cancelled, ...strayed(work, situation)]
  }
  if (status !== 'running') return []
  if (work.handoffs.size === 0) return [{ kind: 'request_first', workflow: work.id }]
  const planned = [...work.handoffs].flatMap(([id, handoff]) => planHandoff(id, handoff, { work, situation }))
  const actions = [...planned, ...strayed(work, situation)]
  const open = [...work.handoffs.values()].some((handoff) => !isSettled(handoff.status))
  return open || actions.length > 0 ? actions : [end(work)]
}

function planHandoff(
  id: string,
  handoff: Handoff,
  { work, situation }: { work: WorkflowWork; situation: Situation },
): Action[] {
  const deadline = handoff.request?.deadline
  if (deadline !== undefined && deadline <= situation.now && !isSettled(handoff.status))
    return [{ kind: 'expire', handoff: id }]
  if (situation.atWork.has(id)) return []
  if (handoff.status === 'requested' || handoff.status === 'declined') return [{ kind: 'route', handoff: id }]
  if (isElsewhere(work, handoff)) return []
  if (handoff.status === 'routed') return [{ kind: 'accept', handoff: id, takeover: null }]
  if (handoff.status !== 'accepted' || handoff.lease === null) return []
  const session = work.sessions.get(handoff.lease.session)
  if (session?.status === 'paused' && !answerIsThere(work, session.id, session.waitsFor)) return []
  const { worker, leaseUntil } = handoff.lease
  if (leaseUntil <= situation.now) return [{ kind: 'accept', handoff: id, takeover: 'expired' }]
  return situation.isGone(worker) ? [{ kind: 'accept', handoff: id, takeover: { dead: worker } }] : []
}

/** A redrive and the end of its workflow are two streams: whoever ends it may not have seen the other yet. */
function isRedriven({ workflow: { status }, handoffs }: WorkflowWork): boolean {
  if (status !== 'completed' && status !== 'failed') return false
  return [...handoffs.values()].some((handoff) => handoff.redrives > 0 && !isSettled(handoff.status))
}

/** Whoever lives elsewhere looks into its inbox itself. */
function isElsewhere({ workflow }: WorkflowWork, { to }: Handoff): boolean {
  return workflow.roster.some(({ agent, external }) => external === true && agent === to)
}

/** Sessions that nobody goes on with any more, and results from elsewhere that are not carried through yet. */
function strayed(work: WorkflowWork, { atWork }: Situation): Action[] {
  return [...work.sessions.values()].flatMap((session): Action[] => {
    if (session.handoff === null || atWork.has(session.handoff)) return []
    if (session.status !== 'running' && session.status !== 'paused') return []
    const handoff = work.handoffs.get(session.handoff)
    if (handoff === undefined) return []
    const isOwn = handoff.lease?.session === session.id
    if (isOwn && !isSettled(handoff.status)) return []
    if (isOwn && handoff.status === 'completed')
      return handoff.lease?.external === true ? [{ kind: 'close_external', handoff: session.handoff }] : []
    const reason = isOwn
      ? `The handoff is ${handoff.status.replace('_', ' ')}.`
      : 'Somebody else goes on with it.'
    return [{ kind: 'end_session', session: session.id, reason }]
  })
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
