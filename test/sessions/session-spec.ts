import type { SessionCommand } from '../../src/sessions/commands.ts'
import { sessionDecider } from '../../src/sessions/decider.ts'
import type { SessionEvent } from '../../src/sessions/events.ts'
import type { SessionStatus } from '../../src/sessions/session.ts'
import { digest, eventId, person } from '../projections/events.ts'
import { specification } from '../specification.ts'

/** A session's life in events and commands, for its tests. */

export const spec = specification(sessionDecider, 'session-one')
export const { given } = spec

type Data<Type extends SessionEvent['type']> = Extract<SessionEvent, { type: Type }>['data']
type Command<Type extends SessionCommand['type']> = Extract<SessionCommand, { type: Type }>

const by = person
const facts: Data<'SessionStarted'> = {
  agent: 'backend-architect',
  agentEvent: eventId(1),
  task: 'Design the upload.',
  memoryAsOf: null,
  model: 'rehearsal',
  parameters: {},
  runner: 'rehearsal',
  limits: {},
}
const context: Data<'ContextGiven'> = {
  sections: [],
  system: 'You are…',
  tools: [],
  promptVersion: 'prompt-1',
}
const usage = { inputTokens: 100, outputTokens: 20, cacheWriteTokens: 5, cacheReadTokens: 50 }

export const intent = (fields: Partial<Data<'ModelCalled'>> = {}): Data<'ModelCalled'> => ({
  call: 'c1',
  turn: 1,
  attempt: 1,
  requestDigest: digest,
  appended: [{ role: 'user', text: 'Begin.' }],
  ...fields,
})
const text = (words: string) => ({ type: 'text' as const, text: words })
export const toolBlock = (id: string, name = 'memory') => ({
  type: 'tool_use' as const,
  id,
  name,
  input: { command: 'view' },
})
export const answerData = (fields: Partial<Data<'ModelAnswered'>> = {}): Data<'ModelAnswered'> => ({
  call: 'c1',
  content: [text('I look.'), toolBlock('t1')],
  stopReason: 'tool_use',
  usage,
  costUsd: 0.25,
  ...fields,
})
export const failure = (fields: Partial<Data<'ModelFailed'>> = {}): Data<'ModelFailed'> => ({
  call: 'c1',
  attempt: 1,
  kind: 'overloaded',
  message: 'Try later.',
  retryable: true,
  ...fields,
})
const toolIntent: Data<'ToolCalled'> = {
  toolUse: 'c1/1',
  call: 'c1',
  block: 1,
  tool: 'memory',
  input: { command: 'view' },
  class: 'unsafe',
  key: 'k1',
}
const result: Data<'ToolReturned'> = { toolUse: 'c1/1', output: 'insights.md', isError: false }
const summaryData: Data<'SummaryRecorded'> = {
  fields: [{ label: 'Work Done', text: 'Upload.' }],
  missing: [],
  raw: '**Work Done**: Upload.',
}

export const started: SessionEvent = { type: 'SessionStarted', data: facts }
export const opened: SessionEvent[] = [
  { type: 'ContextGiven', data: context },
  { type: 'ModelCalled', data: intent() },
]
export const answered = (fields: Partial<Data<'ModelAnswered'>> = {}): SessionEvent => ({
  type: 'ModelAnswered',
  data: answerData(fields),
})
export const modelFailed: SessionEvent = { type: 'ModelFailed', data: failure() }
export const calledAgain = (attempt: number, epoch?: number): SessionEvent => ({
  type: 'ModelCalled',
  data: { ...intent({ attempt, appended: [] }), ...(epoch === undefined ? {} : { epoch }) },
})
export const toolCalled: SessionEvent = { type: 'ToolCalled', data: toolIntent }
export const toolReturned: SessionEvent = { type: 'ToolReturned', data: result }
export const outcomeUnknown: SessionEvent[] = [
  { type: 'OutcomeUnknown', data: { toolUse: 'c1/1', tool: 'memory' } },
  { type: 'SessionPaused', data: { reason: 'Decide.', waitsFor: 'outcome' } },
]
export const paused: SessionEvent = { type: 'SessionPaused', data: { reason: 'Lunch.' } }
export const summed: SessionEvent = { type: 'SummaryRecorded', data: summaryData }

export const running = [started, ...opened, answered(), toolCalled]
export const storyOf: Record<SessionStatus, readonly SessionEvent[]> = {
  none: [],
  running,
  paused: [...running, paused],
  completed: [...running, toolReturned, summed, { type: 'SessionCompleted', data: { notes: [] } }],
  failed: [...running, { type: 'SessionFailed', data: { code: 'refused', reason: 'No.' } }],
  cancelled: [...running, { type: 'SessionCancelled', data: { by, reason: 'Not needed.' } }],
}
export const statuses = Object.keys(storyOf) as SessionStatus[]

export const start: SessionCommand = { type: 'StartSession', ...facts }
export const open: SessionCommand = { type: 'OpenConversation', context, call: intent() }
export const callModel = (fields: Partial<Data<'ModelCalled'>> = {}): SessionCommand => ({
  type: 'CallModel',
  ...intent({ call: 'c2', turn: 2, appended: [], ...fields }),
})
export const recordAnswer = (fields: Partial<Data<'ModelAnswered'>> = {}): SessionCommand => ({
  type: 'RecordAnswer',
  ...answerData(fields),
})
export const recordFailure = (fields: Partial<Data<'ModelFailed'>> = {}): SessionCommand => ({
  type: 'RecordFailure',
  failure: failure(fields),
})
export const callTool = (fields: Partial<Data<'ToolCalled'>> = {}): SessionCommand => ({
  type: 'CallTool',
  ...toolIntent,
  ...fields,
})
export const returnTool = (fields: Partial<Command<'ReturnTool'>> = {}): SessionCommand => ({
  type: 'ReturnTool',
  findings: [],
  ...result,
  ...fields,
})
export const leaveUnknown: SessionCommand = { type: 'LeaveOutcomeUnknown', toolUse: 'c1/1', tool: 'memory' }
export const decideOutcome = (decision: 'retry' | 'skip' | 'fail', toolUse = 'c1/1'): SessionCommand => ({
  type: 'DecideOutcome',
  toolUse,
  decision,
  by,
})
export const reach: SessionCommand = { type: 'ReachLimit', limit: 'turns', max: 30, reached: 30 }
export const raise = (max = 40): SessionCommand => ({ type: 'RaiseLimit', limit: 'turns', max, by })
export const recordSummary: SessionCommand = { type: 'RecordSummary', ...summaryData }
export const pause: SessionCommand = { type: 'PauseSession', reason: 'Lunch.' }
export const resume: SessionCommand = { type: 'ResumeSession', reason: 'Back.' }
export const complete: SessionCommand = { type: 'CompleteSession', notes: [] }
export const fail: SessionCommand = { type: 'FailSession', code: 'refused', reason: 'No.' }
export const cancel: SessionCommand = { type: 'CancelSession', by, reason: 'Not needed.' }
