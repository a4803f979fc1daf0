import { type Field, type TextIndex, wordRarity } from './text-index.ts'

/** What a word that both say counts for, by where it stands. */
const places: Readonly<Record<Field, number>> = { name: 3, description: 1, body: 0.3 }

const kinshipsOf = new WeakMap<TextIndex, Map<number, Float64Array>>()

/**
 * How far each agent is in the same trade as one of them, from 0 to 1: the cosine of the words of their own texts,
 * the rarer the more. Worked out once for each agent that asks.
 */
export function kinshipScores(index: TextIndex, sender: number | null): Float64Array {
  if (sender === null) return new Float64Array(index.agentCount)
  const known = kinshipsOf.get(index) ?? new Map<number, Float64Array>()
  kinshipsOf.set(index, known)
  const scores = known.get(sender) ?? cosines(index, sender)
  known.set(sender, scores)
  return scores
}

function cosines(index: TextIndex, sender: number): Float64Array {
  const norms = new Float64Array(index.agentCount)
  const shared = new Float64Array(index.agentCount)
  for (const [stem, postings] of index.words) {
    const rarity = wordRarity(index, stem)
    const place = index.said[sender]!.get(stem)
    const own = place === undefined ? 0 : rarity * places[place]
    for (const { agent } of postings) {
      const theirs = rarity * places[index.said[agent]!.get(stem)!]
      norms[agent]! += theirs ** 2
      shared[agent]! += own * theirs
    }
  }
  const own = Math.sqrt(norms[sender]!)
  return shared.map((sum, agent) => (sum === 0 ? 0 : sum / (own * Math.sqrt(norms[agent]!))))
}

/** Words that two agents have in common in their names and descriptions, the rarest first. */
export function commonWords(index: TextIndex, one: number, other: number): string[] {
  return index.surfaces[one]!.filter((surface) => index.surfaces[other]!.includes(surface))
    .map((surface) => ({ surface, rarity: wordRarity(index, surface) }))
    .sort((left, right) => right.rarity - left.rarity || (left.surface < right.surface ? -1 : 1))
    .map(({ surface }) => surface)
}
