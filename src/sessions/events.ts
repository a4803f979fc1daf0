import { z } from 'zod'
import { Actor } from '../kernel/event.ts'
import type { EventOf, RecordedOf } from '../kernel/event-schema.ts'
import { limitEvents } from '../kernel/limit-events.ts'
import { limits } from '../kernel/limits.ts'
import {
  AgentName,
  CallId,
  Digest,
  DocumentName,
  Epoch,
  EventId,
  HandoffId,
  Instant,
  SectionId,
  text,
  Usd,
  WorkerId,
} from '../kernel/words.ts'

export const Runner = z.enum(['claude', 'rehearsal', 'external'])
export type Runner = z.infer<typeof Runner>

/** What stops a session; each one absent means the default of `kernel/limits.ts`. */
export const SessionLimits = z.object({
  turnsMax: z.int().positive().optional(),
  tokensMax: z.int().positive().optional(),
  costUsdMax: Usd.optional(),
  wallTimeMs: z.int().positive().optional(),
})
export type SessionLimits = z.infer<typeof SessionLimits>

export const Usage = z.object({
  inputTokens: z.int().nonnegative(),
  outputTokens: z.int().nonnegative(),
  cacheWriteTokens: z.int().nonnegative(),
  cacheReadTokens: z.int().nonnegative(),
  thinkingTokens: z.int().nonnegative().optional(),
})
export type Usage = z.infer<typeof Usage>

/** What one model call may use of the limits of its session and its workflow. */
export const Reservation = z.object({ tokens: z.int().nonnegative(), costUsd: Usd })
export type Reservation = z.infer<typeof Reservation>

/** A block of a model's answer, in the Messages API's shapes; kinds Daybook does not know are kept whole. */
export const ContentBlock = z.union([
  z.object({ type: z.literal('text'), text: text(limits.messageCharsMax) }),
  z.object({
    type: z.literal('tool_use'),
    id: z.string().max(200),
    name: z.string().max(200),
    /** Parsed; a string when the model's JSON was broken. */
    input: z.json(),
  }),
  z.looseObject({ type: z.string().max(100) }),
])
export type ContentBlock = z.infer<typeof ContentBlock>

/**
 * What a request adds to the one before it. What stands elsewhere in the session's stream is pointed at,
 * so the log grows with the conversation, not with its square.
 */
export const AppendedMessage = z.union([
  z.object({ role: z.literal('user'), text: text(limits.messageCharsMax) }),
  /** The assistant message of that call's ModelAnswered. */
  z.object({ role: z.literal('assistant'), answer: CallId }),
  /** One user message with the results of these calls, in this order. */
  z.object({ role: z.literal('tools'), results: z.array(CallId).max(limits.toolsMax) }),
])
export type AppendedMessage = z.infer<typeof AppendedMessage>

/** pure: run again. keyed: run again with the same key. probeable: look first. unsafe: ask a person. */
export const ToolClass = z.enum(['pure', 'keyed', 'probeable', 'unsafe'])
export type ToolClass = z.infer<typeof ToolClass>

export const ToolDefinition = z.object({
  name: z.string().max(200),
  description: z.string().max(10_000),
  inputSchema: z.record(z.string(), z.json()),
})
export type ToolDefinition = z.infer<typeof ToolDefinition>

export const SectionGiven = z.object({
  document: DocumentName,
  section: SectionId,
  heading: text(limits.headingCharsMax),
  /** The event that gave the section the text that was shown. */
  event: EventId,
})
export type SectionGiven = z.infer<typeof SectionGiven>

export const SummaryField = z.object({
  label: text(limits.headingCharsMax),
  text: text(limits.summaryCharsMax),
})
export type SummaryField = z.infer<typeof SummaryField>

const by = Actor
const reason = text(limits.reasonCharsMax)

