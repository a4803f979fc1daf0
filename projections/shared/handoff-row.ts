import { handoffEvents, type RecordedHandoffEvent } from '../../src/handoffs/events.ts'
import type { RecordedEvent } from '../../src/kernel/event.ts'
import { streamId } from '../../src/kernel/event.ts'
import { isEventOf } from '../../src/kernel/event-schema.ts'
import { cut } from './markdown.ts'

export const handoffStatuses = [
  'requested',
  'routed',
  'returned',
  'accepted',
  'declined',
  'completed',
  'failed',
  'unrouted',
  'expired',
  'cancelled',
  'dead_lettered',
] as const
export type HandoffRowStatus = (typeof handoffStatuses)[number]

export type Reason = {
  rule: string
  value: number
  weight: number
  evidence: string
  event: string | null
}

/** One handoff as a board shows it. */
export type HandoffRow = {
  id: string
  status: HandoffRowStatus
  from: string
  fromKind: string
  /** The session that handed over; null for a person. */
  fromSession: string | null
  parent: string | null
  to: string | null
  need: string
  mode: string
  hop: number
  /** The session that works, or worked, on it. */
  session: string | null
  confidence: number | null
  /** Why it is where it is, in one sentence: of the routing, or of its end. */
  reason: string | null
  /** The first rules that spoke for the chosen agent. */
  because: Reason[]
  /** Requirements of the receiver that nobody provided. */
  missing: string[]
  requestedAt: string
  changedAt: string
  /** The event of the last change. */
  event: string
  rehearsal: boolean
}

const needCharsMax = 2_000
const evidenceCharsMax = 300
const becauseMax = 3

/** The handoff that an event is about; null for events of other rooms. */
export function handoffOf(event: RecordedEvent): string | null {
  return isEventOf(handoffEvents, event) ? streamId(event.stream) : null
}

/** The workflow of a handoff's event: its correlation, or what the request says. */
export function handoffWorkflow(event: RecordedEvent): string | null {
  if (event.meta.correlation !== undefined) return event.meta.correlation
  if (!isEventOf(handoffEvents, event) || event.type !== 'HandoffRequested') return null
  return event.data.workflow
}

const open: ReadonlySet<HandoffRowStatus> = new Set([
  'requested',
  'routed',
  'returned',
  'accepted',
  'declined',
])

/** True while something may still happen to it without a person: its workflow is not over. */
export function isOpen(status: HandoffRowStatus): boolean {
  return open.has(status)
}

/** Folds a handoff's event into its row; a row that was never requested here begins as an unknown one. */
export function evolveRow(before: HandoffRow | undefined, event: RecordedHandoffEvent): HandoffRow {
  const row = before ?? unknownRow(event)
  const rehearsal = row.rehearsal || event.meta.rehearsal === true
  if (event.type === 'HandoffProgressed' || event.type === 'LateResultRecorded') {
    return rehearsal === row.rehearsal ? row : { ...row, rehearsal }
  }
  const next = { ...row, rehearsal, changedAt: event.meta.recordedAt, event: event.id }
  return { ...next, ...changed(event) }
}

type Changed = Exclude<RecordedHandoffEvent, { type: 'HandoffProgressed' | 'LateResultRecorded' }>

function changed(event: Changed): Partial<HandoffRow> {
  switch (event.type) {
    case 'HandoffRequested':
      return requested(event)
    case 'HandoffRouted':
      return routed(event)
    case 'HandoffUnrouted':
      return { status: 'unrouted', to: null, reason: event.data.reason, because: [], confidence: null }
    case 'HandoffReturned':
      return { status: 'returned', missing: event.data.missing }
    case 'HandoffSupplied':
      return { status: 'routed', missing: [] }
    case 'HandoffAccepted':
      return { status: 'accepted', session: event.data.session }
    case 'HandoffDeclined':
      return { status: 'declined', to: null, reason: `${event.data.by} declined: ${event.data.reason}` }
    case 'HandoffCompleted':
      return { status: 'completed', session: event.data.session }
    case 'HandoffFailed':
      return { status: 'failed', reason: `${event.data.code}: ${event.data.reason}` }
    case 'HandoffExpired':
      return { status: 'expired', reason: event.data.reason }
    case 'HandoffCancelled':
      return { status: 'cancelled', reason: event.data.reason }
    case 'HandoffDeadLettered':
      return { status: 'dead_lettered', reason: event.data.reason }
    case 'HandoffRedriven':
      return { status: 'requested', to: null, reason: event.data.reason, because: [], missing: [] }
  }
}

function requested(event: Extract<Changed, { type: 'HandoffRequested' }>): Partial<HandoffRow> {
  const { from, need, mode, hop, session, parent } = event.data
  return {
    status: 'requested',
    from: from.id,
    fromKind: from.kind,
    fromSession: session ?? null,
    parent: parent ?? null,
    need: cut(need, needCharsMax),
    mode,
    hop,
    requestedAt: event.meta.recordedAt,
  }
}

function routed(event: Extract<Changed, { type: 'HandoffRouted' }>): Partial<HandoffRow> {
  const { to, reason, confidence, candidates, missing } = event.data
  const winner = candidates.find((candidate) => candidate.agent === to)
  const because = (winner?.because ?? []).slice(0, becauseMax).map((one) => ({
    rule: one.rule,
    value: one.value,
    weight: one.weight,
    evidence: cut(one.evidence, evidenceCharsMax),
    event: one.event ?? null,
  }))
  return { status: 'routed', to, reason, confidence, because, missing }
}

function unknownRow(event: RecordedHandoffEvent): HandoffRow {
  return {
    id: streamId(event.stream),
    status: 'requested',
    from: 'unknown',
    fromKind: 'unknown',
    fromSession: null,
    parent: null,
    to: null,
    need: '',
    mode: 'delegate',
    hop: 0,
    session: null,
    confidence: null,
    reason: null,
    because: [],
    missing: [],
    requestedAt: event.meta.recordedAt,
    changedAt: event.meta.recordedAt,
    event: event.id,
    rehearsal: event.meta.rehearsal === true,
  }
}
