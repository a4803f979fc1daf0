import { agentText } from './agent-text.ts'
import { gramsOf } from './grams.ts'
import type { KnownAgent } from './knowledge.ts'
import type { Terms } from './terms.ts'
import { type Word, wordsOf } from './words.ts'

export type Field = 'name' | 'description' | 'body'

/**
 * BM25F (Robertson, Zaragoza and Taylor 2004): a word counts `weight` times in a field, less in a long one
 * (`length`: 0 not at all, 1 in full), and never more than `most` times, so that saying a thing again and again
 * or at great length about oneself gains nothing.
 */
const fields: Readonly<Record<Field, { weight: number; length: number; most: number }>> = {
  name: { weight: 8, length: 0.75, most: 1 },
  description: { weight: 4, length: 0.75, most: 2 },
  body: { weight: 1, length: 0.75, most: 4 },
}
const saturation = 2.5
/** Agents that have none of the words, added to every roster: a small one must not take each word for rare. */
const imaginedAgents = 20

interface Posting {
  readonly agent: number
  readonly amount: number
}

/** Words and grams of all agents, by agent number. Depends on the agents' own texts alone. */
export interface TextIndex {
  readonly agentCount: number
  readonly words: ReadonlyMap<string, readonly Posting[]>
  readonly grams: ReadonlyMap<string, readonly Posting[]>
  /** Where an agent says a stem; name before description before body. */
  readonly said: readonly ReadonlyMap<string, Field>[]
  /** Surfaces of each agent's name and description, for showing which words are alike. */
  readonly surfaces: readonly (readonly string[])[]
}

export function textIndex(agents: readonly KnownAgent[]): TextIndex {
  const texts = agents.map((agent) => wordsByField(agent))
  const averages = new Map<Field, number>()
  for (const field of fieldNames) {
    const total = texts.reduce((sum, text) => sum + text[field].length, 0)
    averages.set(field, Math.max(1, total / Math.max(1, agents.length)))
  }
  const words = new Map<string, Posting[]>()
  const said: Map<string, Field>[] = []
  texts.forEach((text, agent) => {
    const amounts = new Map<string, number>()
    const where = new Map<string, Field>()
    for (const field of fieldNames)
      addField({ field, words: text[field], average: averages.get(field)!, amounts, where })
    for (const [stem, amount] of amounts) push(words, stem, { agent, amount: amount / (saturation + amount) })
    said.push(where)
  })
  const surfaces = texts.map((text) => [
    ...new Set([...text.name, ...text.description].map((word) => word.surface)),
  ])
  return { agentCount: agents.length, words, grams: gramPostings(texts), said, surfaces }
}

const fieldNames: readonly Field[] = ['name', 'description', 'body']

function wordsByField(agent: KnownAgent): Record<Field, Word[]> {
  const text = agentText(agent.definition)
  return { name: wordsOf(text.name), description: wordsOf(text.description), body: wordsOf(text.body) }
}

function addField(input: {
  field: Field
  words: readonly Word[]
  average: number
  amounts: Map<string, number>
  where: Map<string, Field>
}): void {
  const { weight, length, most } = fields[input.field]
  const divisor = 1 - length + (length * input.words.length) / input.average
  const counts = new Map<string, number>()
  for (const word of input.words) counts.set(word.stem, (counts.get(word.stem) ?? 0) + 1)
  for (const [stem, count] of counts) {
    input.amounts.set(stem, (input.amounts.get(stem) ?? 0) + (weight * Math.min(most, count)) / divisor)
    if (!input.where.has(stem)) input.where.set(stem, input.field)
  }
}

/** Name and description as one vector of grams, of length 1; the name counts twice. */
function gramPostings(texts: readonly Record<Field, readonly Word[]>[]): Map<string, Posting[]> {
  const counted = texts.map((text) => {
    const counts = new Map<string, number>()
    const add = (words: readonly Word[], amount: number) => {
      for (const surface of new Set(words.map((word) => word.surface))) {
        for (const gram of gramsOf(surface)) counts.set(gram, (counts.get(gram) ?? 0) + amount)
      }
    }
    add(text.name, 2)
    add(text.description, 1)
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
