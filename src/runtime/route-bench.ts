import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { AgentDefinition } from '../agents/events.ts'
import { routePrepared } from '../handoffs/router.ts'
import { patternsPolicy, type RoutingPolicy } from '../handoffs/routing/policy.ts'
import { type PreparedKnowledge, prepare, withhold } from '../handoffs/routing/prepared.ts'
import { foldText } from '../handoffs/routing/words.ts'
import { DaybookError } from '../kernel/errors.ts'
import { agentKey } from '../kernel/words.ts'
import { readAgentFolder } from './agent-folder.ts'

const BenchPattern = z.object({ from: z.string().min(1), to: z.string().min(1), note: z.string().nullish() })
export type BenchPattern = z.infer<typeof BenchPattern>

const BenchCase = z.object({
  id: z.union([z.string(), z.number()]).optional(),
  from: z.string().min(1).nullish(),
  query: z.string(),
  /** Any of them is right; none: nobody should be chosen. */
  targets: z.array(z.string().min(1)),
})
export type BenchCase = z.infer<typeof BenchCase>

/** Fractions from 0 to 1 of all cases; a case in which nobody was chosen counts as wrong unless it has no targets. */
export interface RouteBenchResult {
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
}

/** One case's answer, for those who want to look into a figure. */
export interface BenchAnswer {
  readonly asked: BenchCase
  readonly chosen: string | null
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
 * Reads the folder and the two files (one JSON object a line; blank lines are skipped) and runs every case.
 * Rejects with a `DaybookError`: `usage` names file, line and what was expected, `not_found` a missing file.
 */
export async function routeBench(paths: {
  agents: string
  patterns: string
  cases: string
  policy?: RoutingPolicy
}): Promise<RouteBenchResult> {
  const [folder, patterns, cases] = await Promise.all([
    readAgentFolder(paths.agents),
    jsonLines(paths.patterns, BenchPattern, '{"from": AGENT, "to": AGENT, "note": TEXT}'),
    jsonLines(paths.cases, BenchCase, '{"id": ID, "from": AGENT, "query": TEXT, "targets": [AGENT]}'),
  ])
  if (folder.agents.length === 0) {
    throw new DaybookError('usage', `${paths.agents}: expected agent files, found none that can be loaded.`)
  }
  if (cases.length === 0)
    throw new DaybookError('usage', `${paths.cases}: expected at least one case, found none.`)
  const definitions = folder.agents.map((agent) => agent.definition)
  return summed(
    answerCases({ definitions, patterns, cases, ...(paths.policy ? { policy: paths.policy } : {}) }),
  )
}

/**
 * Answers every case without looking at its own answer: the edges from the case's sender to its targets with
 * the query as their note are withheld, whether a pattern line or an agent's file has them (from every sender
 * when the case names none), and so are the examples of all agents, which quote needs word by word.
 * Pattern lines count as declared by their sender: such lists come from agent files.
 */
export function answerCases(input: BenchInput): BenchAnswer[] {
  const policy = input.policy ?? patternsPolicy
  const agents = input.definitions.map((definition, at) => ({
    definition: { ...withPatterns(definition, input.patterns), examples: [] },
    event: benchEvent(at),
  }))
  const all = prepare({ agents, recorded: [], asOf: null })
  const nameOf = (agent: number) => agents[agent]!.definition.name
  return input.cases.map((asked) => {
    const prepared = withhold(all, ({ from, to, note }) =>
      isOwn({ from: nameOf(from), to: nameOf(to), note }, asked),
    )
    return answer(asked, prepared, policy)
  })
}

function withPatterns(definition: AgentDefinition, patterns: readonly BenchPattern[]): AgentDefinition {
  const key = agentKey(definition.name)
  const added = patterns
    .filter(({ from }) => agentKey(from) === key)
    .map(({ to, note }) => ({ raw: note ? `${to} for ${note}` : to, target: to, note: note ?? null }))
  return { ...definition, worksWith: [...definition.worksWith, ...added] }
}

function answer(asked: BenchCase, prepared: PreparedKnowledge, policy: RoutingPolicy): BenchAnswer {
  const from = asked.from
    ? { kind: 'agent' as const, id: asked.from }
    : { kind: 'person' as const, id: 'bench' }
  const startedMs = performance.now()
  const decision = routePrepared({ from, need: asked.query, context: '', chain: [] }, prepared, policy)
  const elapsedMs = performance.now() - startedMs
  const targets = new Set(asked.targets.map(agentKey))
  const at = decision.ranking.findIndex((name) => targets.has(agentKey(name)))
  const rank = decision.chosen === null || at < 0 ? null : at + 1
  return { asked, chosen: decision.chosen, rank, elapsedMs }
}

export function summed(answers: readonly BenchAnswer[]): RouteBenchResult {
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

async function jsonLines<Line>(path: string, schema: z.ZodType<Line>, expected: string): Promise<Line[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new DaybookError(
      'not_found',
      `${path}: expected a file with one JSON object a line; it cannot be read.`,
      { cause },
    )
  })
  return text
    .replace(/^\uFEFF/u, '')
    .split(/\r?\n/u)
    .flatMap((line, at) => {
      if (line.trim() === '') return []
      const result = schema.safeParse(parsed(line))
      if (result.success) return [result.data]
      const found = line.length > 120 ? `${line.slice(0, 120).toWellFormed()}…` : line
      throw new DaybookError(
        'usage',
        `${path}:${at + 1}: expected ${expected}, found ${found}. Mend or remove the line.`,
      )
    })
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
