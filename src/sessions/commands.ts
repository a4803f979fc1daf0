import type { Actor } from '../kernel/event.ts'
import type { SessionEvent } from './events.ts'

export type SessionDataOf<Type extends SessionEvent['type']> = Extract<SessionEvent, { type: Type }>['data']

export type SessionCommand =
  | ({ readonly type: 'StartSession' } & SessionDataOf<'SessionStarted'>)
  /** Context and first request go in together: after a crash both are there, or neither. */
  | {
      readonly type: 'OpenConversation'
      readonly context: SessionDataOf<'ContextGiven'>
      readonly call: SessionDataOf<'ModelCalled'>
    }
  /** For a session whose model runs elsewhere: what it was told when it began, once. */
  | ({ readonly type: 'GiveContext' } & SessionDataOf<'ContextGiven'>)
  /** For a session whose model runs elsewhere: what the tools there did. Whoever tells it tells it once. */
  | { readonly type: 'RecordFindings'; readonly findings: readonly ToolFinding[] }
  | ({ readonly type: 'CallModel' } & SessionDataOf<'ModelCalled'>)
  /** Gives up a call that did not fit, and goes on with a part of the conversation. */
  | ({ readonly type: 'TrimContext' } & SessionDataOf<'ContextTrimmed'>)
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
  /** Pauses the session until a person has decided about exactly what was shown. */
  | ({ readonly type: 'RequestApproval' } & SessionDataOf<'ApprovalRequested'>)
  | ({ readonly type: 'GrantApproval' } & SessionDataOf<'ApprovalGranted'>)
  | ({ readonly type: 'DenyApproval' } & SessionDataOf<'ApprovalDenied'>)
  | ({ readonly type: 'ReachLimit' } & SessionDataOf<'LimitReached'>)
  | ({ readonly type: 'RaiseLimit' } & SessionDataOf<'LimitRaised'>)
  | ({ readonly type: 'RecordSummary' } & SessionDataOf<'SummaryRecorded'>)
  | ({ readonly type: 'PauseSession' } & SessionDataOf<'SessionPaused'>)
  | ({ readonly type: 'ResumeSession' } & SessionDataOf<'SessionResumed'>)
  | { readonly type: 'CompleteSession'; readonly notes: string[] }
  | ({ readonly type: 'FailSession' } & SessionDataOf<'SessionFailed'>)
  | { readonly type: 'CancelSession'; readonly by: Actor; readonly reason: string }

export type ToolFinding = Extract<SessionEvent, { type: 'SectionRead' | 'FileChanged' | 'EditRefused' }>

/** The one command, or those, of a type. */
export type SessionCommandOf<Type extends SessionCommand['type']> = Extract<SessionCommand, { type: Type }>
