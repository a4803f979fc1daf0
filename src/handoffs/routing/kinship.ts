import { type Field, type TextIndex, wordRarity } from './text-index.ts'

/** What a word that both say counts for, by where it stands. */
const places: Readonly<Record<Field, number>> = { name: 3, description: 1, body: 0.3 }

interface Kinships {
  /** Length of each agent's vector of words. */
  readonly norms: Float64Array
  readonly bySender: Map<number, Float64Array>
}

const kinshipsOf = new WeakMap<TextIndex, Kinships>()

/**
 * How far each agent is in the same trade as one of them, from 0 to 1: the cosine of the words of their own texts,
 * the rarer the more. Worked out once for each agent that asks.
 */
export function kinshipScores(index: TextIndex, sender: number | null): Float64Array {
  if (sender === null) return new Float64Array(index.agentCount)
  const { norms, bySender } = kinshipsOf.get(index) ?? { norms: normsOf(index), bySender: new Map() }
  const scores: Float64Array = bySender.get(sender) ?? cosines(index, sender, norms)
  bySender.set(sender, scores)
  kinshipsOf.set(index, { norms, bySender })
  return scores
}

function normsOf(index: TextIndex): Float64Array {
  return Float64Array.from(index.said, (said) => {
    let sum = 0
    for (const [stem, place] of said) sum += (wordRarity(index, stem) * places[place]) ** 2
    return Math.sqrt(sum)
  })
}

function cosines(index: TextIndex, sender: number, norms: Float64Array): Float64Array {
  const shared = new Float64Array(index.agentCount)
  for (const [stem, place] of index.said[sender]!) {
    const own = wordRarity(index, stem) ** 2 * places[place]
    for (const { agent } of index.words.get(stem)!) {
      shared[agent]! += own * places[index.said[agent]!.get(stem)!]
    }
  }
  return shared.map((sum, agent) => (sum === 0 ? 0 : sum / (norms[sender]! * norms[agent]!)))
}

/** Words that two agents have in common in their names and descriptions, the rarest first. */
export function commonWords(index: TextIndex, one: number, other: number): string[] {
  return index.surfaces[one]!.filter((surface) => index.surfaces[other]!.includes(surface))
    .map((surface) => ({ surface, rarity: wordRarity(index, surface) }))
    .sort((left, right) => right.rarity - left.rarity || (left.surface < right.surface ? -1 : 1))
    .map(({ surface }) => surface)
}
