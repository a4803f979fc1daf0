import type { Edge } from './edges.ts'
import type { Terms } from './terms.ts'
import { type TextIndex, wordRarity } from './text-index.ts'

/** What a shared word counts for when it is a common one and much is left unsaid. */
const leastGrip = 0.35
/** A rarity from which shared words are telling, however much is left unsaid. */
const tellingMass = 5
/** A note of a single word, said by a need that says more. */
const singleWord = 0.9
/** A partner without a note speaks by its name alone, which is half as good. */
const bareShare = 0.5

/**
 * How much the need resembles the note on an edge, from 0 to 1. A note of several words that the need says in
 * full is met (1), however long the need; one of a single word nearly so. Otherwise the shared part counts,
 * less when it is small or its words are common. Words only; the rarer ones weigh more.
 */
export function noteResemblance(index: TextIndex, need: Terms, note: Terms): number {
  const shared = [...note.stems].filter((stem) => need.stems.has(stem))
  if (shared.length === 0) return 0
  if (shared.length === note.stems.size) {
    return shared.length > 1 || need.stems.size === 1 ? 1 : singleWord
  }
  const mass = massOf(index, shared)
  const grip = leastGrip + (1 - leastGrip) * Math.min(1, mass / tellingMass)
  const ofNote = mass / massOf(index, note.stems)
  const ofNeed = mass / massOf(index, need.stems)
  return Math.max(ofNote * Math.max(ofNeed, grip), 0.9 * ofNeed * Math.max(ofNote, grip))
}

function massOf(index: TextIndex, stems: Iterable<string>): number {
  let mass = 0
  for (const stem of stems) mass += wordRarity(index, stem)
  return mass
}

/** The sender's best edge to each agent that passes the gate, of one kind. */
export interface PartnerScores {
  readonly values: Float64Array
  readonly edges: readonly (Edge | undefined)[]
}

export function partnerScores(
  index: TextIndex,
  need: Terms,
  own: { readonly edges: readonly Edge[]; readonly gate: number },
): PartnerScores {
  const values = new Float64Array(index.agentCount)
  const edges: (Edge | undefined)[] = new Array(index.agentCount).fill(undefined)
  for (const edge of own.edges) {
    const resemblance = noteResemblance(index, need, edge.terms)
    if (resemblance < own.gate) continue
    const value = resemblance ** 2 * (edge.note === null ? bareShare : 1)
    if (value <= values[edge.to]!) continue
    values[edge.to] = value
    edges[edge.to] = edge
  }
  return { values, edges }
}
