import { accept, type Decider, type Decision, reject } from '../kernel/decider.ts'
import { unreachable } from '../kernel/errors.ts'
import type { Actor } from '../kernel/event.ts'
import { type RecordedSessionEvent, type SessionEvent, sessionEvents } from './events.ts'
import { evolveSession, initialSession, isEnded, type Session } from './session.ts'

export type SessionDataOf<Type extends SessionEvent['type']> = Extract<SessionEvent, { type: Type }>['data']

export type SessionCommand =
  | ({ readonly type: 'StartSession' } & SessionDataOf<'SessionStarted'>)
  /** Context and first request go in together: after a crash both are there, or neither. */
  | {
      readonly type: 'OpenConversation'
      readonly context: SessionDataOf<'ContextGiven'>
      readonly call: SessionDataOf<'ModelCalled'>
    }
  | ({ readonly type: 'CallModel' } & SessionDataOf<'ModelCalled'>)
  | ({ readonly type: 'RecordAnswer' } & SessionDataOf<'ModelAnswered'>)
  | { readonly type: 'RecordFailure'; readonly failure: SessionDataOf<'ModelFailed'> }
  | ({ readonly type: 'CallTool' } & SessionDataOf<'ToolCalled'>)
  /** What happened inside the tool goes on record with its result, in one append. */
  | ({
      readonly type: 'ReturnTool'
      readonly findings: readonly ToolFinding[]
    } & SessionDataOf<'ToolReturned'>)
  | ({ readonly type: 'LeaveOutcomeUnknown' } & SessionDataOf<'OutcomeUnknown'>)
  | ({ readonly type: 'DecideOutcome' } & SessionDataOf<'OutcomeDecided'>)
  | ({ readonly type: 'ReachLimit' } & SessionDataOf<'LimitReached'>)
  | ({ readonly type: 'RaiseLimit' } & SessionDataOf<'LimitRaised'>)
  | ({ readonly type: 'RecordSummary' } & SessionDataOf<'SummaryRecorded'>)
  | ({ readonly type: 'PauseSession' } & SessionDataOf<'SessionPaused'>)
  | ({ readonly type: 'ResumeSession' } & SessionDataOf<'SessionResumed'>)
  | { readonly type: 'CompleteSession'; readonly notes: string[] }
  | ({ readonly type: 'FailSession' } & SessionDataOf<'SessionFailed'>)
  | { readonly type: 'CancelSession'; readonly by: Actor; readonly reason: string }

export type ToolFinding = Extract<SessionEvent, { type: 'SectionRead' | 'FileChanged' | 'EditRefused' }>

function decide(command: SessionCommand, state: Session): Decision<SessionEvent> {
  if (command.type === 'StartSession') {
    const { type: _, ...data } = command
    return state.status === 'none' ? accept({ type: 'SessionStarted', data }) : accept()
  }
  if (state.status === 'none') return reject({ code: 'not_found', message: 'There is no such session.' })
  switch (command.type) {
    case 'OpenConversation': {
      if (isEnded(state)) return ended(state)
      if (state.context !== null) return accept()
      const { context, call } = command
      return accept<SessionEvent>(
        { type: 'ContextGiven', data: context },
        { type: 'ModelCalled', data: call },
      )
    }
    case 'CallModel':
    case 'RecordAnswer':
    case 'RecordFailure':
      return isEnded(state) ? ended(state) : decideModel(command, state)
    case 'CallTool':
    case 'ReturnTool':
    case 'LeaveOutcomeUnknown':
    case 'DecideOutcome':
      return isEnded(state) ? ended(state) : decideTool(command, state)
    default:
      return decideCourse(command, state)
  }
}

function decideModel(
  command: Extract<SessionCommand, { type: 'CallModel' | 'RecordAnswer' | 'RecordFailure' }>,
  state: Session,
): Decision<SessionEvent> {
  switch (command.type) {
    case 'CallModel': {
      const { type: _, ...data } = command
      if (state.status === 'paused') return reject({ code: 'paused', message: 'The session is paused.' })
      const pending = state.pending
      if (pending !== null && (pending.call !== data.call || data.attempt <= pending.attempt)) {
        return reject({
          code: 'call_open',
          message: `The call ${pending.call} has no result yet.`,
          call: pending.call,
        })
      }
      return accept({ type: 'ModelCalled', data })
    }
    case 'RecordAnswer': {
      const { type: _, ...data } = command
      if (state.answer?.call === data.call) return accept()
      return state.pending?.call === data.call
        ? accept<SessionEvent>({ type: 'ModelAnswered', data: data as SessionDataOf<'ModelAnswered'> })
        : stranger(data.call)
    }
    case 'RecordFailure': {
      const { failure } = command
      if (state.pending?.call !== failure.call) return stranger(failure.call)
      return accept<SessionEvent>({ type: 'ModelFailed', data: failure })
    }
    default:
      return unreachable(command)
  }
}

