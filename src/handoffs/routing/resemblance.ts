import { gramsOf } from './grams.ts'
import type { RoutingPolicy } from './policy.ts'
import type { PreparedKnowledge } from './prepared.ts'
import type { Terms } from './terms.ts'
import { wordRarity } from './text-index.ts'
import { stemOf, type Word } from './words.ts'

/** A word in a long prompt, or in what others say, is less sure than one in the agent's name or description. */
const bodyShare = 0.5
const noteShare = 0.8
/** A word that an agent does not say counts by its grams from here on. */
const gramShareMin = 0.6

/**
 * Words of ordinary project work. An agent file need not mention them, so one that nobody says speaks hardly
 * against a need; all other unknown words do.
 */
const ordinaryWords =
  'account api app application backend browser bug button cache chart checkout client code comment config crash csv ' +
  'customer dashboard data database deploy design download email endpoint error export feature file filter form ' +
  'frontend goal import integration issue job launch list login menu message migration mobile module notification ' +
  'offline page password payment plan product profile project prototype refactor release report request screen script ' +
  'search security server service ship signup site slow sprint story survey task team test ticket todo upgrade upload ' +
  'url user version web website widget'
const ordinaryStems: ReadonlySet<string> = new Set(ordinaryWords.split(' ').map(stemOf))
const ordinaryShare = 0.25

/** How much of a need an agent's texts and the notes about it cover. */
export interface Coverage {
  /** Share of the need, from 0 to 1; rare words weigh more, and words that nobody says weigh most. */
  readonly share: Float64Array
  /** Weight of what is covered: about 4 for one rare word. */
  readonly mass: Float64Array
  /** Words of the need that nobody says. */
  readonly unknown: readonly string[]
}

export interface Covering {
  readonly prepared: PreparedKnowledge
  readonly need: Terms
  readonly sender: number | null
  readonly policy: RoutingPolicy
}

export function coverageOf(covering: Covering): Coverage {
  const { need } = covering
  const { texts } = covering.prepared
  const mass = new Float64Array(texts.agentCount)
  const unknown: string[] = []
  let total = 0
  for (const word of need.words) {
    const strengths = wordStrengths(covering, word)
    const isUnknown = strengths.every((strength) => strength === 0)
    if (isUnknown) unknown.push(word.surface)
    const weight = wordRarity(texts, word.stem)
    total += isUnknown && ordinaryStems.has(word.stem) ? weight * ordinaryShare : weight
    strengths.forEach((strength, agent) => {
      mass[agent]! += weight * strength
    })
  }
  return { share: mass.map((covered) => (total === 0 ? 0 : covered / total)), mass, unknown }
}

function wordStrengths({ prepared, sender, policy }: Covering, word: Word): Float64Array {
  const { texts, anchors } = prepared
  const strengths = gramStrengths(prepared, word)
  for (const { agent } of texts.words.get(word.stem) ?? []) {
    const field = texts.said[agent]!.get(word.stem)
    strengths[agent] = Math.max(strengths[agent]!, field === 'body' ? bodyShare : 1)
  }
  if (policy.weights.anchor === 0) return strengths
  for (const [agent, senders] of anchors.senders.get(word.stem) ?? []) {
    if (senders.size > 1 || sender === null || !senders.has(sender)) {
      strengths[agent] = Math.max(strengths[agent]!, noteShare)
    }
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
