import type { AgentDefinition } from '../agents/events.ts'
import { handoffDecider } from '../handoffs/decider.ts'
import { type HandoffEvent, handoffEvents, type Opinion } from '../handoffs/events.ts'
import type { Handoff } from '../handoffs/handoff.ts'
import { routingQuestion } from '../handoffs/question.ts'
import type { RoutingDecision, RoutingQuestion } from '../handoffs/router.ts'
import type { RoutingKnowledge } from '../handoffs/routing/knowledge.ts'
import type { RoutingPolicy } from '../handoffs/routing/policy.ts'
import { routeWithOpinion } from '../handoffs/second-opinion.ts'
import type { Position, RecordedEvent } from '../kernel/event.ts'
import { isEventOf } from '../kernel/event-schema.ts'
import { limits } from '../kernel/limits.ts'
import type { RosterEntry } from '../workflows/events.ts'
import { LogView } from './log-view.ts'
import type { Project } from './project.ts'
import { routingKnowledge } from './routing-knowledge.ts'

/** A recorded decision that would be another one now. */
export interface Redirected {
  readonly handoff: string
  /** The event that recorded the decision. */
  readonly event: string
  readonly at: string
  readonly from: string
  readonly need: string
  readonly was: string | null
  readonly now: string | null
  readonly policyWas: string
  readonly reasonWas: string
  readonly reasonNow: string
}

export interface RoutingReplay {
  readonly policy: string
  /** Recorded decisions that were looked at. */
  readonly decisions: number
  readonly elsewhere: number
  /** Milliseconds for each decision, reading the log included. */
  readonly msPerDecision: number
  /** In the log's order; at most `routingDifferencesMax` of them. */
  readonly differences: readonly Redirected[]
}

export interface ReplayOptions {
  readonly policy: RoutingPolicy
  /** Instead of the agents that each workflow had. */
  readonly definitions?: readonly AgentDefinition[]
  /** Decisions after this position; all of them when absent. */
  readonly after?: Position | null
  readonly onProgress?: (done: number, total: number) => void
}

interface Recorded {
  readonly event: string
  readonly at: string
  readonly handoff: string
  readonly question: RoutingQuestion
  readonly roster: readonly RosterEntry[]
  readonly asOf: string | null
  readonly was: string | null
  readonly policyWas: string
  readonly reasonWas: string
  readonly opinion: Opinion | undefined
}

/**
 * Decides everything again that was ever routed, from what the log held at that time, by one policy. Reads the log
 * twice and calls no model: what a model was asked for a second opinion stands in the decision. Writes nothing.
 */
export async function replayRouting(project: Project, options: ReplayOptions): Promise<RoutingReplay> {
  const startedMs = performance.now()
  const recorded = await recordedDecisions(project, options.after ?? null)
  const knowledgeOf = knowledgeWith(options.definitions)
  const differences: Redirected[] = []
  let done = 0
  let elsewhere = 0
  const decide = (one: Recorded, view: LogView) => {
    const { policy } = options
    const knowledge = knowledgeOf(view, one.roster)
    const now = routeWithOpinion(one.question, knowledge, { policy, opinion: one.opinion })
    done++
    options.onProgress?.(done, recorded.length)
    if (now.chosen === one.was) return
    elsewhere++
    if (differences.length < limits.routingDifferencesMax) differences.push(redirected(one, now))
  }
  await atTheirTime(project, recorded, decide)
  const msPerDecision = recorded.length === 0 ? 0 : (performance.now() - startedMs) / recorded.length
  return {
    policy: options.policy.name,
    decisions: recorded.length,
    elsewhere,
    msPerDecision: Math.round(msPerDecision * 1e3) / 1e3,
    differences,
  }
}

/** Gives each decision the agents and documents as of the event that it had seen last. */
async function atTheirTime(
  { store }: Project,
  recorded: readonly Recorded[],
  decide: (one: Recorded, view: LogView) => void,
): Promise<void> {
  const waiting = Map.groupBy(recorded, ({ asOf }) => asOf)
  const view = new LogView(store)
  for (const one of waiting.get(null) ?? []) decide(one, view)
  waiting.delete(null)
  if (waiting.size === 0) return
  for await (const event of store.readAll({ filter: { streamPrefixes: ['agent-', 'memory-'] } })) {
    view.evolve(event)
    for (const one of waiting.get(event.id) ?? []) decide(one, view)
    waiting.delete(event.id)
    if (waiting.size === 0) return
  }
}

/** Every decision with the question it answered: the handoff as it stood right before. */
async function recordedDecisions(project: Project, after: Position | null): Promise<Recorded[]> {
  await project.work.refresh()
  const handoffs = new Map<string, Handoff>()
  const recorded: Recorded[] = []
  for await (const event of project.store.readAll({ filter: { streamPrefixes: ['handoff-'] } })) {
    if (!isEventOf(handoffEvents, event)) continue
    const handoff = handoffs.get(event.stream) ?? handoffDecider.initial
    if (after === null || event.position > after) {
      const decision = decisionOf(project, event, handoff)
      if (decision !== null) recorded.push(decision)
    }
    handoffs.set(event.stream, handoffDecider.evolve(handoff, event as never))
  }
  return recorded
}

function decisionOf(project: Project, event: RecordedEvent, handoff: Handoff): Recorded | null {
  const { type, data } = event as unknown as HandoffEvent
  if (type !== 'HandoffRouted' && type !== 'HandoffUnrouted') return null
  const question = routingQuestion(handoff)
  if (question === null || handoff.request === null) return null
  return {
    event: event.id,
    at: event.meta.recordedAt,
    handoff: event.stream.slice('handoff-'.length),
    question,
    roster: project.work.workflow(handoff.request.workflow)?.workflow.roster ?? [],
    asOf: data.inputs.asOf,
    was: type === 'HandoffRouted' ? data.to : null,
    policyWas: data.policy,
    reasonWas: data.reason,
    opinion: type === 'HandoffRouted' ? data.opinion : undefined,
  }
}

/**
 * What decisions are made from: what the log held, or other agents with what the log's agents had recorded. The
 * router prepares knowledge once for each object, and agents once for each array.
 */
function knowledgeWith(definitions: readonly AgentDefinition[] | undefined) {
  const agents = definitions?.map((definition) => ({ definition, event: notRecorded }))
  const changed = new WeakMap<RoutingKnowledge, RoutingKnowledge>()
  return (view: LogView, roster: readonly RosterEntry[]): RoutingKnowledge => {
    const knowledge = routingKnowledge(view, roster)
    if (agents === undefined) return knowledge
    const other = changed.get(knowledge) ?? { ...knowledge, agents }
    changed.set(knowledge, other)
    return other
  }
}

/** An agent file that is only tried has no event. */
const notRecorded = '00000000-0000-7000-8000-000000000000'

function redirected(one: Recorded, now: RoutingDecision): Redirected {
  const { handoff, event, at, was, policyWas, reasonWas, question } = one
  const from = question.from.kind === 'agent' ? question.from.id : `${question.from.kind}:${question.from.id}`
  const { need } = question
  return {
    handoff,
    event,
    at,
    from,
    need,
    was,
    now: now.chosen,
    policyWas,
    reasonWas,
    reasonNow: now.reason,
  }
}
