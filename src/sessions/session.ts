import { unreachable } from '../kernel/errors.ts'
import type { LimitName } from '../kernel/limit-events.ts'
import type { CallId, Digest, EventId, Instant } from '../kernel/words.ts'
import { type Approval, evolveApproval } from './approval.ts'
import { type Answer, type Message, materialise, type ToolUse } from './conversation.ts'
import type { RecordedSessionEvent, Reservation, SessionEvent, Usage } from './events.ts'
import { evolveToolUse } from './tool-use.ts'
import { afterTrim, withoutPending } from './trim.ts'
import { workedUntil } from './working-time.ts'

type DataOf<Type extends SessionEvent['type']> = Extract<SessionEvent, { type: Type }>['data']

/** What a session can be, once it has started. */
export const sessionStatuses = ['running', 'paused', 'completed', 'failed', 'cancelled'] as const
export type SessionStatus = 'none' | (typeof sessionStatuses)[number]

/** A model call with its intent on record and no answer yet. */
export interface PendingCall {
  readonly call: CallId
  readonly turn: number
  readonly attempt: number
  readonly requestDigest: Digest
  readonly failure: DataOf<'ModelFailed'> | null
  readonly reserved: Reservation | null
  /** How many messages and reminders the call added to the conversation. */
  readonly added: { readonly messages: number; readonly reminders: number }
}

export interface Session {
  readonly status: SessionStatus
  readonly started: DataOf<'SessionStarted'> | null
  readonly startedAt: Instant | null
  readonly context: DataOf<'ContextGiven'> | null
  /**
   * Sections that it read since, by `<document>/<section>`: the event that gave the text it saw last. Empty when
   * it was told that what it knows of the section is out of date.
   */
  readonly sectionsRead: Readonly<Record<string, EventId>>
  /** Everything said so far that a next request begins with. */
  readonly messages: readonly Message[]
  /** Of each message, the turn whose request brought it. */
  readonly messageTurns: readonly number[]
  /** The first message as it was before any note. */
  readonly opening: Message | null
  /** How the conversation was shortened since the last request. */
  readonly trimmed: DataOf<'ContextTrimmed'> | null
  readonly requestDigest: Digest | null
  readonly turns: number
  readonly pending: PendingCall | null
  readonly answer: Answer | null
  /** Tool calls of the last answer only. */
  readonly toolUses: Readonly<Record<CallId, ToolUse>>
  /** What persons were asked about the tool calls of the last answer. */
  readonly approvals: Readonly<Record<CallId, Approval>>
  readonly usage: Usage
  readonly costUsd: number
  /** Tokens of the last request and its answer, as the server counted them; 0 when that is not known. */
  readonly conversationTokens: number
  /** Milliseconds in which a worker was at it: not those in which it was paused or lay still. */
  readonly workedMs: number
  readonly touched: { readonly at: Instant; readonly by: string } | null
  readonly summary: DataOf<'SummaryRecorded'> | null
  /** User messages that Daybook added after the first: reminders and questions. */
  readonly reminders: readonly string[]
  readonly paused: DataOf<'SessionPaused'> | null
  /** The session's own limit; null: its workflow's. */
  readonly turnsMax: number | null
  readonly limitsReached: Readonly<Partial<Record<LimitName, DataOf<'LimitReached'>>>>
  readonly limitsRaised: Readonly<Partial<Record<LimitName, number>>>
  /** The largest epoch of a lease under which the session went on. */
  readonly epoch: number
  readonly notes: readonly string[]
  readonly failure: DataOf<'SessionFailed'> | null
}

const noUsage: Usage = { inputTokens: 0, outputTokens: 0, cacheWriteTokens: 0, cacheReadTokens: 0 }

export const initialSession: Session = {
  status: 'none',
  started: null,
  startedAt: null,
  context: null,
  sectionsRead: {},
  messages: [],
  messageTurns: [],
  opening: null,
  trimmed: null,
  requestDigest: null,
  turns: 0,
  pending: null,
  answer: null,
  toolUses: {},
  approvals: {},
  usage: noUsage,
  costUsd: 0,
  conversationTokens: 0,
  workedMs: 0,
  touched: null,
  summary: null,
  reminders: [],
  paused: null,
  turnsMax: null,
  limitsReached: {},
  limitsRaised: {},
  epoch: 0,
  notes: [],
  failure: null,
}

export function isEnded(state: Session): boolean {
  return state.status === 'completed' || state.status === 'failed' || state.status === 'cancelled'
}

export function addUsage(a: Usage, b: Usage): Usage {
  const sum: Usage = {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
  }
  const thinking = (a.thinkingTokens ?? 0) + (b.thinkingTokens ?? 0)
  return thinking > 0 ? { ...sum, thinkingTokens: thinking } : sum
}

export function totalTokens(usage: Usage): number {
  return usage.inputTokens + usage.outputTokens + usage.cacheWriteTokens + usage.cacheReadTokens
}

/** Tool calls whose outcome nobody knows. */
export function unknownOutcomes(state: Session): ToolUse[] {
  return Object.values(state.toolUses).filter((use) => use.status === 'unknown')
}

