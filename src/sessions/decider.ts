import { accept, type Decider, type Decision, reject } from '../kernel/decider.ts'
import { unreachable } from '../kernel/errors.ts'
import { type ApprovalCommand, approvalOpen, decideApproval } from './approval.ts'
import type { SessionCommand, SessionCommandOf, SessionDataOf } from './commands.ts'
import type { ToolUse } from './conversation.ts'
import { type RecordedSessionEvent, type SessionEvent, sessionEvents } from './events.ts'
import { evolveSession, initialSession, isEnded, type Session, unknownOutcomes } from './session.ts'

type ModelCommand = SessionCommandOf<'CallModel' | 'RecordAnswer' | 'RecordFailure' | 'TrimContext'>
type ToolCommand = SessionCommandOf<'CallTool' | 'ReturnTool' | 'LeaveOutcomeUnknown' | 'DecideOutcome'>

function decide(command: SessionCommand, state: Session): Decision<SessionEvent> {
  if (command.type === 'StartSession') {
    const { type: _, ...data } = command
    return state.status === 'none' ? accept({ type: 'SessionStarted', data }) : accept()
  }
  if (state.status === 'none') return reject({ code: 'not_found', message: 'There is no such session.' })
  switch (command.type) {
    case 'OpenConversation': {
      if (isEnded(state)) return ended(state)
      const { context, call } = command
      if (isOutdated(call, state)) return leaseLost()
      const called: SessionEvent = { type: 'ModelCalled', data: call }
      if (state.context === null) return accept<SessionEvent>({ type: 'ContextGiven', data: context }, called)
      return state.requestDigest === null ? accept(called) : accept()
    }
    case 'GiveContext':
    case 'RecordFindings':
      return isEnded(state) ? ended(state) : decideElsewhere(command, state)
    case 'CallModel':
    case 'RecordAnswer':
    case 'RecordFailure':
    case 'TrimContext':
      return isEnded(state) ? ended(state) : decideModel(command, state)
    case 'CallTool':
    case 'ReturnTool':
    case 'LeaveOutcomeUnknown':
    case 'DecideOutcome':
      return isEnded(state) ? ended(state) : decideTool(command, state)
    case 'RequestApproval':
    case 'GrantApproval':
    case 'DenyApproval':
      return isEnded(state) ? ended(state) : decideApproval(command, state)
    default:
      return decideCourse(command, state)
  }
}

/** Of a session that Daybook does not run there is no model call to hold on to, and none is made up. */
function decideElsewhere(
  command: SessionCommandOf<'GiveContext' | 'RecordFindings'>,
  state: Session,
): Decision<SessionEvent> {
  if (state.started?.runner !== 'external')
    return reject({ code: 'not_external', message: 'Daybook runs this session itself.' })
  if (command.type === 'RecordFindings') return accept<SessionEvent>(...command.findings)
  const { type: _, ...data } = command
  return state.context === null ? accept<SessionEvent>({ type: 'ContextGiven', data }) : accept()
}

function decideModel(command: ModelCommand, state: Session): Decision<SessionEvent> {
  switch (command.type) {
    case 'CallModel': {
      const { type: _, ...data } = command
      if (state.status === 'paused') return reject({ code: 'paused', message: 'The session is paused.' })
      if (isOutdated(data, state)) return leaseLost()
      const pending = state.pending
      if (pending !== null && (pending.call !== data.call || data.attempt <= pending.attempt)) {
        return callOpen(pending.call)
      }
      if (pending === null && data.turn <= state.turns) return accept()
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
      const { pending } = state
      if (pending?.call !== failure.call || pending.attempt !== failure.attempt) return stranger(failure.call)
      if (pending.failure !== null) return accept()
      return accept<SessionEvent>({ type: 'ModelFailed', data: failure })
    }
    case 'TrimContext': {
      const { type: _, ...data } = command
      const { pending, trimmed } = state
      if (trimmed?.digest === data.digest && pending === null && trimmed !== null) return accept()
      if (pending !== null && pending.failure === null) return callOpen(pending.call)
      if (data.call !== undefined && pending?.call !== data.call) return stranger(data.call)
      return accept<SessionEvent>({ type: 'ContextTrimmed', data })
    }
    default:
      return unreachable(command)
  }
}

