import { type AgentName, agentKey } from '../kernel/words.ts'
import type { Station } from './events.ts'
import { foldText, wordsOf } from './routing/words.ts'

/** One handoff on the way here, the first one first. */
export interface Leg {
  readonly handoff: string
  /** The agent that handed over; null for a person. */
  readonly from: AgentName | null
  /** The agent that got it. */
  readonly to: AgentName | null
  readonly need: string
}

/** A handoff that may close a circle. */
export interface NextLeg {
  readonly handoff: string
  readonly need: string
  /** To whom it would go, as far as these had the work before; the likeliest first. */
  readonly towards: readonly AgentName[]
}

/** Words that two needs share, of all their words, from which on they are one need. */
const sharedMin = 0.6
/** How much shorter one may say what the other says. */
const lengthMin = 0.5

/**
 * Whether two needs mean the same: most of their words are the same in any form and order, or all words of one
 * are in the other and it is not much longer. Pure; no two needs without words mean the same unless they are equal.
 */
export function isSameNeed(a: string, b: string): boolean {
  const [one, other] = [a, b].map((need) => new Set(wordsOf(need).map(({ stem }) => stem))) as [
    Set<string>,
    Set<string>,
  ]
  const shared = [...one].filter((stem) => other.has(stem)).length
  if (shared === 0) return foldText(a).trim() === foldText(b).trim()
  const [shorter, longer] = [Math.min(one.size, other.size), Math.max(one.size, other.size)]
  if (shared === shorter && shorter / longer >= lengthMin) return true
  return shared / (one.size + other.size - shared) >= sharedMin
}

/**
 * The circle that a handoff would close: the stations from the agent that had the need, over those it went
 * through, back to that agent. Null when nobody of `towards` had it, or when what comes back is another need: an
 * agent may well be asked for something by somebody it works for.
 */
export function circleOf(way: readonly Leg[], next: NextLeg): Station[] | null {
  for (const agent of next.towards) {
    const first = lastStation(way, agent)
    if (first === null) continue
    const legs = way.slice(Math.max(first, 0))
    if (!legs.some((leg) => isSameNeed(leg.need, next.need))) continue
    const stations = legs.flatMap(({ to, handoff }) => (to === null ? [] : [{ agent: to, handoff }]))
    const begin = first < 0 ? [{ agent }] : []
    return [...begin, ...stations, { agent, handoff: next.handoff }]
  }
  return null
}

/** Where on the way an agent got the work last; -1 for who began it; null for who never had it. */
function lastStation(way: readonly Leg[], agent: AgentName): number | null {
  const key = agentKey(agent)
  const got = way.findLastIndex(({ to }) => to !== null && agentKey(to) === key)
  if (got >= 0) return got
  const began = way[0]?.from
  return began != null && agentKey(began) === key ? -1 : null
}

/** `A → B → A`, for people. */
export function circleText(circle: readonly Station[]): string {
  return circle.map(({ agent }) => agent).join(' → ')
}
