import { z } from '@hono/zod-openapi'
import { AgentExample, Diagnostic, Partner, SectionClaim, SectionTemplate } from '../agents/events.ts'
import { Because, Candidate, Excluded, HandoffMode, Provided } from '../handoffs/events.ts'
import { Actor, EventMeta } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import { AgentName, DocumentName, Epoch, Instant, text } from '../kernel/words.ts'
import { WorkflowLimits } from '../workflows/events.ts'

/** What requests and answers are made of. Lists are read-only: they are views of what the log says. */

const list = <Schema extends z.ZodType>(schema: Schema) => z.array(schema).readonly()
const strings = list(z.string())

export const Problem = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    request: z.string(),
  })
  .openapi('Problem')

export const AgentView = z
  .object({
    name: z.string(),
    description: z.string(),
    tools: strings.nullable(),
    model: z.string().nullable(),
    color: z.string().nullable(),
    sections: list(SectionClaim),
    worksWith: list(Partner),
    requirements: strings,
    summaryFields: strings,
    recovered: z.boolean(),
    source: z.string(),
    /** The event that defines it. */
    event: z.string(),
  })
  .openapi('Agent')
export type AgentView = z.infer<typeof AgentView>

export const AgentDetails = AgentView.extend({
  file: z.string(),
  digest: z.string(),
  prompt: z.string(),
  template: SectionTemplate.nullable(),
  examples: list(AgentExample),
  diagnostics: list(Diagnostic),
}).openapi('AgentDetails')

export const WorkflowView = z
  .object({
    id: z.string(),
    goal: z.string(),
    status: z.string(),
    reason: z.string().nullable(),
    model: z.string(),
    rehearsal: z.boolean(),
    limits: WorkflowLimits.nullable(),
    spent: z.object({ tokens: z.number(), costUsd: z.number() }),
    sessions: z.int(),
    handoffs: z.int(),
    open: z.int(),
    events: z.int(),
    /** What it is a fork of, and the last event they have in common. */
    forkOf: z.object({ workflow: z.string(), at: z.string() }).nullable(),
  })
  .openapi('Workflow')

export const HandoffView = z
  .object({
    id: z.string(),
    workflow: z.string(),
    from: z.string(),
    to: z.string().nullable(),
    need: z.string(),
    status: z.string(),
    mode: z.string(),
    hop: z.int(),
    chain: strings,
    parent: z.string().nullable(),
    session: z.string().nullable(),
    reason: z.string().nullable(),
    missing: strings,
  })
  .openapi('Handoff')

export const SessionView = z
  .object({
    id: z.string(),
    workflow: z.string(),
    agent: z.string(),
    handoff: z.string().nullable(),
    status: z.string(),
    waitsFor: z.string().nullable(),
    reason: z.string().nullable(),
    tokens: z.object({
      inputTokens: z.number(),
      outputTokens: z.number(),
      cacheWriteTokens: z.number(),
      cacheReadTokens: z.number(),
    }),
    costUsd: z.number(),
  })
  .openapi('Session')

export const WaitingView = z
  .object({
    what: z.string(),
    id: z.string(),
    workflow: z.string(),
    reason: z.string(),
    /** The command that moves it; the route of the same words does the same. */
    remedy: z.string(),
    /** Of what waits for an approval. */
    digest: z.string().optional(),
  })
  .openapi('Waiting')

export const WorkflowDetails = WorkflowView.extend({
  handoffTree: list(HandoffView),
  sessionList: list(SessionView),
}).openapi('WorkflowDetails')

const Decision = z.looseObject({ event: z.string(), to: z.string().nullable(), reason: z.string() })
export const EventMention = z.object({ event: z.string(), type: z.string(), at: z.string(), by: z.string() })

export const HandoffDetails = HandoffView.extend({
  context: z.string(),
  provides: list(Provided),
  requirements: strings,
  /** Each requirement, and where it was met. */
  checklist: list(z.object({ requirement: z.string(), met: z.string(), where: z.string() })),
  lease: z
    .object({ worker: z.string(), epoch: z.int(), leaseUntil: z.string(), external: z.boolean() })
    .nullable(),
  deadline: z.string().nullable(),
  /** Agents that said no. */
  declined: strings,
  redrives: z.int(),
  /** Why it was set aside; null unless it is. */
  deadLetter: z
    .object({
      code: z.string().nullable(),
      attempts: z.int(),
      /** Who got the need, one after the other, until it came round. */
      circle: list(z.object({ agent: z.string(), handoff: z.string().optional() })),
    })
    .nullable(),
  answer: z.string().nullable(),
  decisions: list(Decision),
  /** `said`: the reason or note of the event, where it has one. */
  history: list(EventMention.extend({ said: z.string().nullable() })),
}).openapi('HandoffDetails')

