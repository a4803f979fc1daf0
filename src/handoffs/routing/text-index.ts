import { agentText } from './agent-text.ts'
import { gramsOf } from './grams.ts'
import type { KnownAgent } from './knowledge.ts'
import { pairsOf, type Terms } from './terms.ts'
import { sentencesOf, type Word } from './words.ts'

export type Field = 'name' | 'description' | 'body'

/**
 * BM25F (Robertson, Zaragoza and Taylor 2004): a word counts `weight` times in a field, and never more than
 * `most` times, so that saying a thing again and again about oneself gains nothing.
 */
const fields: Readonly<Record<Field, { weight: number; most: number }>> = {
  name: { weight: 3, most: 1 },
  description: { weight: 2, most: 2 },
  body: { weight: 1, most: 6 },
}
/**
 * How slowly more of the same word stops to count (BM25's k1). In a short text a word says what the agent does when
 * it is there at all; a long prompt mentions much, and dwells on what the agent does.
 */
const saturation = { least: 1, most: 8, perWords: 100 }
/** How much a long text is marked down (BM25's b). */
const lengthShare = 0.75
/** Agents that have none of the words, added to every roster: a small one must not take each word for rare. */
const imaginedAgents = 20

export interface Posting {
  readonly agent: number
  readonly amount: number
}

/** Words, pairs and grams of all agents, by agent number. Depends on the agents' own texts alone. */
export interface TextIndex {
  readonly agentCount: number
  readonly words: ReadonlyMap<string, readonly Posting[]>
  /** Two stems that stand next to each other in a sentence. */
  readonly pairs: ReadonlyMap<string, readonly Posting[]>
  readonly grams: ReadonlyMap<string, readonly Posting[]>
  /** Where an agent says a stem; name before description before body. */
  readonly said: readonly ReadonlyMap<string, Field>[]
  /** Surfaces of each agent's name and description, for showing which words are alike. */
  readonly surfaces: readonly (readonly string[])[]
}

type Said = Readonly<Record<Field, readonly (readonly Word[])[]>>

export function textIndex(agents: readonly KnownAgent[]): TextIndex {
  const texts = agents.map((agent) => sentencesByField(agent))
  const said = texts.map(whereSaid)
  const surfaces = texts.map((text) => [
    ...new Set([...text.name, ...text.description].flat().map((word) => word.surface)),
  ])
  const words = wordPostings(texts)
  return {
    agentCount: agents.length,
    words,
    pairs: pairPostings(texts),
    grams: gramPostings(texts),
    said,
    surfaces,
  }
}

const fieldNames: readonly Field[] = ['name', 'description', 'body']

function sentencesByField(agent: KnownAgent): Said {
  const text = agentText(agent.definition)
  return {
    name: sentencesOf(text.name),
    description: sentencesOf(text.description),
    body: sentencesOf(text.body),
  }
}

function whereSaid(text: Said): Map<string, Field> {
  const where = new Map<string, Field>()
  for (const field of fieldNames) {
    for (const { stem } of text[field].flat()) if (!where.has(stem)) where.set(stem, field)
  }
  return where
}

function wordPostings(texts: readonly Said[]): Map<string, Posting[]> {
  const lengths = texts.map((text) =>
    fieldNames.reduce((sum, field) => sum + fields[field].weight * text[field].flat().length, 0),
  )
  const average = Math.max(1, lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, texts.length))
  const slowness = slownessFor(lengths)
  const postings = new Map<string, Posting[]>()
  texts.forEach((text, agent) => {
    const divisor = 1 - lengthShare + (lengthShare * lengths[agent]!) / average
    for (const [stem, amount] of weighedCounts(text)) {
      push(postings, stem, { agent, amount: amount / (amount + slowness * divisor) })
    }
  })
  return postings
}

/** By the length of the text in the middle: one that is endless makes no difference. */
function slownessFor(lengths: readonly number[]): number {
  const middle = [...lengths].sort((one, other) => one - other)[Math.floor(lengths.length / 2)] ?? 0
  return Math.min(saturation.most, saturation.least + middle / saturation.perWords)
}

