import { unreachable } from '../kernel/errors.ts'
import { type AgentName, agentKey, type Instant, type SessionId, type WorkerId } from '../kernel/words.ts'
import type { HandoffEvent, Provided, RecordedHandoffEvent, Station } from './events.ts'
import { missingRequirements } from './requirements.ts'

type DataOf<Type extends HandoffEvent['type']> = Extract<HandoffEvent, { type: Type }>['data']

/** What a handoff can be, once somebody asked. */
export const handoffStatuses = [
  'requested',
  'routed',
  'returned',
  'unrouted',
  'accepted',
  'declined',
  'completed',
  'failed',
  'expired',
  'cancelled',
  'dead_lettered',
] as const
export type HandoffStatus = 'none' | (typeof handoffStatuses)[number]

export interface Lease {
  readonly worker: WorkerId
  readonly epoch: number
  readonly session: SessionId
  readonly leaseUntil: Instant
  /** Set when the agent lives elsewhere. */
  readonly external?: true | undefined
}

export interface DeadLetter {
  readonly code: NonNullable<DataOf<'HandoffDeadLettered'>['code']> | null
  readonly attempts: number
  readonly circle: readonly Station[]
}

export interface Handoff {
  readonly status: HandoffStatus
  readonly request: DataOf<'HandoffRequested'> | null
  readonly to: AgentName | null
  readonly requirements: readonly string[]
  readonly missing: readonly string[]
  readonly context: string
  readonly provides: readonly Provided[]
  readonly lease: Lease | null
  /** The largest epoch given so far: a redrive forgets the lease and gives no epoch a second time. */
  readonly epoch: number
  /** What the last report said. */
  readonly note: string | null
  /** Times that a worker took it over from one that died, without a step recorded in between. */
  readonly takeovers: number
  /** Times that a worker took it up again after it had stood still past its own lease, without a step in between. */
  readonly stalls: number
  /** Steps of its session that a worker has put on record here. */
  readonly stepsSeen: number
  /** Its worker gave the lease up: taking it over is nobody's crash. */
  readonly released: boolean
  readonly redrives: number
  /** Agents that were asked and said no: they are not asked again. */
  readonly declined: readonly AgentName[]
  /** A person let it go on although requirements are missing. */
  readonly forced: boolean
  /** Whom the sender named, when a person redrove it to somebody else since: by that the sender knows it. */
  readonly named?: AgentName
  /** A person redrove it to an agent by name: the way it came does not count against that agent. */
  readonly insisted: boolean
  /** What made it a dead letter, while it is one. */
  readonly deadLetter: DeadLetter | null
  /** Results that came after their lease was lost: see `lateResult`. */
  readonly lateResults: readonly string[]
  readonly answer: string | null
  readonly reason: string | null
}

export const initialHandoff: Handoff = {
  status: 'none',
  request: null,
  to: null,
  requirements: [],
  missing: [],
  context: '',
  provides: [],
  lease: null,
  epoch: 0,
  note: null,
  takeovers: 0,
  stalls: 0,
  stepsSeen: 0,
  released: false,
  redrives: 0,
  declined: [],
  forced: false,
  insisted: false,
  deadLetter: null,
  lateResults: [],
  answer: null,
  reason: null,
}

const settledStatuses: ReadonlySet<HandoffStatus> = new Set([
  'completed',
  'failed',
  'expired',
  'cancelled',
  'dead_lettered',
])

/** Nothing will happen to it any more unless a person redrives it. An unrouted one is settled too: nobody can take it. */
export function isSettled(status: HandoffStatus): boolean {
  return settledStatuses.has(status) || status === 'unrouted'
}

/** Over once and for all, or until a person redrives it. */
export function isOver(status: HandoffStatus): boolean {
  return settledStatuses.has(status)
}

