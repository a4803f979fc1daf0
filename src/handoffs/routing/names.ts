import { type AgentName, agentKey } from '../../kernel/words.ts'
import { wordLikeness } from './grams.ts'

const likenessMin = 0.25
const namesMax = 3

/** Names like a wrong one, the likest first: a suggestion for people, never a choice. */
export function nearestNames(name: AgentName, names: readonly AgentName[]): AgentName[] {
  const key = agentKey(name)
  return names
    .map((candidate) => ({ candidate, likeness: wordLikeness(key, agentKey(candidate)) }))
    .filter(({ likeness }) => likeness >= likenessMin)
    .sort((one, other) => other.likeness - one.likeness || compareNames(one.candidate, other.candidate))
    .slice(0, namesMax)
    .map(({ candidate }) => candidate)
}

/** By code units: the same order on every machine, whatever its language. */
export function compareNames(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