function decideTool(
  command: Extract<
    SessionCommand,
    { type: 'CallTool' | 'ReturnTool' | 'LeaveOutcomeUnknown' | 'DecideOutcome' }
  >,
  state: Session,
): Decision<SessionEvent> {
  const use = state.toolUses[command.toolUse]
  switch (command.type) {
    case 'CallTool': {
      const { type: _, ...data } = command
      if (use !== undefined && use.status !== 'retry') return accept()
      return state.answer?.call === data.call ? accept({ type: 'ToolCalled', data }) : stranger(data.call)
    }
    case 'ReturnTool': {
      const { type: _, findings, ...data } = command
      if (use === undefined) return stranger(data.toolUse)
      if (use.status === 'returned') return accept()
      return accept<SessionEvent>(...findings, { type: 'ToolReturned', data })
    }
    case 'LeaveOutcomeUnknown': {
      const { type: _, ...data } = command
      return use?.status === 'called' ? accept({ type: 'OutcomeUnknown', data }) : accept()
    }
    case 'DecideOutcome': {
      const { type: _, ...data } = command
      if (use?.status === 'unknown') return accept({ type: 'OutcomeDecided', data })
      return reject({
        code: 'nothing_to_decide',
        message: `No tool call of this session has an unknown outcome under ${data.toolUse}.`,
      })
    }
    default:
      return unreachable(command)
  }
}

type CourseCommand = Extract<
  SessionCommand,
  {
    type:
      | 'ReachLimit'
      | 'RaiseLimit'
      | 'RecordSummary'
      | 'PauseSession'
      | 'ResumeSession'
      | 'CompleteSession'
      | 'FailSession'
      | 'CancelSession'
  }
>

function decideCourse(command: CourseCommand, state: Session): Decision<SessionEvent> {
  if (isEnded(state))
    return command.type === 'CompleteSession' && state.status === 'completed' ? accept() : ended(state)
  const { type, ...data } = command
  switch (command.type) {
    case 'ReachLimit':
      return accept({ type: 'LimitReached', data: data as SessionDataOf<'LimitReached'> })
    case 'RaiseLimit':
      return accept({ type: 'LimitRaised', data: data as SessionDataOf<'LimitRaised'> })
    case 'RecordSummary':
      if (state.summary !== null && state.summary.raw === command.raw) return accept()
      return accept({ type: 'SummaryRecorded', data: data as SessionDataOf<'SummaryRecorded'> })
    case 'PauseSession':
      return state.status === 'paused'
        ? accept()
        : accept({ type: 'SessionPaused', data: data as SessionDataOf<'SessionPaused'> })
    case 'ResumeSession':
      return state.status === 'running'
        ? accept()
        : accept({ type: 'SessionResumed', data: data as SessionDataOf<'SessionResumed'> })
    case 'CompleteSession':
      return accept({ type: 'SessionCompleted', data: { notes: command.notes } })
    case 'FailSession':
      return accept({ type: 'SessionFailed', data: { code: command.code, reason: command.reason } })
    case 'CancelSession':
      return accept({ type: 'SessionCancelled', data: { by: command.by, reason: command.reason } })
    default:
      return unreachable(type as never)
  }
}

function ended(state: Session): Decision<never> {
  return reject({
    code: 'ended',
    message: `The session is ${state.status}: a late result changes nothing.`,
    status: state.status,
  })
}

function stranger(call: string): Decision<never> {
  return reject({ code: 'unknown_call', message: `This session has no open call ${call}.`, call })
}

export const sessionDecider: Decider<Session, SessionCommand, typeof sessionEvents> = {
  schemas: sessionEvents,
  initial: initialSession,
  decide,
  evolve: (state, event) => evolveSession(state, event as RecordedSessionEvent),
}
