import { accept, type Decider, type Decision, reject } from '../kernel/decider.ts'
import { unreachable } from '../kernel/errors.ts'
import type { Actor } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import type { AgentName, Instant, SessionId, WorkerId } from '../kernel/words.ts'
import { type HandoffEvent, handoffEvents, type Provided } from './events.ts'
import { evolveHandoff, type Handoff, initialHandoff, isOver, isSettled } from './handoff.ts'
import { missingRequirements } from './requirements.ts'

type DataOf<Type extends HandoffEvent['type']> = Extract<HandoffEvent, { type: Type }>['data']

/** Why another worker may take over. `expired` is checked against the clock of the command. */
export type Takeover = 'expired' | 'holder_died'

export type HandoffCommand =
  | ({ readonly type: 'RequestHandoff' } & DataOf<'HandoffRequested'>)
  | {
      readonly type: 'RouteHandoff'
      readonly routing: DataOf<'HandoffRouted'>
      readonly missing: 'blocks' | 'noted'
    }
  | { readonly type: 'LeaveUnrouted'; readonly routing: DataOf<'HandoffUnrouted'> }
  | {
      readonly type: 'SupplyHandoff'
      readonly by: Actor
      readonly provides: Provided[]
      readonly context?: string
    }
  | {
      readonly type: 'AcceptHandoff'
      readonly worker: WorkerId
      readonly session: SessionId
      readonly now: Instant
      readonly leaseUntil: Instant
      readonly takeover: Takeover | null
    }
  | {
      readonly type: 'ReportProgress'
      readonly epoch: number
      readonly worker: WorkerId
      readonly note: string
      readonly leaseUntil?: Instant
      readonly steps?: number
      readonly released?: true
    }
  | {
      readonly type: 'CompleteHandoff'
      readonly worker: WorkerId
      readonly session: SessionId
      readonly epoch: number
      readonly answer: string
    }
  | {
      readonly type: 'FailHandoff'
      readonly worker: WorkerId
      readonly session?: SessionId
      readonly epoch?: number
      readonly code: string
      readonly reason: string
    }
  | { readonly type: 'DeclineHandoff'; readonly by: AgentName; readonly reason: string }
  | { readonly type: 'ExpireHandoff'; readonly reason: string }
  | { readonly type: 'CancelHandoff'; readonly by: Actor; readonly reason: string }
  | { readonly type: 'DeadLetterHandoff'; readonly reason: string }
  | { readonly type: 'RedriveHandoff'; readonly by: Actor; readonly to?: AgentName; readonly reason: string }

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
      if (state.status !== 'accepted' || state.lease?.epoch !== command.epoch) return leaseLost(state)
      return accept(progressed(command))
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
        data: { reason: command.reason, attempts: state.takeovers + 1 },
      })
    case 'RedriveHandoff':
      return decideRedrive(command, state)
    default:
      return unreachable(command)
  }
}

function decideRequest(
  command: Extract<HandoffCommand, { type: 'RequestHandoff' }>,
  state: Handoff,
): Decision<HandoffEvent> {
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
  command: Extract<HandoffCommand, { type: 'RouteHandoff' | 'LeaveUnrouted' }>,
  state: Handoff,
): Decision<HandoffEvent> {
  if (state.status !== 'requested') return accept()
  if (command.type === 'LeaveUnrouted') return accept({ type: 'HandoffUnrouted', data: command.routing })
  const routed: HandoffEvent = { type: 'HandoffRouted', data: command.routing }
  if (command.routing.missing.length === 0 || command.missing === 'noted') return accept(routed)
  const { to, missing } = command.routing
  return accept<HandoffEvent>(routed, { type: 'HandoffReturned', data: { to, missing } })
}

function decideSupply(
  command: Extract<HandoffCommand, { type: 'SupplyHandoff' }>,
  state: Handoff,
): Decision<HandoffEvent> {
  if (state.status !== 'returned')
    return state.status === 'routed' || state.status === 'accepted' ? accept() : notOpen(state)
  const provides = [...state.provides, ...command.provides]
  const context = command.context ?? state.context
  const missing = missingRequirements(state.requirements, { context, provides })
  if (missing.length > 0) {
    const message = `${state.to} still needs: ${missing.join('; ')}. Provide each of them, or say why it cannot be had.`
    return reject({ code: 'requirements_missing', message, missing, to: state.to })
  }
  const added = command.context === undefined ? {} : { context: command.context }
  return accept({ type: 'HandoffSupplied', data: { by: command.by, provides: command.provides, ...added } })
}

function decideAccept(
  command: Extract<HandoffCommand, { type: 'AcceptHandoff' }>,
  state: Handoff,
): Decision<HandoffEvent> {
  const { worker, session, leaseUntil } = command
  if (state.status === 'routed')
    return accept({
      type: 'HandoffAccepted',
      data: { worker, session, leaseUntil, epoch: 1 + (state.lease?.epoch ?? 0) },
    })
  if (state.status !== 'accepted' || state.lease === null) return notOpen(state)
  const expired = state.lease.leaseUntil <= command.now
  const free = command.takeover === 'expired' ? expired : command.takeover !== null
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
    data: { worker, session: state.lease.session, leaseUntil, epoch: state.lease.epoch + 1 },
  })
}

function decideOutcome(
  command: Extract<HandoffCommand, { type: 'CompleteHandoff' | 'FailHandoff' }>,
  state: Handoff,
): Decision<HandoffEvent> {
  const outcome = command.type === 'CompleteHandoff' ? 'completed' : 'failed'
  if (state.status === outcome && state.lease?.epoch === command.epoch) return accept()
  const { worker, session, epoch } = command
  if (
    session !== undefined &&
    epoch !== undefined &&
    (state.status !== 'accepted' || state.lease?.epoch !== epoch)
  ) {
    return accept({ type: 'LateResultRecorded', data: { worker, session, epoch, outcome } })
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

function decideRedrive(
  command: Extract<HandoffCommand, { type: 'RedriveHandoff' }>,
  state: Handoff,
): Decision<HandoffEvent> {
  const stuck = isSettled(state.status) && state.status !== 'completed'
  if (!stuck && state.status !== 'returned') return notOpen(state)
  const to = command.to === undefined ? {} : { to: command.to }
  return accept({ type: 'HandoffRedriven', data: { by: command.by, reason: command.reason, ...to } })
}

function progressed(command: Extract<HandoffCommand, { type: 'ReportProgress' }>): HandoffEvent {
  const { type: _, ...data } = command
  return { type: 'HandoffProgressed', data }
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
