import type { AgentDefinition } from '../../agents/events.ts'
import { fold } from '../../kernel/decider.ts'
import type { Json, RecordedEvent } from '../../kernel/event.ts'
import { isEventOf } from '../../kernel/event-schema.ts'
import { toldIssue } from '../../kernel/plain-issues.ts'
import {
  answerText,
  materialise,
  type RequestPart,
  toolCalls,
  trimmedPart,
} from '../../sessions/conversation.ts'
import { sessionDecider } from '../../sessions/decider.ts'
import { type RecordedSessionEvent, sessionEvents } from '../../sessions/events.ts'
import { toolUseId } from '../../sessions/next-step.ts'
import type { Session } from '../../sessions/session.ts'
import { readSummary } from '../../sessions/summary.ts'
import { withoutPending } from '../../sessions/trim.ts'
import { digestJson, digestText } from '../digest.ts'

/** The first place where the log does not say what it must. */
export interface ProofDifference {
  readonly session: string
  readonly event: string
  readonly type: string
  /** For people: what was expected, what was found. */
  readonly message: string
}

export interface SessionProof {
  readonly calls: number
  readonly difference: ProofDifference | null
}

/**
 * Proves one session from its own events: every recorded request can be put together again and matches its
 * digest, every answer and result is there as it was, and what follows from them follows. Needs no model, no
 * network, and no code but the folding.
 */
export function proveSession(
  session: string,
  events: readonly RecordedEvent[],
  definition: AgentDefinition | null,
): SessionProof {
  let state = sessionDecider.initial
  let calls = 0
  for (const [index, event] of events.entries()) {
    const problem =
      event.revision === index
        ? findProblem(state, event, definition)
        : `expected revision ${index}, found ${event.revision}`
    if (problem !== null) {
      return { calls, difference: { session, event: event.id, type: event.type, message: problem } }
    }
    if (event.type === 'ModelCalled') calls += 1
    state = fold(sessionDecider, [event], state)
  }
  return { calls, difference: openCall(session, state, events.at(-1)) }
}

function findProblem(
  state: Session,
  recorded: RecordedEvent,
  definition: AgentDefinition | null,
): string | null {
  if (!isEventOf(sessionEvents, recorded)) return null
  const shape = sessionEvents[recorded.type].safeParse(recorded.data)
  if (!shape.success) return `it is no ${recorded.type}: ${toldIssue(shape.error.issues[0] ?? {}, 'it')}`
  const event = recorded as unknown as RecordedSessionEvent
  switch (event.type) {
    case 'ModelCalled':
      return requestProblem(state, event.data)
    case 'ModelAnswered':
      if (state.pending?.call !== event.data.call)
        return `an answer to ${event.data.call}, which was not called`
      return digestProblem('the answer', event.data.digest, () => digestJson(event.data.content))
    case 'ContextTrimmed':
      return trimProblem(state, event.data)
    case 'ToolCalled':
      return toolProblem(state, event.data)
    case 'ToolReturned':
      if (state.toolUses[event.data.toolUse] === undefined)
        return `a result of ${event.data.toolUse}, which was not called`
      return digestProblem('the tool result', event.data.digest, () => digestText(event.data.output))
    case 'SummaryRecorded':
      return summaryProblem(state, event.data, definition)
    default:
      return null
  }
}

type DataOf<Type extends RecordedSessionEvent['type']> = Extract<RecordedSessionEvent, { type: Type }>['data']

function requestProblem(state: Session, data: DataOf<'ModelCalled'>): string | null {
  if (data.attempt > 1) {
    const same = state.pending?.call === data.call && state.pending.requestDigest === data.requestDigest
    return same && data.appended.length === 0 ? null : 'a repeated call that differs from the one it repeats'
  }
  const opening =
    state.messages.length > 0 || state.started === null || state.context === null ? null : openingOf(state)
  const part: RequestPart = {
    previous: state.requestDigest,
    opening,
    messages: materialise(data.appended, state),
    ...trimmedPart(state),
  }
  const digest = digestJson(part)
  if (digest === data.requestDigest) return null
  return `the request does not match its digest: recorded ${data.requestDigest}, put together again ${digest}`
}

/** What was left out is what the decision says. */
function trimProblem(state: Session, data: DataOf<'ContextTrimmed'>): string | null {
  const left = withoutPending(state).messages.slice(1, data.keptFrom)
  if (data.digest !== undefined && left.length !== data.dropped)
    return `${data.dropped} messages were left out on record, and the conversation had ${left.length} there`
  return digestProblem('what was left out', data.digest, () => digestJson(left))
}

function openingOf({ started, context }: Session): RequestPart['opening'] {
  if (started === null || context === null) return null
  return {
    model: started.model,
    parameters: started.parameters as Json,
    system: context.system,
    tools: context.tools,
  }
}

function toolProblem(state: Session, data: DataOf<'ToolCalled'>): string | null {
  const asked = toolCalls(state.answer?.content ?? []).find(
    (call) => toolUseId(data.call, call.block) === data.toolUse,
  )
  if (state.answer?.call !== data.call || asked === undefined)
    return `${data.tool} was called, and the answer did not ask for it`
  const same = asked.name.slice(0, 200) === data.tool && digestJson(asked.input) === digestJson(data.input)
  return same ? null : `${data.tool} was called with something else than the answer asked for`
}

function summaryProblem(
  state: Session,
  data: DataOf<'SummaryRecorded'>,
  definition: AgentDefinition | null,
): string | null {
  // The words of a model that ran elsewhere are on record here only.
  const isElsewhere = state.started?.runner === 'external'
  const text = isElsewhere ? data.raw : answerText(state.answer?.content ?? [])
  if (!text.startsWith(data.raw)) return 'the summary is not the text of the last answer'
  if (definition === null) return null
  const read = readSummary(text, definition)
  return digestJson(read.fields) === digestJson(data.fields)
    ? null
    : 'the summary has other fields than its text'
}

function digestProblem(what: string, recorded: string | undefined, compute: () => string): string | null {
  if (recorded === undefined) return null
  const digest = compute()
  return digest === recorded
    ? null
    : `${what} does not match its digest: recorded ${recorded}, found ${digest}`
}

/** A completed session has an answer to its last call. */
function openCall(session: string, state: Session, last: RecordedEvent | undefined): ProofDifference | null {
  if (state.status !== 'completed' || state.pending === null || last === undefined) return null
  return { session, event: last.id, type: last.type, message: `the call ${state.pending.call} has no answer` }
}
