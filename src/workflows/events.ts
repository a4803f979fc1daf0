import { z } from 'zod'
import { Actor } from '../kernel/event.ts'
import type { EventOf, RecordedOf } from '../kernel/event-schema.ts'
import { limitEvents } from '../kernel/limit-events.ts'
import { limits } from '../kernel/limits.ts'
import { AgentName, EventId, text, Usd, WorkflowId } from '../kernel/words.ts'

/** What stops a workflow. All of them are set when it starts; a person may raise one. */
export const WorkflowLimits = z.object({
  /** Handoffs between the goal and the deepest session. */
  depthMax: z.int().positive(),
  handoffsMax: z.int().positive(),
  turnsPerSessionMax: z.int().positive(),
  tokensMax: z.int().positive(),
  costUsdMax: Usd,
  wallTimePerSessionMs: z.int().positive(),
  /** Of one session; absent: only the workflow's own limit holds it. */
  tokensPerSessionMax: z.int().positive().optional(),
  costPerSessionUsdMax: Usd.optional(),
})
export type WorkflowLimits = z.infer<typeof WorkflowLimits>

/** The agents a workflow started with, pinned to the events that define them. */
export const RosterEntry = z.object({
  agent: AgentName,
  event: EventId,
  /** It lives elsewhere: what is handed to it waits in its inbox, and no worker of Daybook takes it. */
  external: z.literal(true).optional(),
})
export type RosterEntry = z.infer<typeof RosterEntry>

const reason = text(limits.reasonCharsMax)
const by = Actor

/** Stream `workflow-<id>`: a goal and the tree of handoffs that serve it. */
export const workflowEvents = {
  WorkflowStarted: z.object({
    goal: text(limits.goalCharsMax),
    entry: AgentName.optional(),
    roster: z.array(RosterEntry).max(limits.agentFilesMax),
    limits: WorkflowLimits,
    /** A full model id, an alias, or `rehearsal`. */
    model: z.string().max(200),
    by,
  }),
  WorkflowForked: z.object({
    parent: WorkflowId,
    at: EventId,
    overrides: z.record(z.string().max(100), z.json()),
    by,
  }),
  ...limitEvents,
  WorkflowPaused: z.object({ by, reason }),
  WorkflowResumed: z.object({ by, reason }),
  WorkflowCompleted: z.object({
    sessions: z.int().nonnegative(),
    handoffs: z.int().nonnegative(),
    /** Handoffs that nobody could take, and those that failed: a person may still move them. */
    unrouted: z.int().nonnegative(),
    failed: z.int().nonnegative(),
  }),
  WorkflowFailed: z.object({ code: z.string().max(100), reason }),
  WorkflowCancelled: z.object({ by, reason }),
} as const
export type WorkflowEvent = EventOf<typeof workflowEvents>
export type RecordedWorkflowEvent = RecordedOf<WorkflowEvent>
