import { accept, type Decider, type Decision, reject } from '../kernel/decider.ts'
import { unreachable } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import { agentKey } from '../kernel/words.ts'
import type { HandoffCommand, HandoffCommandOf } from './commands.ts'
import { type HandoffEvent, handoffEvents } from './events.ts'
import { evolveHandoff, type Handoff, initialHandoff, isOver, isSettled, lateResult } from './handoff.ts'
import { decideAccept, decideOutcome, decideProgress, leaseLost, notOpen, notYours } from './lease.ts'
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
    case 'RecordLateResult': {
      const { type: _, ...late } = command
      if (state.lateResults.includes(lateResult(late))) return accept()
      return accept({ type: 'LateResultRecorded', data: late })
    }
    case 'DeclineHandoff':
      return decideDecline(command, state)
    case 'ExpireHandoff':
      return isOver(state.status)
        ? accept()
        : accept({ type: 'HandoffExpired', data: { reason: command.reason } })
    case 'CancelHandoff':
      if (state.status === 'cancelled') return accept()
      if (isOver(state.status)) return notOpen(state)
      return accept({ type: 'HandoffCancelled', data: { by: command.by, reason: command.reason } })
    case 'DeadLetterHandoff':
      return decideDeadLetter(command, state)
    case 'RedriveHandoff':
      return decideRedrive(command, state)
    default:
      return unreachable(command)
  }
}

function decideRequest(command: HandoffCommandOf<'RequestHandoff'>, state: Handoff): Decision<HandoffEvent> {
  const { type: _, tooDeep, ...data } = command
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
  const requested: HandoffEvent = { type: 'HandoffRequested', data }
  if (tooDeep === undefined) return accept(requested)
  const setAside = { reason: tooDeep, attempts: 0, code: 'depth' as const }
  return accept<HandoffEvent>(requested, { type: 'HandoffDeadLettered', data: setAside })
}

/** A first routing, or another one after an agent declined: never to one that did. */
function decideRouting(
  command: HandoffCommandOf<'RouteHandoff' | 'LeaveUnrouted'>,
  state: Handoff,
): Decision<HandoffEvent> {
  if (state.status !== 'requested' && state.status !== 'declined') return accept()
  if (command.type === 'LeaveUnrouted') return accept({ type: 'HandoffUnrouted', data: command.routing })
  const { to, missing } = command.routing
  if (state.declined.some((name) => agentKey(name) === agentKey(to)))
    return reject({ code: 'declined', message: `${to} has declined it: choose somebody else.`, to })
  const routed: HandoffEvent = { type: 'HandoffRouted', data: command.routing }
  if (missing.length === 0 || command.missing === 'noted') return accept(routed)
  return accept<HandoffEvent>(routed, { type: 'HandoffReturned', data: { to, missing } })
}

function decideSupply(command: HandoffCommandOf<'SupplyHandoff'>, state: Handoff): Decision<HandoffEvent> {
  if (state.status !== 'returned')
    return state.status === 'routed' || state.status === 'accepted' ? accept() : notOpen(state)
  const forced = command.forced === true
  if (forced && command.by.kind !== 'person') {
    const message = `Only a person may let it go on without: ${state.missing.join('; ')}.`
    return reject({ code: 'not_a_person', message, missing: state.missing })
  }
  const provides = [...state.provides, ...command.provides]
  const context = command.context ?? state.context
  const missing = missingRequirements(state.requirements, { context, provides })
  if (!forced && missing.length >= state.missing.length && missing.length > 0) {
    const message = `${state.to} still needs: ${missing.join('; ')}. Provide each of them, or say why it cannot be had.`
    return reject({ code: 'requirements_missing', message, missing, to: state.to })
  }
  const { by, note } = command
  const supplied: HandoffEvent = {
    type: 'HandoffSupplied',
    data: {
      by,
      provides: command.provides,
      ...(command.context === undefined ? {} : { context: command.context }),
      ...(forced && missing.length > 0 ? { forced: true as const } : {}),
      ...(note === undefined ? {} : { note }),
    },
  }
  if (forced || missing.length === 0 || state.to === null) return accept(supplied)
  return accept<HandoffEvent>(supplied, { type: 'HandoffReturned', data: { to: state.to, missing } })
}

/** Only the agent that was chosen declines; after it has accepted, only under its lease. */
function decideDecline(command: HandoffCommandOf<'DeclineHandoff'>, state: Handoff): Decision<HandoffEvent> {
  const { by, reason, epoch } = command
  const isBy = (name: string | null | undefined) => name != null && agentKey(name) === agentKey(by)
  if (state.to === null && isBy(state.declined.at(-1))) return accept()
  if (state.status !== 'routed' && state.status !== 'accepted') return notOpen(state)
  if (!isBy(state.to)) return notYours(state)
  const { lease } = state
  if (state.status === 'accepted' && lease?.epoch !== epoch) return leaseLost(state)
  const held = state.status === 'accepted' && lease !== null
  const of = held ? { epoch: lease.epoch, session: lease.session } : {}
  const declined: HandoffEvent = { type: 'HandoffDeclined', data: { by, reason, ...of } }
  const times = state.declined.length + 1
  if (times < limits.handoffDeclinesMax) return accept(declined)
  const given = {
    reason: `${times} agents declined it, the last one: ${reason}`.slice(0, limits.reasonCharsMax),
    attempts: times,
    code: 'declined' as const,
  }
  return accept<HandoffEvent>(declined, { type: 'HandoffDeadLettered', data: given })
}

function decideDeadLetter(
  { reason, code, circle }: HandoffCommandOf<'DeadLetterHandoff'>,
  state: Handoff,
): Decision<HandoffEvent> {
  if (isOver(state.status)) return accept()
  const attempts = state.lease === null ? 0 : state.takeovers + 1
  const why = { ...(code === undefined ? {} : { code }), ...(circle === undefined ? {} : { circle }) }
  return accept({ type: 'HandoffDeadLettered', data: { reason, attempts, ...why } })
}

/** What is over and not done, what lies with somebody who does not begin, and what somebody's lease ran out on. */
function decideRedrive(command: HandoffCommandOf<'RedriveHandoff'>, state: Handoff): Decision<HandoffEvent> {
  const { by, reason, to, now } = command
  const stuck = isSettled(state.status) && state.status !== 'completed'
  const lies = state.status === 'returned' || state.status === 'routed' || state.status === 'declined'
  const lapsed = state.status === 'accepted' && now !== undefined && (state.lease?.leaseUntil ?? '') <= now
  if (!stuck && !lies && !lapsed) return notOpen(state)
  return accept({ type: 'HandoffRedriven', data: { by, reason, ...(to === undefined ? {} : { to }) } })
}

export const handoffDecider: Decider<Handoff, HandoffCommand, typeof handoffEvents> = {
  schemas: handoffEvents,
  initial: initialHandoff,
  decide,
  evolve: evolveHandoff,
}
