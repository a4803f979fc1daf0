import { accept, type Decider, type Decision, reject } from '../kernel/decider.ts'
import { unreachable } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { HandoffCommand, HandoffCommandOf } from './commands.ts'
import { type HandoffEvent, handoffEvents } from './events.ts'
import { evolveHandoff, type Handoff, initialHandoff, isOver, isSettled, lateResult } from './handoff.ts'
import { missingRequirements } from './requirements.ts'

function decide(command: HandoffCommand, state: Handoff): Decision<HandoffEvent> {
  if (command.type === 'RequestHandoff') return decideRequest(command, state)
  if (state.status === 'none') return reject({ code: 'not_found', message: 'There is no such handoff.' })
  switch (command.type) {
    case 'RouteHandoff':
    case 'LeaveUnrouted':
      return decideRouting(command, state)
    case 'SupplyHandoff':
      return decideSupply(command, state)
    case 'AcceptHandoff':
      return decideAccept(command, state)
    case 'ReportProgress':
      return decideProgress(command, state)
    case 'CompleteHandoff':
    case 'FailHandoff':
      return decideOutcome(command, state)
    case 'DeclineHandoff':
      if (state.status !== 'routed') return notOpen(state)
      if (command.by !== state.to)
        return reject({ code: 'not_yours', message: `It was handed to ${state.to}.`, to: state.to })
      return accept({ type: 'HandoffDeclined', data: { by: command.by, reason: command.reason } })
    case 'ExpireHandoff':
      return isOver(state.status)
        ? accept()
        : accept({ type: 'HandoffExpired', data: { reason: command.reason } })
    case 'CancelHandoff':
      if (state.status === 'cancelled') return accept()
      if (isOver(state.status)) return notOpen(state)
      return accept({ type: 'HandoffCancelled', data: { by: command.by, reason: command.reason } })
    case 'DeadLetterHandoff':
      if (isOver(state.status)) return accept()
      return accept({
        type: 'HandoffDeadLettered',
        data: { reason: command.reason, attempts: state.lease === null ? 0 : state.takeovers + 1 },
      })
    case 'RedriveHandoff':
      return decideRedrive(command, state)
    default:
      return unreachable(command)
  }
}

function decideRequest(command: HandoffCommandOf<'RequestHandoff'>, state: Handoff): Decision<HandoffEvent> {
  const { type: _, ...data } = command
  if (state.request !== null) {
    const same = state.request.need === data.need && state.request.from.id === data.from.id
    if (same) return accept()
    return reject({ code: 'conflict', message: 'Another handoff has this id: same key, other content.' })
  }
  if (data.need.trim() === '') {
    return reject({
      code: 'empty_need',
      message: 'A handoff needs a need: say in one sentence what has to be done.',
    })
  }
  return accept({ type: 'HandoffRequested', data })
}

function decideRouting(
  command: HandoffCommandOf<'RouteHandoff' | 'LeaveUnrouted'>,
  state: Handoff,
): Decision<HandoffEvent> {
  if (state.status !== 'requested') return accept()
  if (command.type === 'LeaveUnrouted') return accept({ type: 'HandoffUnrouted', data: command.routing })
  const routed: HandoffEvent = { type: 'HandoffRouted', data: command.routing }
  if (command.routing.missing.length === 0 || command.missing === 'noted') return accept(routed)
  const { to, missing } = command.routing
  return accept<HandoffEvent>(routed, { type: 'HandoffReturned', data: { to, missing } })
}

function decideSupply(command: HandoffCommandOf<'SupplyHandoff'>, state: Handoff): Decision<HandoffEvent> {
  if (state.status !== 'returned')
    return state.status === 'routed' || state.status === 'accepted' ? accept() : notOpen(state)
  const provides = [...state.provides, ...command.provides]
  const context = command.context ?? state.context
  const missing = missingRequirements(state.requirements, { context, provides })
  if (missing.length >= state.missing.length && missing.length > 0) {
    const message = `${state.to} still needs: ${missing.join('; ')}. Provide each of them, or say why it cannot be had.`
    return reject({ code: 'requirements_missing', message, missing, to: state.to })
  }
  const added = command.context === undefined ? {} : { context: command.context }
  const supplied: HandoffEvent = {
    type: 'HandoffSupplied',
    data: { by: command.by, provides: command.provides, ...added },
  }
  if (missing.length === 0 || state.to === null) return accept(supplied)
  return accept<HandoffEvent>(supplied, { type: 'HandoffReturned', data: { to: state.to, missing } })
}