function weighedCounts(text: Said): Map<string, number> {
  const amounts = new Map<string, number>()
  for (const field of fieldNames) {
    const { weight, most } = fields[field]
    for (const [stem, times] of countsOf(text[field].flat().map((word) => word.stem))) {
      amounts.set(stem, (amounts.get(stem) ?? 0) + weight * Math.min(most, times))
    }
  }
  return amounts
}

function pairPostings(texts: readonly Said[]): Map<string, Posting[]> {
  const postings = new Map<string, Posting[]>()
  texts.forEach((text, agent) => {
    const pairs = fieldNames.flatMap((field) => text[field].flatMap((sentence) => pairsOf(sentence)))
    for (const [pair, times] of countsOf(pairs)) push(postings, pair, { agent, amount: times / (times + 1) })
  })
  return postings
}

function countsOf(terms: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1)
  return counts
}

/** Name and description as one vector of grams, of length 1; the name counts twice. */
function gramPostings(texts: readonly Said[]): Map<string, Posting[]> {
  const counted = texts.map((text) => {
    const counts = new Map<string, number>()
    const add = (words: readonly Word[], amount: number) => {
      for (const surface of new Set(words.map((word) => word.surface))) {
        for (const gram of gramsOf(surface)) counts.set(gram, (counts.get(gram) ?? 0) + amount)
      }
    }
    add(text.name.flat(), 2)
    add(text.description.flat(), 1)
    return counts
  })
  const spread = new Map<string, number>()
  for (const counts of counted)
    for (const gram of counts.keys()) spread.set(gram, (spread.get(gram) ?? 0) + 1)
  const postings = new Map<string, Posting[]>()
  counted.forEach((counts, agent) => {
    const amounts = [...counts].map(
      ([gram, count]) => [gram, (1 + Math.log(count)) * rarity(spread.get(gram) ?? 0, texts.length)] as const,
    )
    const norm = Math.sqrt(amounts.reduce((sum, [, amount]) => sum + amount * amount, 0))
    for (const [gram, amount] of amounts) push(postings, gram, { agent, amount: amount / norm })
  })
  return postings
}

/** How much a term says: the rarer, the more. `holders` of `agentCount` agents have it. */
export function rarity(holders: number, agentCount: number): number {
  return Math.log(1 + (agentCount + imaginedAgents - holders + 0.5) / (holders + 0.5))
}

export function wordRarity(index: TextIndex, stem: string): number {
  return rarity(index.words.get(stem)?.length ?? 0, index.agentCount)
}

/** BM25F of the need for every agent. */
export function textScores(index: TextIndex, need: Terms): Float64Array {
  const scores = new Float64Array(index.agentCount)
  for (const stem of need.stems) {
    const weight = wordRarity(index, stem)
    for (const posting of index.words.get(stem) ?? []) scores[posting.agent]! += weight * posting.amount
  }
  return scores
}

/** Words that stand next to each other in the need and in the agent's own text, the rarer the more. */
export function pairScores(index: TextIndex, need: Terms): Float64Array {
  const scores = new Float64Array(index.agentCount)
  for (const pair of need.pairs) {
    const postings = index.pairs.get(pair) ?? []
    const weight = rarity(postings.length, index.agentCount)
    for (const posting of postings) scores[posting.agent]! += weight * posting.amount
  }
  return scores
}

/** Cosine of the need's grams with every agent's name and description, not divided by the need's own length. */
export function gramScores(index: TextIndex, need: Terms): Float64Array {
  const scores = new Float64Array(index.agentCount)
  for (const [gram, count] of need.grams) {
    const postings = index.grams.get(gram) ?? []
    const weight = count * rarity(postings.length, index.agentCount)
    for (const posting of postings) scores[posting.agent]! += weight * posting.amount
  }
  return scores
}

function push(postings: Map<string, Posting[]>, term: string, posting: Posting): void {
  const list = postings.get(term)
  if (list === undefined) postings.set(term, [posting])
  else list.push(posting)
}