/** Folds one event of a handoff's stream. Never validates: the past has happened. */
export function evolveHandoff(state: Handoff, event: RecordedHandoffEvent): Handoff {
  switch (event.type) {
    case 'HandoffRequested':
      return {
        ...state,
        status: 'requested',
        request: event.data,
        context: event.data.context,
        provides: event.data.provides,
      }
    case 'HandoffRouted': {
      const { to, requirements, missing, reason } = event.data
      return { ...state, status: 'routed', to, requirements, missing, reason }
    }
    case 'HandoffUnrouted':
      return { ...state, status: 'unrouted', reason: event.data.reason }
    case 'HandoffReturned':
      return { ...state, status: 'returned', missing: event.data.missing }
    case 'HandoffSupplied':
      return supplied(state, event.data)
    case 'HandoffAccepted': {
      const { epoch, worker } = event.data
      const lost = lossBy(state, worker)
      const takeovers = state.takeovers + (lost === 'death' ? 1 : 0)
      const stalls = state.stalls + (lost === 'stall' ? 1 : 0)
      return { ...state, status: 'accepted', lease: event.data, epoch, takeovers, stalls, released: false }
    }
    case 'HandoffProgressed':
      return evolveProgress(state, event.data)
    case 'HandoffDeclined': {
      const { by, reason } = event.data
      const declined = [...state.declined, by]
      return { ...state, status: 'declined', to: null, missing: [], lease: null, declined, reason }
    }
    case 'HandoffCompleted':
      return { ...state, status: 'completed', answer: event.data.answer }
    case 'HandoffFailed':
      return { ...state, status: 'failed', reason: event.data.reason }
    case 'HandoffExpired':
      return { ...state, status: 'expired', reason: event.data.reason }
    case 'HandoffCancelled':
      return { ...state, status: 'cancelled', reason: event.data.reason }
    case 'HandoffDeadLettered': {
      const { reason, attempts, code = null, circle = [] } = event.data
      return { ...state, status: 'dead_lettered', reason, deadLetter: { code, attempts, circle } }
    }
    case 'HandoffRedriven':
      return redriven(state, event.data.to)
    case 'LateResultRecorded':
      return { ...state, lateResults: [...state.lateResults, lateResult(event.data)] }
    default:
      return unreachable(event)
  }
}

/** What is there now; what a person let it go on without stays missing, and the receiver is told. */
function supplied(state: Handoff, data: DataOf<'HandoffSupplied'>): Handoff {
  const context = data.context ?? state.context
  const provides = [...state.provides, ...data.provides]
  const forced = data.forced === true
  const missing = forced ? missingRequirements(state.requirements, { context, provides }) : []
  return { ...state, status: 'routed', missing, provides, context, forced }
}

function evolveProgress(state: Handoff, data: DataOf<'HandoffProgressed'>): Handoff {
  const lease =
    state.lease === null || data.leaseUntil === undefined
      ? state.lease
      : { ...state.lease, leaseUntil: data.leaseUntil }
  const { note } = data
  // Steps noted after the lease was given up are no renewal of it.
  const released = data.released === true || (state.released && data.leaseUntil === undefined)
  if (data.steps === undefined) return { ...state, lease, note, released }
  const further = data.steps > state.stepsSeen
  const since = further ? { takeovers: 0, stalls: 0 } : {}
  return { ...state, lease, note, released, stepsSeen: data.steps, ...since }
}

/**
 * What became of whoever had a handoff that a worker takes now: it died, as far as anybody can tell; or it is this very
 * worker, which stood still past its own lease. Null: nobody had it, or it was given back.
 */
export function lossBy({ status, released, lease }: Handoff, worker: string): 'death' | 'stall' | null {
  if (status !== 'accepted' || released) return null
  return lease?.worker === worker ? 'stall' : 'death'
}

/** By which a late result is known when it is told again. */
export function lateResult({ epoch, outcome }: { epoch: number; outcome: string }): string {
  return `${epoch} ${outcome}`
}

function redriven(state: Handoff, to: AgentName | undefined): Handoff {
  const request = state.request === null || to === undefined ? state.request : { ...state.request, to }
  const first = state.named ?? state.request?.to
  const named = to === undefined || first === undefined ? {} : { named: first }
  const declined = state.declined.filter((name) => to === undefined || agentKey(name) !== agentKey(to))
  return {
    ...state,
    ...named,
    status: 'requested',
    request,
    to: null,
    missing: [],
    lease: null,
    takeovers: 0,
    stalls: 0,
    stepsSeen: 0,
    released: false,
    redrives: state.redrives + 1,
    declined,
    forced: false,
    insisted: to !== undefined,
    deadLetter: null,
    answer: null,
    reason: null,
  }
}
