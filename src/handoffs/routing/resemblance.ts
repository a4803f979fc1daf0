import { gramsOf } from './grams.ts'
import type { PreparedKnowledge } from './prepared.ts'
import type { Terms } from './terms.ts'
import { wordRarity } from './text-index.ts'
import type { Word } from './words.ts'

/** A word in a long prompt says less about its agent than one in its name, its description or others' notes. */
const bodyShare = 0.6
/** A word that an agent does not say counts by its grams from here on. */
const gramShareMin = 0.5

/** How much of a need an agent's texts and the notes about it cover. */
export interface Coverage {
  /** Share of the need, from 0 to 1; rare words weigh more, and words that nobody says weigh most. */
  readonly share: Float64Array
  /** Weight of what is covered: about 4 for one rare word. */
  readonly mass: Float64Array
  /** Words of the need that nobody says. */
  readonly unknown: readonly string[]
}

export function coverageOf(prepared: PreparedKnowledge, need: Terms, sender: number | null): Coverage {
  const { texts } = prepared
  const mass = new Float64Array(texts.agentCount)
  const unknown: string[] = []
  let total = 0
  for (const word of need.words) {
    const strengths = wordStrengths(prepared, word, sender)
    const weight = wordRarity(texts, word.stem)
    total += weight
    if (strengths.every((strength) => strength === 0)) unknown.push(word.surface)
    strengths.forEach((strength, agent) => {
      mass[agent]! += weight * strength
    })
  }
  return { share: mass.map((covered) => (total === 0 ? 0 : covered / total)), mass, unknown }
}

function wordStrengths(prepared: PreparedKnowledge, word: Word, sender: number | null): Float64Array {
  const { texts, anchors } = prepared
  const strengths = gramStrengths(prepared, word)
  for (const { agent } of texts.words.get(word.stem) ?? []) {
    const field = texts.said[agent]!.get(word.stem)
    strengths[agent] = Math.max(strengths[agent]!, field === 'body' ? bodyShare : 1)
  }
  for (const [agent, senders] of anchors.senders.get(word.stem) ?? []) {
    if (senders.size > 1 || sender === null || !senders.has(sender)) strengths[agent] = 1
  }
  return strengths
}

/** Share of the word's grams that stand in each agent's name and description. */
function gramStrengths(prepared: PreparedKnowledge, word: Word): Float64Array {
  const { texts } = prepared
  const shares = new Float64Array(texts.agentCount)
  const grams = gramsOf(word.surface)
  for (const gram of grams) {
    for (const posting of texts.grams.get(gram) ?? []) shares[posting.agent]! += 1 / grams.length
  }
  return shares.map((share) => (share < gramShareMin ? 0 : Math.min(1, share)))
}
