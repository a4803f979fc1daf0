import type { HandoffCommand } from '../../src/handoffs/commands.ts'
import { handoffDecider } from '../../src/handoffs/decider.ts'
import type { HandoffEvent } from '../../src/handoffs/events.ts'
import type { HandoffStatus } from '../../src/handoffs/handoff.ts'
import { agent, person } from '../projections/events.ts'
import { specification } from '../specification.ts'

/** A handoff's life in events and commands, for its tests. */

export const spec = specification(handoffDecider, 'handoff-one')
export const { given } = spec

type Data<Type extends HandoffEvent['type']> = Extract<HandoffEvent, { type: Type }>['data']
type Command<Type extends HandoffCommand['type']> = Extract<HandoffCommand, { type: Type }>

const request: Data<'HandoffRequested'> = {
  from: agent('backend-architect'),
  need: 'Build the upload form.',
  context: '',
  provides: [],
  mode: 'delegate',
  workflow: 'w1',
  hop: 1,
  chain: ['backend-architect'],
}

const inputs = { asOf: null, roster: [] }
const routing: Data<'HandoffRouted'> = {
  to: 'frontend-developer',
  confidence: 0.8,
  reason: 'A recorded partner.',
  candidates: [],
  excluded: [],
  policy: 'patterns-2',
  inputs,
  requirements: [],
  missing: [],
}

export const at = (second: number): string => new Date(Date.UTC(2026, 2, 1, 10, 0, second)).toISOString()
export const needs = ['API contracts', 'error codes']

export const requested: HandoffEvent = { type: 'HandoffRequested', data: request }
export const routed: HandoffEvent = { type: 'HandoffRouted', data: routing }
export const unrouted: HandoffEvent = {
  type: 'HandoffUnrouted',
  data: {
    code: 'nobody',
    reason: 'Nobody fits.',
    candidates: [],
    excluded: [],
    policy: 'patterns-2',
    inputs,
  },
}
export const returned: HandoffEvent[] = [
  { type: 'HandoffRouted', data: { ...routing, requirements: needs, missing: needs } },
  { type: 'HandoffReturned', data: { to: 'frontend-developer', missing: needs } },
]
export const accepted = (epoch = 1, until = at(30)): HandoffEvent => ({
  type: 'HandoffAccepted',
  data: { worker: `worker-${epoch}`, epoch, session: 's1', leaseUntil: until },
})
export const released = (epoch = 1): HandoffEvent => ({
  type: 'HandoffProgressed',
  data: { note: 'Gave up.', worker: `worker-${epoch}`, epoch, leaseUntil: at(0), released: true },
})
export const steps = (count: number, epoch = 1): HandoffEvent => ({
  type: 'HandoffProgressed',
  data: { note: `${count} steps.`, worker: `worker-${epoch}`, epoch, steps: count },
})
export const completed: HandoffEvent = {
  type: 'HandoffCompleted',
  data: { session: 's1', epoch: 1, answer: 'Done.' },
}
export const failed: HandoffEvent = {
  type: 'HandoffFailed',
  data: { session: 's1', epoch: 1, code: 'model_failed', reason: 'No answer.' },
}
export const cancelled: HandoffEvent = {
  type: 'HandoffCancelled',
  data: { by: person, reason: 'Not needed.' },
}
export const expired: HandoffEvent = { type: 'HandoffExpired', data: { reason: 'Too late.' } }
export const deadLettered: HandoffEvent = {
  type: 'HandoffDeadLettered',
  data: { reason: 'It kills workers.', attempts: 3 },
}
export const declined: HandoffEvent = {
  type: 'HandoffDeclined',
  data: { by: 'frontend-developer', reason: 'Not my work.' },
}
export const redriven: HandoffEvent = {
  type: 'HandoffRedriven',
  data: { by: person, reason: 'Try again.' },
}

/** Events that lead to each status. */
export const storyOf: Record<HandoffStatus, readonly HandoffEvent[]> = {
  none: [],
  requested: [requested],
  routed: [requested, routed],
  returned: [requested, ...returned],
  unrouted: [requested, unrouted],
  accepted: [requested, routed, accepted()],
  declined: [requested, routed, declined],
  completed: [requested, routed, accepted(), completed],
  failed: [requested, routed, accepted(), failed],
  expired: [requested, routed, expired],
  cancelled: [requested, cancelled],
  dead_lettered: [requested, routed, accepted(), deadLettered],
}
export const statuses = Object.keys(storyOf) as HandoffStatus[]

export const ask = (fields: Partial<Data<'HandoffRequested'>> = {}): HandoffCommand => ({
  type: 'RequestHandoff',
  ...request,
  ...fields,
})
export const route = (
  missing: 'blocks' | 'noted' = 'blocks',
  fields: Partial<Data<'HandoffRouted'>> = {},
): HandoffCommand => ({ type: 'RouteHandoff', routing: { ...routing, ...fields }, missing })
export const leave: HandoffCommand = {
  type: 'LeaveUnrouted',
  routing: unrouted.data as Data<'HandoffUnrouted'>,
}
export const supply = (requirements: readonly string[], context?: string): HandoffCommand => ({
  type: 'SupplyHandoff',
  by: agent('backend-architect'),
  provides: requirements.map((requirement) => ({ requirement, value: `See the ${requirement} in docs.` })),
  ...(context === undefined ? {} : { context }),
})
export const take = (fields: Partial<Command<'AcceptHandoff'>> = {}): HandoffCommand => ({
  type: 'AcceptHandoff',
  worker: 'worker-2',
  session: 's1',
  now: at(10),
  leaseUntil: at(60),
  takeover: null,
  ...fields,
})
export const progress = (fields: Partial<Command<'ReportProgress'>> = {}): HandoffCommand => ({
  type: 'ReportProgress',
  worker: 'worker-1',
  epoch: 1,
  note: 'At work.',
  ...fields,
})
export const complete = (epoch = 1, answer = 'Done.'): HandoffCommand => ({
  type: 'CompleteHandoff',
  worker: `worker-${epoch}`,
  session: 's1',
  epoch,
  answer,
})
export const fail = (epoch = 1): HandoffCommand => ({
  type: 'FailHandoff',
  worker: `worker-${epoch}`,
  session: 's1',
  epoch,
  code: 'model_failed',
  reason: 'No answer.',
})
/** Said by nobody who holds a lease: a coordinator. */
export const failUnheld: HandoffCommand = {
  type: 'FailHandoff',
  worker: 'worker-9',
  code: 'invalid',
  reason: 'It cannot be done.',
}
export const decline: HandoffCommand = {
  type: 'DeclineHandoff',
  by: 'frontend-developer',
  reason: 'Not my work.',
}
export const expire: HandoffCommand = { type: 'ExpireHandoff', reason: 'Too late.' }
export const cancel: HandoffCommand = { type: 'CancelHandoff', by: person, reason: 'Not needed.' }
export const deadLetter: HandoffCommand = { type: 'DeadLetterHandoff', reason: 'It kills workers.' }
export const redrive: HandoffCommand = { type: 'RedriveHandoff', by: person, reason: 'Try again.' }
