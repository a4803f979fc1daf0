import type { Features } from './features.ts'
import { gramsOf } from './grams.ts'
import type { Caution } from './policy.ts'
import type { PreparedKnowledge } from './prepared.ts'
import type { Terms } from './terms.ts'
import { rarity, wordRarity } from './text-index.ts'
import { stemOf, type Word } from './words.ts'

/** A word that nobody says counts by its grams from here on; a short one has too few to go by half of them. */
const gramShareMin = { short: 0.75, long: 0.6, longFromLetters: 8 }
/** What a word counts for that is only spelled like one that an agent says. */
const alikeWeight = 0.5

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

/** How much of a need the agents speak of: what decides whether it is theirs at all. */
export interface Familiarity {
  /** Share of the need that nobody speaks of, from 0 to 1; rare words weigh more. */
  readonly unheard: number
  /** Share that stands in prompts only, and in nobody's name, description or note. */
  readonly aside: number
  /** Words of the need that nobody says. */
  readonly unknown: readonly string[]
  /** How much of the need matches: the most that one agent's own text says (about 1 for a rare word), and others' notes. */
  readonly matched: number
}

export interface Listening {
  readonly prepared: PreparedKnowledge
  readonly need: Terms
  readonly sender: number | null
  readonly eligible: readonly number[]
  readonly caution: Caution
}

export function familiarityOf(
  listening: Listening,
  features: Pick<Features, 'said' | 'values'>,
): Familiarity {
  const { texts } = listening.prepared
  const eligible = new Set(listening.eligible)
  const unknown: string[] = []
  let total = 0
  let unheard = 0
  let aside = 0
  let alike = 0
  for (const word of listening.need.words) {
    const { heard, asideOnly } = hearing(listening, eligible, word)
    if (heard === 0) unknown.push(word.surface)
    const rare = wordRarity(texts, word.stem) / rarity(0, texts.agentCount)
    const weight = heard === 0 && ordinaryStems.has(word.stem) ? rare * ordinaryShare : rare
    total += weight
    unheard += weight * (1 - heard)
    if (asideOnly) aside += weight
    if (heard > 0 && heard < 1) alike += alikeWeight * heard * wordRarity(texts, word.stem)
  }
  const most = (values: Float64Array) =>
    listening.eligible.reduce((best, agent) => Math.max(best, values[agent]!), 0)
  const matched = most(features.said) + alike + listening.caution.notes * most(features.values.anchor)
  const share = (weight: number) => (total === 0 ? 0 : weight / total)
  return { unheard: share(unheard), aside: share(aside), unknown, matched }
}

/** What `matched` must be at least: nearly nothing when every word is known, out of reach when no word is. */
export function required({ unheard, aside }: Familiarity, caution: Caution): number {
  return Math.exp(caution.unheard * unheard + caution.aside * aside + caution.least) - nothing
}

/** What nobody needs to say: below this a required match is none. */
const nothing = 0.2

interface Hearing {
  /** From 0 to 1; less than 1 when only a word that is spelled alike is known. */
  readonly heard: number
  /** Only prompts say it. */
  readonly asideOnly: boolean
}

function hearing(listening: Listening, eligible: ReadonlySet<number>, word: Word): Hearing {
  const { texts } = listening.prepared
  let inPrompt = false
  for (const { agent } of texts.words.get(word.stem) ?? []) {
    if (!eligible.has(agent)) continue
    if (texts.said[agent]!.get(word.stem) !== 'body') return { heard: 1, asideOnly: false }
    inPrompt = true
  }
  if (isNoted(listening, eligible, word)) return { heard: 1, asideOnly: false }
  return inPrompt ? { heard: 1, asideOnly: true } : { heard: alikeShare(listening, word), asideOnly: false }
}

function isNoted(
  { prepared, sender, caution }: Listening,
  eligible: ReadonlySet<number>,
  word: Word,
): boolean {
  if (caution.notes === 0) return false
  for (const [agent, senders] of prepared.anchors.senders.get(word.stem) ?? []) {
    if (eligible.has(agent) && (senders.size > 1 || sender === null || !senders.has(sender))) return true
  }
  return false
}

/** The largest share of the word's grams that stand in one agent's name and description. */
function alikeShare({ prepared: { texts }, eligible }: Listening, word: Word): number {
  const shares = new Float64Array(texts.agentCount)
  const grams = gramsOf(word.surface)
  for (const gram of grams) {
    for (const { agent } of texts.grams.get(gram) ?? []) shares[agent]! += 1 / grams.length
  }
  const most = eligible.reduce((best, agent) => Math.max(best, shares[agent]!), 0)
  const isLong = word.surface.length >= gramShareMin.longFromLetters
  return most < (isLong ? gramShareMin.long : gramShareMin.short) ? 0 : Math.min(1, most)
}