export const SessionDetails = SessionView.extend({
  /** The projection `session-transcript`. */
  transcript: z.unknown(),
  events: list(EventMention),
}).openapi('SessionDetails')

/** With who recorded the evidence, and when, where that is known. */
const DatedBecause = Because.extend({ by: z.string().optional(), at: Instant.optional() })
const DatedCandidate = Candidate.extend({ because: z.array(DatedBecause) })

/** Who was chosen, and why. */
export const Choice = z
  .object({
    chosen: z.string().nullable(),
    reason: z.string(),
    /** From 0 to 1. */
    confidence: z.number(),
    /** Of the chosen one. */
    because: list(DatedBecause),
    candidates: list(DatedCandidate),
    excluded: list(Excluded),
    requirements: strings,
    missing: strings,
    policy: z.string(),
  })
  .openapi('Choice')
export type Choice = z.infer<typeof Choice>

export const HandoffAnswer = Choice.extend({
  id: z.string(),
  workflow: z.string(),
  /** The event that recorded the decision. */
  event: z.string(),
}).openapi('HandoffAnswer')

/** A list of `{requirement, value}`, or an object with the requirements as keys. */
export const Provides = z
  .union([
    z.array(z.strictObject(Provided.shape)).max(limits.requirementsMax),
    z
      .record(Provided.shape.requirement, Provided.shape.value)
      .refine((record) => Object.keys(record).length <= limits.requirementsMax, 'has too many requirements'),
  ])
  .transform((given) =>
    Array.isArray(given)
      ? given
      : Object.entries(given).map(([requirement, value]) => ({ requirement, value })),
  )

export const HandoffRequest = z
  .strictObject({
    /** An agent's name, or `person`. */
    from: AgentName,
    need: text(limits.needCharsMax).min(1),
    context: text(limits.contextCharsMax).default(''),
    provides: Provides.default([]),
    /** Without it the router chooses. */
    to: AgentName.nullish(),
    mode: HandoffMode.default('delegate'),
    /** Without it the handoff begins a workflow whose goal is the need. */
    workflow: z.string().max(100).nullish(),
    /** The handoff that the sender works for: its chain and its depth go on. */
    parent: z.string().max(100).nullish(),
    /** Under which the sender accepted `parent`: the need is then its session's, and said once however often. */
    epoch: Epoch.nullish(),
    /** Open by then, it expires. */
    deadline: Instant.nullish(),
  })
  .openapi('HandoffRequest')
export type HandoffRequest = z.infer<typeof HandoffRequest>

export const SectionView = z
  .object({
    document: z.string(),
    section: z.string(),
    heading: z.string(),
    /** The heading in kebab case, as paths name it. */
    path: z.string(),
    owner: z.string().nullable(),
    revision: z.int(),
    by: Actor,
    at: z.string(),
    event: z.string(),
  })
  .openapi('Section')

export const SectionTextView = SectionView.extend({
  text: z.string(),
  /** What the writer should know: sub-headings that the template promises, and the like. */
  notes: strings,
}).openapi('SectionWithText')

export const DocumentView = z
  .object({ document: DocumentName, revision: z.int(), sections: list(SectionView) })
  .openapi('Document')

export const DocumentTextView = DocumentView.extend({ text: z.string() }).openapi('DocumentWithText')

export const EventView = z
  .object({
    id: z.string(),
    type: z.string(),
    version: z.int(),
    stream: z.string(),
    revision: z.int(),
    position: z.string(),
    data: z.unknown(),
    meta: EventMeta,
  })
  .openapi('Event')

export const EventPage = z
  .object({
    events: z.array(EventView),
    /** For `after` of the next page; null when the log ended here. */
    next: z.string().nullable(),
  })
  .openapi('EventPage')

export const AuditEntry = z
  .object({
    kind: z.enum(['refusal', 'unrouted', 'override']),
    event: z.string(),
    type: z.string(),
    stream: z.string(),
    position: z.string(),
    at: z.string(),
    by: Actor,
    reason: z.string(),
    data: z.unknown(),
  })
  .openapi('AuditEntry')

/** WHEN: a position, an ISO time, "2 hours ago", session:ID or event:ID. */
export const When = z.string().min(1).max(200).openapi({ example: '2 hours ago' })

/** For `after` of the next page; null when the list ended here. */
export const Next = z.string().nullable()

export const PageSize = z
  .string()
  .regex(/^[1-9]\d{0,3}$/u, `expected a whole number from 1 to ${limits.httpPageMax}`)
  .transform(Number)
  .pipe(z.int().max(limits.httpPageMax))
  .openapi({ type: 'integer', example: 100 })