export function evolveSession(before: Session, event: RecordedSessionEvent): Session {
  const state = withEpoch({ ...before, ...workedUntil(before, event) }, event)
  switch (event.type) {
    case 'SessionStarted':
      return {
        ...state,
        status: 'running',
        started: event.data,
        startedAt: event.meta.recordedAt ?? null,
        turnsMax: event.data.limits.turnsMax ?? null,
      }
    case 'ContextGiven':
      return { ...state, context: event.data }
    case 'ContextTrimmed':
      return {
        ...withoutPending(state),
        ...afterTrim(withoutPending(state), event.data),
        conversationTokens: 0,
        trimmed: event.data,
      }
    case 'ModelCalled':
      return evolveCall(state, event.data)
    case 'ModelAnswered':
      return evolveAnswer(state, event.data)
    case 'ModelFailed':
      return evolveFailure(state, event.data)
    case 'ToolCalled':
    case 'ToolReturned':
    case 'OutcomeUnknown':
    case 'OutcomeDecided':
      return { ...state, toolUses: { ...state.toolUses, [event.data.toolUse]: evolveToolUse(state, event) } }
    case 'ApprovalRequested':
    case 'ApprovalGranted':
    case 'ApprovalDenied':
      return { ...state, approvals: evolveApproval(state.approvals, event) }
    case 'LimitReached':
      return { ...state, limitsReached: { ...state.limitsReached, [event.data.limit]: event.data } }
    case 'LimitRaised':
      return evolveRaise(state, event.data)
    case 'SummaryRecorded':
      return { ...state, summary: event.data }
    case 'SessionPaused':
      return { ...state, status: 'paused', paused: event.data }
    case 'SessionResumed':
      return { ...state, status: 'running', paused: null }
    case 'SessionCompleted':
      return { ...state, status: 'completed', notes: event.data.notes }
    case 'SessionFailed':
      return { ...state, status: 'failed', failure: event.data }
    case 'SessionCancelled':
      return { ...state, status: 'cancelled' }
    case 'SectionRead':
      return knowing(state, event.data, event.data.event)
    case 'EditRefused':
      return event.data.code === 'stale' ? knowing(state, event.data, '') : state
    case 'FileChanged':
    case 'BudgetReserved':
    case 'BudgetSettled':
    case 'LeaseRenewed':
      return state
    default:
      return unreachable(event)
  }
}

function knowing(
  state: Session,
  { document, section }: { readonly document: string; readonly section?: string | undefined },
  event: EventId,
): Session {
  if (section === undefined) return state
  return { ...state, sectionsRead: { ...state.sectionsRead, [`${document}/${section}`]: event } }
}

/** The event that gave a section the text that the session saw last; null when it saw none that counts. */
export function lastSeen(
  state: Session,
  { document, section }: { document: string; section: string },
): EventId | null {
  const read = state.sectionsRead[`${document}/${section}`]
  if (read !== undefined) return read === '' ? null : read
  const given = state.context?.sections.find((one) => one.document === document && one.section === section)
  return given?.event ?? null
}

function withEpoch(state: Session, { data }: RecordedSessionEvent): Session {
  const epoch = 'epoch' in data ? (data.epoch ?? 0) : 0
  return epoch > state.epoch ? { ...state, epoch } : state
}

function evolveRaise(state: Session, { limit, max }: DataOf<'LimitRaised'>): Session {
  const limitsRaised = { ...state.limitsRaised, [limit]: max }
  return limit === 'turns' ? { ...state, limitsRaised, turnsMax: max } : { ...state, limitsRaised }
}

function evolveCall(state: Session, data: DataOf<'ModelCalled'>): Session {
  const { call, turn, attempt, requestDigest } = data
  const added = materialise(data.appended, state)
  const first = state.messages.length === 0
  const reminders = first
    ? []
    : data.appended.flatMap((message) => (message.role === 'user' ? [message.text] : []))
  const before = state.pending?.call === call ? state.pending.added : { messages: 0, reminders: 0 }
  return {
    ...state,
    messages: added.length === 0 ? state.messages : [...state.messages, ...added],
    messageTurns: added.length === 0 ? state.messageTurns : [...state.messageTurns, ...added.map(() => turn)],
    opening: state.opening ?? added[0] ?? null,
    reminders: reminders.length === 0 ? state.reminders : [...state.reminders, ...reminders],
    trimmed: null,
    requestDigest,
    turns: turn,
    pending: {
      call,
      turn,
      attempt,
      requestDigest,
      failure: null,
      reserved: data.reserved ?? null,
      added: {
        messages: before.messages + added.length,
        reminders: before.reminders + reminders.length,
      },
    },
  }
}

/** A call that was cut off has been paid for as far as it went. */
function evolveFailure(state: Session, data: DataOf<'ModelFailed'>): Session {
  const usage = data.usage === undefined ? state.usage : addUsage(state.usage, data.usage)
  const costUsd = state.costUsd + (data.costUsd ?? 0)
  return {
    ...state,
    usage,
    costUsd,
    pending: state.pending === null ? null : { ...state.pending, failure: data },
  }
}

function evolveAnswer(state: Session, data: DataOf<'ModelAnswered'>): Session {
  return {
    ...state,
    pending: null,
    answer: { call: data.call, content: data.content, stopReason: data.stopReason },
    toolUses: {},
    approvals: {},
    usage: addUsage(state.usage, data.usage),
    costUsd: state.costUsd + data.costUsd,
    conversationTokens: totalTokens(data.usage),
  }
}
