import { z } from 'zod'
import { Actor } from '../kernel/event.ts'
import type { EventOf, RecordedOf } from '../kernel/event-schema.ts'
import { limits } from '../kernel/limits.ts'
import {
  AgentName,
  Epoch,
  EventId,
  HandoffId,
  Instant,
  SessionId,
  text,
  WorkerId,
  WorkflowId,
} from '../kernel/words.ts'

/** One rule that moved a candidate, with the words or the edge that matched. */
export const Because = z.object({
  rule: z.enum([
    'named',
    'recorded_partner',
    'declared_partner',
    'anchor',
    'text',
    'ngrams',
    'popularity',
    'friend_of_friend',
    'note',
    'phrase',
    'kinship',
    'planner',
    'second_opinion',
  ]),
  /** From 0 to 1: the feature, divided by its maximum over the candidates. */
  value: z.number(),
  weight: z.number(),
  /** For people: the words or the line that matched. */
  evidence: text(limits.noteCharsMax),
  /** The event that recorded the evidence. */
  event: EventId.optional(),
})
export type Because = z.infer<typeof Because>

export const Candidate = z.object({ agent: AgentName, score: z.number(), because: z.array(Because).max(20) })
export type Candidate = z.infer<typeof Candidate>

export const Excluded = z.object({
  agent: AgentName,
  reason: z.enum(['sender', 'loop', 'not_in_roster', 'retired', 'declined']),
})
export type Excluded = z.infer<typeof Excluded>

/** What a decision was made from, so that another policy can be replayed over history. */
export const RoutingInputs = z.object({
  /** The last event of the log that the decision had seen. */
  asOf: EventId.nullable(),
  /** The agents that were considered, by the events that define them. */
  roster: z.array(EventId).max(limits.agentFilesMax),
})
export type RoutingInputs = z.infer<typeof RoutingInputs>

/** What a model said about a close call; it calls nobody in when it is read again. */
export const Opinion = z.object({
  model: z.string().max(200),
  /** The candidates that it was asked to choose from. */
  between: z.array(AgentName).max(limits.candidatesRecordedMax),
  /** Null: none of them, or it failed. */
  chosen: AgentName.nullable(),
  reason: text(limits.noteCharsMax),
  costUsd: z.number().nonnegative(),
  /** Why there is no answer. */
  failed: text(limits.noteCharsMax).optional(),
})
export type Opinion = z.infer<typeof Opinion>

export const HandoffMode = z.enum(['delegate', 'ask'])
export type HandoffMode = z.infer<typeof HandoffMode>

/** One requirement of the receiver and what the sender said to it. */
export const Provided = z.object({ requirement: text(limits.noteCharsMax), value: text(limits.needCharsMax) })
export type Provided = z.infer<typeof Provided>

/** One station of a circle: who got the need, with which handoff; none for who began it. The last one would get it again. */
export const Station = z.object({ agent: AgentName, handoff: HandoffId.optional() })
export type Station = z.infer<typeof Station>

const reason = text(limits.reasonCharsMax)
const requirements = z.array(text(limits.noteCharsMax)).max(limits.requirementsMax)

/** Stream `handoff-<id>`. */
export const handoffEvents = {
  HandoffRequested: z.object({
    /** Who hands over: a person or an agent. */
    from: Actor,
    need: text(limits.needCharsMax),
    context: text(limits.contextCharsMax),
    provides: z.array(Provided).max(limits.requirementsMax),
    /** Named by the sender; otherwise the router chooses. */
    to: AgentName.optional(),
    mode: HandoffMode,
    workflow: WorkflowId,
    /** The session that handed over, and the handoff that session serves. */
    session: SessionId.optional(),
    parent: HandoffId.optional(),
    /** 0 for a workflow's first handoff. */
    hop: z.int().nonnegative(),
    /** The agents on the way here, the first one first. */
    chain: z.array(AgentName).max(100),
    /** When nobody needs it any more: what is open by then expires. */
    deadline: Instant.optional(),
  }),
  HandoffRouted: z.object({
    to: AgentName,
    /** From 0 to 1: how often a choice like this one is right; 1 when the sender named it. */
    confidence: z.number(),
    reason,
    candidates: z.array(Candidate).max(limits.candidatesRecordedMax),
    excluded: z.array(Excluded).max(limits.agentFilesMax),
    policy: z.string().max(100),
    inputs: RoutingInputs,
    /** The receiver's requirements at that time. */
    requirements,
    /** Those that the sender did not provide; work goes on all the same (a person's goal). */
    missing: requirements,
    /** Where one was asked for, about a close call. */
    opinion: Opinion.optional(),
  }),
  HandoffUnrouted: z.object({
    code: z.string().max(100),
    reason,
    candidates: z.array(Candidate).max(limits.candidatesRecordedMax),
    excluded: z.array(Excluded).max(limits.agentFilesMax),
    policy: z.string().max(100),
    inputs: RoutingInputs,
  }),
  /** The receiver's requirements that the sender has to fill in before anyone works. */
  HandoffReturned: z.object({ to: AgentName, missing: requirements }),
  HandoffSupplied: z.object({
    by: Actor,
    provides: z.array(Provided).max(limits.requirementsMax),
    context: text(limits.contextCharsMax).optional(),
    /** A person lets it go on without the rest. */
    forced: z.literal(true).optional(),
    note: reason.optional(),
  }),
  HandoffAccepted: z.object({
    worker: WorkerId,
    epoch: Epoch,
    session: SessionId,
    leaseUntil: Instant,
    /** The agent lives elsewhere: Daybook runs no session for it. */
    external: z.literal(true).optional(),
  }),
  /** A lease renewed or given up, or steps that the session has on record. */
  HandoffProgressed: z.object({
    note: reason,
    worker: WorkerId.optional(),
    epoch: Epoch.optional(),
    leaseUntil: Instant.optional(),
    steps: z.int().nonnegative().optional(),
    released: z.literal(true).optional(),
  }),
  /** It goes to somebody else; `epoch` and `session` are there when it had been accepted. */
  HandoffDeclined: z.object({
    by: AgentName,
    reason,
    epoch: Epoch.optional(),
    session: SessionId.optional(),
  }),
  HandoffCompleted: z.object({ session: SessionId, epoch: Epoch, answer: text(limits.summaryCharsMax) }),
  HandoffFailed: z.object({
    session: SessionId.optional(),
    epoch: Epoch.optional(),
    code: z.string().max(100),
    reason,
  }),
  HandoffExpired: z.object({ reason }),
  HandoffCancelled: z.object({ by: Actor, reason }),
  /** Given up after `attempts` attempts; a person may redrive it. */
  HandoffDeadLettered: z.object({
    reason,
    attempts: z.int().nonnegative(),
    code: z.enum(['attempts', 'circle', 'depth', 'declined']).optional(),
    /** The stations of one need that came round. */
    circle: z.array(Station).max(100).optional(),
  }),
  HandoffRedriven: z.object({ by: Actor, to: AgentName.optional(), reason }),
  /** A result that came after its lease was lost: on record, and nothing else. */
  LateResultRecorded: z.object({
    worker: WorkerId,
    epoch: Epoch,
    session: SessionId,
    outcome: z.string().max(100),
    /** What it said, so that nobody's work is lost to people. */
    answer: text(limits.summaryCharsMax).optional(),
  }),
} as const
export type HandoffEvent = EventOf<typeof handoffEvents>
export type RecordedHandoffEvent = RecordedOf<HandoffEvent>
