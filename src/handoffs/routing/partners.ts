import type { Edge } from './edges.ts'
import type { Terms } from './terms.ts'
import { type TextIndex, wordRarity } from './text-index.ts'

/** A rarity that two telling words reach together: what they share is then no accident. */
const tellingMass = 5
/** What even the commonest shared word counts for. */
const leastGrip = 0.35
/** A partner without a note speaks by its name alone, which is half as good. */
const bareShare = 0.5

/**
 * How much the need resembles the note on an edge, from 0 to 1: 1 when one says all that the other says and
 * both are about the same length, less when what they share is common or only a small part. Words only; the
 * rarer ones weigh more.
 */
export function noteResemblance(index: TextIndex, need: Terms, note: Terms): number {
  let shared = 0
  let noteMass = 0
  let needMass = 0
  for (const stem of note.stems) {
    const weight = wordRarity(index, stem)
    noteMass += weight
    if (need.stems.has(stem)) shared += weight
  }
  if (shared === 0) return 0
  for (const stem of need.stems) needMass += wordRarity(index, stem)
  const grip = leastGrip + (1 - leastGrip) * Math.min(1, shared / tellingMass)
  const ofNote = shared / noteMass
  const ofNeed = shared / needMass
  return Math.max(ofNote * Math.max(ofNeed, grip), 0.9 * ofNeed * Math.max(ofNote, grip))
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