function decideTool(command: ToolCommand, state: Session): Decision<SessionEvent> {
  const use = Object.hasOwn(state.toolUses, command.toolUse) ? state.toolUses[command.toolUse] : undefined
  switch (command.type) {
    case 'CallTool': {
      const { type: _, ...data } = command
      if (use?.status === 'returned' || use?.status === 'unknown') return accept()
      if (isOutdated(data, state)) return leaseLost()
      if (use?.status === 'called') return callOpen(data.toolUse)
      return state.answer?.call === data.call ? accept({ type: 'ToolCalled', data }) : stranger(data.call)
    }
    case 'ReturnTool': {
      const { type: _, findings, ...data } = command
      if (use === undefined) return stranger(data.toolUse)
      if (use.status === 'returned') return accept()
      // Meanwhile it may have been called anew: that call's result is not this one.
      if (isOutdated(data, state)) return leaseLost()
      return accept<SessionEvent>(...findings, { type: 'ToolReturned', data })
    }
    case 'LeaveOutcomeUnknown': {
      const { type: _, ...data } = command
      if (use?.status !== 'called') return accept()
      const reason = `It is not known whether ${data.tool} took effect before the process died. Decide: retry, skip or fail.`
      return accept<SessionEvent>(
        { type: 'OutcomeUnknown', data },
        { type: 'SessionPaused', data: { reason, waitsFor: 'outcome' } },
      )
    }
    case 'DecideOutcome':
      return decideUnknown(command, state)
    default:
      return unreachable(command)
  }
}

/** A person says what became of a call. With the last one that was unknown the session goes on. */
function decideUnknown(command: SessionCommandOf<'DecideOutcome'>, state: Session): Decision<SessionEvent> {
  const { type: _, ...data } = command
  const known = Object.hasOwn(state.toolUses, data.toolUse) ? state.toolUses[data.toolUse] : undefined
  if (known !== undefined && known.decision === data.decision) return accept()
  if (known?.status !== 'unknown') {
    return reject({
      code: 'nothing_to_decide',
      message: `No tool call of this session has an unknown outcome under ${data.toolUse}.`,
    })
  }
  const decided: SessionEvent = { type: 'OutcomeDecided', data }
  if (state.paused?.waitsFor !== 'outcome' || unknownOutcomes(state).length > 1) return accept(decided)
  const reason = `It was decided what became of ${known.tool}: ${data.decision}.`
  return accept<SessionEvent>(decided, { type: 'SessionResumed', data: { reason } })
}

type CourseCommand = Exclude<
  SessionCommand,
  | SessionCommandOf<'StartSession' | 'OpenConversation' | 'GiveContext' | 'RecordFindings'>
  | ModelCommand
  | ToolCommand
  | ApprovalCommand
>

function decideCourse(command: CourseCommand, state: Session): Decision<SessionEvent> {
  if (isEnded(state)) return endOf[command.type] === state.status ? accept() : ended(state)
  const { type, ...data } = command
  switch (command.type) {
    case 'ReachLimit':
    case 'RaiseLimit':
      return decideLimit(command, state)
    case 'RecordSummary':
      if (state.summary !== null && state.summary.raw === command.raw) return accept()
      return accept({ type: 'SummaryRecorded', data: data as SessionDataOf<'SummaryRecorded'> })
    case 'PauseSession':
      return state.status === 'paused'
        ? accept()
        : accept({ type: 'SessionPaused', data: data as SessionDataOf<'SessionPaused'> })
    case 'ResumeSession': {
      if (isOutdated(command, state)) return leaseLost()
      if (state.status === 'running') return accept()
      const [unknown] = unknownOutcomes(state)
      if (unknown !== undefined) return outcomeUnknown(unknown)
      const resumed = { type: 'SessionResumed', data: data as SessionDataOf<'SessionResumed'> } as const
      return approvalOpen(state) ?? accept<SessionEvent>(resumed)
    }
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

/** The status in which a command has said all it can say. */
const endOf: Partial<Record<SessionCommand['type'], Session['status']>> = {
  CompleteSession: 'completed',
  FailSession: 'failed',
  CancelSession: 'cancelled',
}

function decideLimit(
  command: SessionCommandOf<'ReachLimit' | 'RaiseLimit'>,
  state: Session,
): Decision<SessionEvent> {
  const { type, ...data } = command
  if (type === 'ReachLimit') {
    const known = state.limitsReached[data.limit]
    const same = known !== undefined && known.max === command.max && known.reached === command.reached
    return same ? accept() : accept({ type: 'LimitReached', data: data as SessionDataOf<'LimitReached'> })
  }
  if (state.limitsRaised[data.limit] === data.max) return accept()
  return accept({ type: 'LimitRaised', data: data as SessionDataOf<'LimitRaised'> })
}

/** Another worker has gone on with the session since: the epoch of a lease fences what a late one intends. */
function isOutdated(intent: { readonly epoch?: number | undefined }, state: Session): boolean {
  return intent.epoch !== undefined && intent.epoch < state.epoch
}

function leaseLost(): Decision<never> {
  return reject({ code: 'lease_lost', message: 'Another worker has gone on with this session.' })
}

function outcomeUnknown({ toolUse, tool }: ToolUse): Decision<never> {
  const message = `It is not known what became of ${tool}: decide that first, with retry, skip or fail.`
  return reject({ code: 'outcome_unknown', message, toolUse })
}

function callOpen(call: string): Decision<never> {
  return reject({ code: 'call_open', message: `The call ${call} has no result yet.`, call })
}

function ended(state: Session): Decision<never> {
  return reject({
    code: 'ended',
    message: `The session had ended, it is ${state.status}: nothing that comes after changes it.`,
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