/** Stream `session-<id>`: one run of one agent on one task. */
export const sessionEvents = {
  SessionStarted: z.object({
    agent: AgentName,
    /** The AgentRegistered or AgentRevised that this session runs. */
    agentEvent: EventId,
    task: text(limits.needCharsMax),
    handoff: HandoffId.optional(),
    /** The last event of the log when the memory was read; null for an empty log. */
    memoryAsOf: EventId.nullable(),
    /** A full model id, or `rehearsal`. */
    model: z.string().max(200),
    parameters: z.record(z.string().max(100), z.json()),
    runner: Runner,
    limits: SessionLimits,
    worker: WorkerId.optional(),
    epoch: Epoch.optional(),
  }),
  /** What the model is told first: verbatim, once per session. */
  ContextGiven: z.object({
    /** The last event of agents and memory that it was put together from; null for an empty log. */
    asOf: EventId.nullable().optional(),
    sections: z.array(SectionGiven).max(limits.sectionsMax),
    system: text(limits.systemCharsMax),
    tools: z.array(ToolDefinition).max(limits.toolsMax),
    promptVersion: z.string().max(50),
  }),
  /**
   * The conversation outgrew the window: later requests go on without some of its messages. The first one, the
   * task, stays, with `note` after it; the `dropped` ones after it, before `keptFrom`, are left out.
   */
  ContextTrimmed: z.object({
    keptFrom: z.int().nonnegative(),
    dropped: z.int().nonnegative(),
    reason,
    /** The turns that brought the messages which are left out. */
    turns: z.object({ from: z.int().positive(), to: z.int().positive() }).optional(),
    /** Of the messages that are left out, as canonical JSON. */
    digest: Digest.optional(),
    /** What the model is told of it. */
    note: text(limits.noteCharsMax).optional(),
    /** The call that did not fit, which is given up. */
    call: CallId.optional(),
  }),
  /** Intent, durable before the call. */
  ModelCalled: z.object({
    call: CallId,
    turn: z.int().positive(),
    attempt: z.int().positive(),
    /** Of the previous request's digest and what was appended. */
    requestDigest: Digest,
    /** Empty for a second attempt. */
    appended: z.array(AppendedMessage).max(limits.toolsMax),
    epoch: Epoch.optional(),
    /** What the call may use at most. Its answer or its failure settles it. */
    reserved: Reservation.optional(),
  }),
  ModelAnswered: z.object({
    call: CallId,
    content: z.array(ContentBlock).max(1_000),
    /** Of the content, as canonical JSON: a changed byte is found where it is. */
    digest: Digest.optional(),
    stopReason: z.string().max(100),
    usage: Usage,
    costUsd: Usd,
    /** The model that answered, where it says so. */
    model: z.string().max(200).optional(),
    requestId: z.string().max(200).optional(),
  }),
  ModelFailed: z.object({
    call: CallId,
    attempt: z.int().positive(),
    kind: z.string().max(100),
    message: reason,
    retryable: z.boolean(),
    retryAfterMs: z.int().nonnegative().optional(),
    partial: z.array(ContentBlock).max(1_000).optional(),
    usage: Usage.optional(),
    costUsd: Usd.optional(),
  }),
  /** Intent, durable before the effect. */
  ToolCalled: z.object({
    /** Derived from the model call and the block. */
    toolUse: CallId,
    /** The model call that asked for it. */
    call: CallId,
    /** Index of its block in the answer. */
    block: z.int().nonnegative(),
    tool: z.string().max(200),
    input: z.json(),
    class: ToolClass,
    /** Given to keyed tools, so that a second run does nothing new. */
    key: z.string().max(200),
    epoch: Epoch.optional(),
  }),
  ToolReturned: z.object({
    toolUse: CallId,
    output: text(limits.toolOutputCharsMax),
    isError: z.boolean(),
    /** Of the output as it stands here. */
    digest: Digest.optional(),
    /** Set when the output was longer than the limit: its whole length and digest. */
    cutFrom: z.object({ chars: z.int().positive(), digest: Digest }).optional(),
    epoch: Epoch.optional(),
  }),
  /** The process died between intent and result of a tool that must not run twice. */
  OutcomeUnknown: z.object({ toolUse: CallId, tool: z.string().max(200) }),
  OutcomeDecided: z.object({
    toolUse: CallId,
    decision: z.enum(['retry', 'skip', 'fail']),
    by,
    note: reason.optional(),
  }),
  SectionRead: z.object({ document: DocumentName, section: SectionId, event: EventId, toolUse: CallId }),
  /** A file that is no document: by digest. `null` digest: it was removed. */
  FileChanged: z.object({
    path: z.string().max(4_000),
    digest: Digest.nullable(),
    bytes: z.int().nonnegative(),
    toolUse: CallId,
  }),
  EditRefused: z.object({
    document: DocumentName,
    section: SectionId.optional(),
    heading: text(limits.headingCharsMax).optional(),
    owner: AgentName.nullable().optional(),
    code: z.string().max(100),
    reason,
    /** Of the refused text, which is not kept. */
    digest: Digest,
    length: z.int().nonnegative(),
    toolUse: CallId.optional(),
  }),
  ApprovalRequested: z.object({
    approval: CallId,
    toolUse: CallId.optional(),
    what: text(limits.reasonCharsMax),
    /** Of what was shown: a grant is for exactly that. */
    digest: Digest,
  }),
  ApprovalGranted: z.object({ approval: CallId, digest: Digest, by, note: reason.optional() }),
  ApprovalDenied: z.object({ approval: CallId, digest: Digest, by, note: reason.optional() }),
  BudgetReserved: z.object({ call: CallId, tokens: z.int().nonnegative(), costUsd: Usd }),
  BudgetSettled: z.object({ call: CallId, tokens: z.int().nonnegative(), costUsd: Usd }),
  ...limitEvents,
  LeaseRenewed: z.object({ worker: WorkerId, epoch: Epoch, leaseUntil: Instant }),
  SummaryRecorded: z.object({
    fields: z.array(SummaryField).max(limits.summaryFieldsMax * 2),
    /** Labels that the agent's file asks for and the text lacks. */
    missing: z.array(text(limits.headingCharsMax)).max(limits.summaryFieldsMax),
    raw: text(limits.summaryCharsMax),
  }),
  SessionPaused: z.object({
    reason,
    waitsFor: z.enum(['answer', 'approval', 'outcome', 'limit', 'person']).optional(),
  }),
  SessionResumed: z.object({ reason, worker: WorkerId.optional(), epoch: Epoch.optional() }),
  SessionCompleted: z.object({ notes: z.array(reason).max(100) }),
  SessionFailed: z.object({ code: z.string().max(100), reason }),
  SessionCancelled: z.object({ by, reason }),
} as const
export type SessionEvent = EventOf<typeof sessionEvents>
export type RecordedSessionEvent = RecordedOf<SessionEvent>
