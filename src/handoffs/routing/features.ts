import { anchorScores, type BestNotes } from './anchors.ts'
import { friendScores, popularityScores } from './graph.ts'
import { kinshipScores } from './kinship.ts'
import { type PartnerScores, partnerScores } from './partners.ts'
import type { RoutingPolicy, RoutingWeights } from './policy.ts'
import type { PreparedKnowledge } from './prepared.ts'
import type { Terms } from './terms.ts'
import { gramScores, pairScores, textScores } from './text-index.ts'

export type Rule = keyof RoutingWeights

/** One question's values for every agent and rule, from 0 to 1, and what they come from. */
export interface Features {
  readonly values: Readonly<Record<Rule, Float64Array>>
  /** The text rule before it was divided: how much of the need each agent's own text says. */
  readonly said: Float64Array
  readonly bestNotes: BestNotes
  readonly recorded: PartnerScores
  readonly declared: PartnerScores
}

export interface Asked {
  readonly need: Terms
  /** The sending agent's number, or null for a person or an agent nobody knows. */
  readonly sender: number | null
  readonly eligible: readonly number[]
  readonly policy: RoutingPolicy
}

/** Below this the best note about anybody is a poor one, and must not count as if it were good. */
const noteLikenessLeast = 0.25

/** A need of more words says itself whom it means. */
const fewWords = 3

export function featuresOf(prepared: PreparedKnowledge, asked: Asked): Features {
  const { texts, anchors, graph } = prepared
  const { need, sender, eligible } = asked
  const agentCount = texts.agentCount
  const own = prepared.edges.filter((edge) => edge.from === sender)
  const partners = (kind: 'recorded' | 'declared') =>
    partnerScores(texts, need, {
      edges: own.filter((edge) => edge.kind === kind),
      gate: asked.policy.partnerGate,
    })
  const { together, whole, best } = anchorScores(anchors, need, { agentCount, sender })
  const recorded = partners('recorded')
  const declared = partners('declared')
  const said = textScores(texts, need)
  const acquaintance = (scores: Float64Array) =>
    byMaximum(scores, eligible).map((value) => value * briefness(need))
  const values = {
    recorded_partner: recorded.values,
    declared_partner: declared.values,
    anchor: byMaximum(together, eligible, whole),
    note: byMaximum(best.likeness, eligible, noteLikenessLeast),
    text: byMaximum(said, eligible),
    phrase: byMaximum(pairScores(texts, need), eligible),
    ngrams: byMaximum(gramScores(texts, need), eligible),
    popularity: acquaintance(popularityScores(graph, agentCount)),
    friend_of_friend: acquaintance(friendScores(graph, sender, agentCount)),
    kinship: acquaintance(kinshipScores(texts, sender)),
  }
  return { values, said, bestNotes: best, recorded, declared }
}

/** 1 for a need of a few words, and less the more it says: it leans less on who knows whom, and is surer. */
export function briefness(need: Terms): number {
  return fewWords / Math.max(fewWords, need.words.length)
}

/** Each value divided by the largest of those who may be chosen, or by `least` when all are smaller. */
function byMaximum(scores: Float64Array, eligible: readonly number[], least = 0): Float64Array {
  let maximum = least
  for (const agent of eligible) maximum = Math.max(maximum, scores[agent]!)
  return maximum === 0 ? scores : scores.map((score) => Math.min(1, score / maximum))
}

/** The weighted sum of an agent's values. */
export function scoreOf(features: Features, weights: RoutingWeights, agent: number): number {
  let score = 0
  for (const rule of rules) score += weights[rule] * features.values[rule][agent]!
  return score
}

export const rules: readonly Rule[] = [
  'recorded_partner',
  'declared_partner',
  'anchor',
  'note',
  'text',
  'phrase',
  'ngrams',
  'popularity',
  'friend_of_friend',
  'kinship',
]
