import type { AgentDefinition } from '../agents/events.ts'
import { routePrepared } from '../handoffs/router.ts'
import { type Calibration, calibrationOf } from '../handoffs/routing/calibration.ts'
import type { RoutingQuestion } from '../handoffs/routing/knowledge.ts'
import { patternsPolicy, type RoutingPolicy } from '../handoffs/routing/policy.ts'
import { type PreparedKnowledge, prepare, withhold } from '../handoffs/routing/prepared.ts'
import { foldText } from '../handoffs/routing/words.ts'
import { agentKey } from '../kernel/words.ts'

/** An edge as a line of a pattern file has it. */
export interface BenchPattern {
  readonly from: string
  readonly to: string
  readonly note?: string | null | undefined
}

export interface BenchCase {
  readonly id?: string | number | undefined
  readonly from?: string | null | undefined
  readonly query: string
  /** Any of them is right; none: nobody should be chosen. */
  readonly targets: readonly string[]
}

/** Fractions from 0 to 1 of all cases; a case in which nobody was chosen counts as wrong unless it has no targets. */
export interface BenchFigures {
  readonly n: number
  /** The chosen agent is a target. */
  readonly top1: number
  /** A target is among the first three. */
  readonly top3: number
  /** Mean of 1 / (rank of the first target). */
  readonly mrr: number
  /** Nobody was chosen. */
  readonly abstained: number
  /** Median time of one decision on prepared knowledge, milliseconds. */
  readonly p50Ms: number
  /** How far what is said with a confidence is right in that share of the cases. */
  readonly calibration: Calibration
}

/** One case's answer, for those who want to look into a figure. */
export interface BenchAnswer {
  readonly asked: BenchCase
  readonly chosen: string | null
  /** From 0 to 1. */
  readonly confidence: number
  /** From 1; null when no target was ranked, or nobody was chosen. */
  readonly rank: number | null
  readonly elapsedMs: number
}

export interface BenchInput {
  readonly definitions: readonly AgentDefinition[]
  readonly patterns: readonly BenchPattern[]
  readonly cases: readonly BenchCase[]
  readonly policy?: RoutingPolicy
}

/**
 * Answers every case without looking at its own answer: the edges from the case's sender to its targets with
 * the query as their note are withheld, whether a pattern line or an agent's file has them (from every sender
 * when the case names none), and so are the examples of all agents, which quote needs word by word.
 * Pattern lines count as declared by their sender: such lists come from agent files.
 */
export function answerCases(input: BenchInput): BenchAnswer[] {
  return benchOf(input).answers
}

/** Cases with the knowledge that each may be answered from, and the answers. */
export interface Bench {
  readonly policy: RoutingPolicy
  readonly cases: readonly { readonly asked: BenchCase; readonly prepared: PreparedKnowledge }[]
  readonly answers: BenchAnswer[]
}

export function benchOf(input: BenchInput): Bench {
  const policy = input.policy ?? patternsPolicy
  const agents = input.definitions.map((definition, at) => ({
    definition: { ...withPatterns(definition, input.patterns), examples: [] },
    event: benchEvent(at),
  }))
  const all = prepare({ agents, recorded: [], asOf: null })
  const nameOf = (agent: number) => agents[agent]!.definition.name
  const cases = input.cases.map((asked) => {
    const prepared = withhold(all, ({ from, to, note }) =>
      isOwn({ from: nameOf(from), to: nameOf(to), note }, asked),
    )
    return { asked, prepared }
  })
  return { policy, cases, answers: cases.map(({ asked, prepared }) => answer(asked, prepared, policy)) }
}

function withPatterns(definition: AgentDefinition, patterns: readonly BenchPattern[]): AgentDefinition {
  const key = agentKey(definition.name)
  const added = patterns
    .filter(({ from }) => agentKey(from) === key)
    .map(({ to, note }) => ({ raw: note ? `${to} for ${note}` : to, target: to, note: note ?? null }))
  return { ...definition, worksWith: [...definition.worksWith, ...added] }
}

export function answer(asked: BenchCase, prepared: PreparedKnowledge, policy: RoutingPolicy): BenchAnswer {
  const question = questionOf(asked)
  const startedMs = performance.now()
  const decision = routePrepared(question, prepared, policy)
  const elapsedMs = performance.now() - startedMs
  const targets = new Set(asked.targets.map(agentKey))
  const at = decision.ranking.findIndex((name) => targets.has(agentKey(name)))
  const rank = decision.chosen === null || at < 0 ? null : at + 1
  return { asked, chosen: decision.chosen, confidence: decision.confidence, rank, elapsedMs }
}

export function questionOf(asked: BenchCase): RoutingQuestion {
  const from = asked.from
    ? { kind: 'agent' as const, id: asked.from }
    : { kind: 'person' as const, id: 'bench' }
  return { from, need: asked.query, context: '', chain: [] }
}

export function summed(answers: readonly BenchAnswer[]): BenchFigures {
  const share = (worth: (answer: BenchAnswer) => number) =>
    Math.round((answers.reduce((sum, one) => sum + worth(one), 0) / Math.max(1, answers.length)) * 1e4) / 1e4
  const within = (one: BenchAnswer, places: number) => {
    if (one.asked.targets.length === 0) return one.chosen === null ? 1 : 0
    return one.rank !== null && one.rank <= places ? 1 : 0
  }
  const times = answers.map((one) => one.elapsedMs).sort((one, other) => one - other)
  return {
    n: answers.length,
    top1: share((one) => within(one, 1)),
    top3: share((one) => within(one, 3)),
    mrr: share((one) =>
      one.asked.targets.length === 0 ? within(one, 1) : one.rank === null ? 0 : 1 / one.rank,
    ),
    abstained: share((one) => (one.chosen === null ? 1 : 0)),
    p50Ms: Math.round((times[Math.floor(times.length / 2)] ?? 0) * 1e3) / 1e3,
    calibration: calibrationOf(
      answers
        .filter(({ chosen }) => chosen !== null)
        .map((one) => ({ confidence: one.confidence, right: one.rank === 1 })),
    ),
  }
}

/** True for the edge that a case was made from. */
function isOwn(edge: BenchPattern, asked: BenchCase): boolean {
  if (asked.from && agentKey(edge.from) !== agentKey(asked.from)) return false
  if (!asked.targets.some((target) => agentKey(target) === agentKey(edge.to))) return false
  return sameText(edge.note ?? '', asked.query)
}

function sameText(one: string, other: string): boolean {
  const plain = (text: string) => foldText(text).replace(/\s+/gu, ' ').trim()
  return plain(one) === plain(other)
}

/** Nothing of a bench is ever recorded; its events only need ids. */
function benchEvent(at: number): string {
  return `00000000-0000-7000-8000-${String(at).padStart(12, '0')}`
}
