import { accept, type Decision, reject } from '../kernel/decider.ts'
import { limits } from '../kernel/limits.ts'
import { agentKey } from '../kernel/words.ts'
import type { HandoffCommandOf } from './commands.ts'
import type { HandoffEvent } from './events.ts'
import { type Handoff, isOver, type Lease, lateResult, lossBy } from './handoff.ts'

/** What the holder of a handoff may say, and who becomes its holder. */

type Accept = HandoffCommandOf<'AcceptHandoff'>

export function decideAccept(command: Accept, state: Handoff): Decision<HandoffEvent> {
  const { external } = command
  if (external !== undefined && state.to !== null && agentKey(external) !== agentKey(state.to))
    return notYours(state)
  if (state.status === 'routed') return takenAnew(command, state)
  if (state.status !== 'accepted' || state.lease === null) return notOpen(state)
  return decideTakeover(command, state, state.lease)
}

function decideTakeover(command: Accept, state: Handoff, lease: Lease): Decision<HandoffEvent> {
  const isExpired = lease.leaseUntil <= command.now
  const isOwn = lease.worker === command.worker
  const isFree =
    command.takeover === 'expired' ? isExpired : command.takeover?.dead === lease.worker && !isOwn
  const isExternal = lease.external === true
  if (isOwn && isExternal && command.external !== undefined && isExpired) return takenUpAgain(command, lease)
  if (!isFree && isOwn) return accept()
  if (!isFree) {
    const message = `${lease.worker} works on it until ${lease.leaseUntil}.`
    return reject({ code: 'lease_held', message, worker: lease.worker, leaseUntil: lease.leaseUntil })
  }
  const givenUp = givenUpWith(state, command.worker)
  if (givenUp !== null) return accept({ type: 'HandoffDeadLettered', data: { ...givenUp, code: 'attempts' } })
  // What happened elsewhere is on no record that another could go on from.
  const goesOn = !isExternal && command.external === undefined
  return goesOn ? taken(command, state.epoch + 1, lease.session) : takenAnew(command, state)
}

/** What kills or stalls its workers time and again is set aside for a person. */
function givenUpWith(state: Handoff, worker: string): { reason: string; attempts: number } | null {
  const { handoffAttemptsMax, handoffStallsMax } = limits
  const lost = lossBy(state, worker)
  if (lost === 'death' && state.takeovers + 1 >= handoffAttemptsMax) {
    const reason = `${handoffAttemptsMax} workers died on it without getting a step further.`
    return { reason, attempts: state.takeovers + 1 }
  }
  if (lost !== 'stall' || state.stalls + 1 < handoffStallsMax) return null
  const reason = `Its worker lost it ${handoffStallsMax} times without getting a step further.`
  return { reason, attempts: state.stalls + 1 }
}

/** With a session that nobody has had: one that was chosen before others came and went may be theirs. */
function takenAnew(command: Accept, { epoch, redrives }: Handoff): Decision<HandoffEvent> {
  const { seen } = command
  if (seen === undefined || (seen.epoch === epoch && seen.redrives === redrives))
    return taken(command, epoch + 1, command.session)
  const message = 'Somebody had this handoff since it was looked at. Look again, and take it as it stands.'
  return reject({ code: 'conflict', message })
}

function taken(
  { worker, leaseUntil, external }: Accept,
  epoch: number,
  session: string,
): Decision<HandoffEvent> {
  const elsewhere = external === undefined ? {} : { external: true as const }
  return accept({ type: 'HandoffAccepted', data: { worker, session, leaseUntil, epoch, ...elsewhere } })
}

/** Whoever worked elsewhere and was not heard of for a while has lost nothing, as long as nobody took over. */
function takenUpAgain({ worker, leaseUntil }: Accept, lease: Lease): Decision<HandoffEvent> {
  if (leaseUntil <= lease.leaseUntil) return accept()
  const { epoch } = lease
  const data = { note: 'Taken up again.', worker, epoch, leaseUntil }
  return accept({ type: 'HandoffProgressed', data })
}

export function decideOutcome(
  command: HandoffCommandOf<'CompleteHandoff' | 'FailHandoff'>,
  state: Handoff,
): Decision<HandoffEvent> {
  const outcome = command.type === 'CompleteHandoff' ? 'completed' : 'failed'
  const { worker, session, epoch } = command
  const holds = epoch === undefined || state.lease?.epoch === epoch
  if (state.status === outcome && holds) {
    const isOther = command.type === 'CompleteHandoff' && command.answer !== state.answer
    return isOther ? answeredOtherwise(state) : accept()
  }
  if (session !== undefined && epoch !== undefined && (state.status !== 'accepted' || !holds)) {
    const late = { worker, session, epoch, outcome }
    const answer = command.type === 'CompleteHandoff' ? { answer: command.answer } : {}
    return state.lateResults.includes(lateResult(late))
      ? accept()
      : accept({ type: 'LateResultRecorded', data: { ...late, ...answer } })
  }
  if (isOver(state.status)) return notOpen(state)
  if (command.type === 'CompleteHandoff') {
    return accept({
      type: 'HandoffCompleted',
      data: { session: command.session, epoch: command.epoch, answer: command.answer },
    })
  }
  const of = session === undefined || epoch === undefined ? {} : { session, epoch }
  return accept({ type: 'HandoffFailed', data: { ...of, code: command.code, reason: command.reason } })
}

/** Its holder has ended it before. What it says now is in its own hands still, so nothing is lost by a refusal. */
function answeredOtherwise({ status }: Handoff): Decision<never> {
  const message =
    'The handoff is completed, with another text than this one: the first one counts, and this one is not recorded.'
  return reject({ code: 'not_open', message, status })
}

type Progress = HandoffCommandOf<'ReportProgress'>

/** Only the holder reports, and a lease that was given up is not renewed. */
export function decideProgress(command: Progress, state: Handoff): Decision<HandoffEvent> {
  const { type: _, earlier = [], ...data } = command
  const { lease } = state
  if (state.status !== 'accepted' || lease?.epoch !== data.epoch) return leaseLost(state)
  if (earlier.length === 0 && saysNothingNew(data, state)) return accept()
  const renews = data.leaseUntil !== undefined && data.released === undefined
  if (state.released && renews) return leaseLost(state)
  const { worker, epoch } = data
  const noted = [...earlier.map((note) => ({ note, worker, epoch })), data]
  return accept(...noted.map((data) => ({ type: 'HandoffProgressed' as const, data })))
}

function saysNothingNew(data: Omit<Progress, 'type' | 'earlier'>, state: Handoff): boolean {
  const { leaseUntil, steps, released, note } = data
  if (leaseUntil === undefined && steps === undefined && released === undefined) return note === state.note
  const sameLease = leaseUntil === undefined || leaseUntil === state.lease?.leaseUntil
  return (
    sameLease &&
    (steps ?? state.stepsSeen) === state.stepsSeen &&
    (released ?? state.released) === state.released
  )
}

export function leaseLost(state: Handoff): Decision<never> {
  return reject({
    code: 'lease_lost',
    message: `The handoff is ${words(state.status)} and no longer this worker's.`,
    status: state.status,
  })
}

export function notYours({ to }: Handoff): Decision<never> {
  return reject({ code: 'not_yours', message: `It was handed to ${to}.`, to })
}

export function notOpen({ status }: Handoff): Decision<never> {
  return reject({ code: 'not_open', message: `The handoff is ${words(status)}.`, status })
}

function words(status: string): string {
  return status.replace('_', ' ')
}