function decideAccept(command: HandoffCommandOf<'AcceptHandoff'>, state: Handoff): Decision<HandoffEvent> {
  const { worker, session, leaseUntil } = command
  if (state.status === 'routed')
    return accept({
      type: 'HandoffAccepted',
      data: { worker, session, leaseUntil, epoch: state.epoch + 1 },
    })
  if (state.status !== 'accepted' || state.lease === null) return notOpen(state)
  const expired = state.lease.leaseUntil <= command.now
  const own = state.lease.worker === worker
  const free =
    command.takeover === 'expired' ? expired : command.takeover?.dead === state.lease.worker && !own
  if (!free && own) return accept()
  if (!free) {
    const message = `${state.lease.worker} works on it until ${state.lease.leaseUntil}.`
    return reject({
      code: 'lease_held',
      message,
      worker: state.lease.worker,
      leaseUntil: state.lease.leaseUntil,
    })
  }
  if (!state.released && state.takeovers + 1 >= limits.handoffAttemptsMax) {
    const reason = `${limits.handoffAttemptsMax} workers died on it without getting a step further.`
    return accept({ type: 'HandoffDeadLettered', data: { reason, attempts: state.takeovers + 1 } })
  }
  return accept({
    type: 'HandoffAccepted',
    data: { worker, session: state.lease.session, leaseUntil, epoch: state.epoch + 1 },
  })
}

function decideOutcome(
  command: HandoffCommandOf<'CompleteHandoff' | 'FailHandoff'>,
  state: Handoff,
): Decision<HandoffEvent> {
  const outcome = command.type === 'CompleteHandoff' ? 'completed' : 'failed'
  const { worker, session, epoch } = command
  const holds = epoch === undefined || state.lease?.epoch === epoch
  if (state.status === outcome && holds) return accept()
  if (session !== undefined && epoch !== undefined && (state.status !== 'accepted' || !holds)) {
    const late = { worker, session, epoch, outcome }
    return state.lateResults.includes(lateResult(late))
      ? accept()
      : accept({ type: 'LateResultRecorded', data: late })
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

function decideRedrive(command: HandoffCommandOf<'RedriveHandoff'>, state: Handoff): Decision<HandoffEvent> {
  const stuck = isSettled(state.status) && state.status !== 'completed'
  if (!stuck && state.status !== 'returned') return notOpen(state)
  const to = command.to === undefined ? {} : { to: command.to }
  return accept({ type: 'HandoffRedriven', data: { by: command.by, reason: command.reason, ...to } })
}

/** Only the holder reports, and a lease that was given up is not renewed. */
function decideProgress(command: HandoffCommandOf<'ReportProgress'>, state: Handoff): Decision<HandoffEvent> {
  const { type: _, ...data } = command
  const { lease } = state
  if (state.status !== 'accepted' || lease?.epoch !== data.epoch) return leaseLost(state)
  if (saysNothingNew(data, state)) return accept()
  const renews = data.leaseUntil !== undefined && data.released === undefined
  return state.released && renews ? leaseLost(state) : accept({ type: 'HandoffProgressed', data })
}

function saysNothingNew(data: Omit<HandoffCommandOf<'ReportProgress'>, 'type'>, state: Handoff): boolean {
  const { leaseUntil, steps, released, note } = data
  if (leaseUntil === undefined && steps === undefined && released === undefined) return note === state.note
  const sameLease = leaseUntil === undefined || leaseUntil === state.lease?.leaseUntil
  return (
    sameLease &&
    (steps ?? state.stepsSeen) === state.stepsSeen &&
    (released ?? state.released) === state.released
  )
}

function leaseLost(state: Handoff): Decision<never> {
  return reject({
    code: 'lease_lost',
    message: `The handoff is ${state.status} and no longer this worker's.`,
    status: state.status,
  })
}

function notOpen(state: Handoff): Decision<never> {
  return reject({
    code: 'not_open',
    message: `The handoff is ${state.status.replace('_', ' ')}.`,
    status: state.status,
  })
}

export const handoffDecider: Decider<Handoff, HandoffCommand, typeof handoffEvents> = {
  schemas: handoffEvents,
  initial: initialHandoff,
  decide,
  evolve: evolveHandoff,
}
