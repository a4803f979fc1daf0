import { accept, type Decision, reject } from '../kernel/decider.ts'
import { unreachable } from '../kernel/errors.ts'
import type { CallId } from '../kernel/words.ts'
import type { SessionCommandOf, SessionDataOf } from './commands.ts'
import type { SessionEvent } from './events.ts'
import type { Session } from './session.ts'

/** What a person was asked about a tool call, and what they said. */
export interface Approval extends SessionDataOf<'ApprovalRequested'> {
  readonly status: 'requested' | 'granted' | 'denied'
  readonly note: string | null
}

export type ApprovalCommand = SessionCommandOf<'RequestApproval' | 'GrantApproval' | 'DenyApproval'>

type Approvals = Readonly<Record<CallId, Approval>>
type ApprovalEvent = Extract<
  SessionEvent,
  { type: 'ApprovalRequested' | 'ApprovalGranted' | 'ApprovalDenied' }
>

export function approvalOf({ approvals }: Pick<Session, 'approvals'>, id: CallId): Approval | undefined {
  return Object.hasOwn(approvals, id) ? approvals[id] : undefined
}

/** A decision is about the digest of what was shown: another one decides nothing. */
export function decideApproval(command: ApprovalCommand, state: Session): Decision<SessionEvent> {
  const { type, ...data } = command
  const known = approvalOf(state, data.approval)
  if (command.type === 'RequestApproval') {
    if (known?.digest === command.digest && known.status !== 'requested') return accept()
    const paused = pause(command, state)
    if (known?.digest === command.digest) return accept(...paused)
    const { type: _, ...asked } = command
    return accept<SessionEvent>({ type: 'ApprovalRequested', data: asked }, ...paused)
  }
  const status = type === 'GrantApproval' ? 'granted' : 'denied'
  if (known === undefined) return nothingAsked(data.approval)
  if (known.digest !== data.digest) return otherDigest(known, data.digest)
  if (known.status === status) return accept()
  if (known.status !== 'requested') return decidedBefore(known)
  const { type: _, ...said } = command
  const decided: SessionEvent =
    type === 'GrantApproval'
      ? { type: 'ApprovalGranted', data: said }
      : { type: 'ApprovalDenied', data: said }
  if (state.paused?.waitsFor !== 'approval') return accept(decided)
  return accept<SessionEvent>(decided, {
    type: 'SessionResumed',
    data: { reason: `A person ${status} it.` },
  })
}

/** The refusal of whatever would go on past a question that a session waits with; null when it waits with none. */
export function approvalOpen({ approvals, paused }: Session): Decision<never> | null {
  const asked = Object.values(approvals).find(({ status }) => status === 'requested')
  if (paused?.waitsFor !== 'approval' || asked === undefined) return null
  const { digest, approval } = asked
  const message = 'It waits for a person’s word on a tool call: decide that first, with approve or deny.'
  return reject({ code: 'approval_open', message, approval, digest })
}

function pause(asked: SessionDataOf<'ApprovalRequested'>, state: Session): SessionEvent[] {
  if (state.status === 'paused') return []
  return [{ type: 'SessionPaused', data: { reason: asked.what, waitsFor: 'approval' } }]
}

function nothingAsked(approval: CallId): Decision<never> {
  return reject({
    code: 'nothing_to_approve',
    message: `This session has no open question ${approval}.`,
  })
}

function otherDigest(known: Approval, digest: string): Decision<never> {
  const message = `What was shown to you (${digest}) is not what waits now (${known.digest}): look at it again.`
  return reject({ code: 'other_digest', message, digest: known.digest })
}

function decidedBefore(known: Approval): Decision<never> {
  return reject({ code: 'decided_before', message: `It was ${known.status} before.`, status: known.status })
}

/** Never validates: the past has happened. */
export function evolveApproval(approvals: Approvals, event: ApprovalEvent): Approvals {
  const { approval } = event.data
  if (event.type === 'ApprovalRequested')
    return { ...approvals, [approval]: { ...event.data, status: 'requested', note: null } }
  const known = Object.hasOwn(approvals, approval) ? approvals[approval] : undefined
  if (known === undefined || known.digest !== event.data.digest) return approvals
  const note = event.data.note ?? null
  switch (event.type) {
    case 'ApprovalGranted':
      return { ...approvals, [approval]: { ...known, status: 'granted', note } }
    case 'ApprovalDenied':
      return { ...approvals, [approval]: { ...known, status: 'denied', note } }
    default:
      return unreachable(event)
  }
}
