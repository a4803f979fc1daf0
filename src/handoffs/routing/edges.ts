import type { Partner } from '../../agents/events.ts'
import { parseItems, resolveItems } from '../../kernel/pattern-items.ts'
import { type AgentName, agentKey, type EventId } from '../../kernel/words.ts'
import type { RoutingKnowledge } from './knowledge.ts'
import { type Terms, termsOf } from './terms.ts'

/** "A works well with B for N": who said it, where, and in which event. Agents by number. */
export interface Edge {
  readonly from: number
  readonly to: number
  /** What for; a partner without a note speaks by its name. */
  readonly terms: Terms
  readonly note: string | null
  readonly raw: string
  readonly kind: 'recorded' | 'declared'
  readonly event: EventId
  /** Where it was recorded; null for the agent's own file. */
  readonly place: string | null
}

/** Agents by key; of two names with one key the first counts. */
export function agentNumbers(knowledge: RoutingKnowledge): Map<string, number> {
  const numbers = new Map<string, number>()
  knowledge.agents.forEach((agent, number) => {
    const key = agentKey(agent.definition.name)
    if (!numbers.has(key)) numbers.set(key, number)
  })
  return numbers
}

/**
 * All edges between known agents. What an agent recorded about a partner replaces what its file declares about
 * the same partner; its other declared partners stay, with the smaller weight. An agent never counts for
 * itself, groups and unknown names never count, the same note about the same partner counts once, and a retired
 * agent is no witness.
 */
export function edgesOf(knowledge: RoutingKnowledge, numbers: ReadonlyMap<string, number>): Edge[] {
  const edges = new Map<string, Edge>()
  const pairs = new Set<string>()
  const add = (edge: Edge) => {
    if (edge.from === edge.to) return
    const key = JSON.stringify([edge.from, edge.to, edge.note])
    if (!edges.has(key)) edges.set(key, edge)
  }
  for (const section of knowledge.recorded) {
    const from = numbers.get(agentKey(section.from))
    if (from === undefined || knowledge.agents[from]!.retired) continue
    const source = {
      from,
      kind: 'recorded',
      event: section.event,
      place: `${section.document}.md, "${section.heading}"`,
    } as const
    for (const edge of edgesFrom(source, section.partners, { knowledge, numbers })) {
      pairs.add(`${edge.from} ${edge.to}`)
      add(edge)
    }
  }
  knowledge.agents.forEach((agent, from) => {
    if (numbers.get(agentKey(agent.definition.name)) !== from || agent.retired) return
    const source = { from, kind: 'declared', event: agent.event, place: null } as const
    for (const edge of edgesFrom(source, agent.definition.worksWith, { knowledge, numbers })) {
      if (!pairs.has(`${edge.from} ${edge.to}`)) add(edge)
    }
  })
  return [...edges.values()]
}

interface Roster {
  readonly knowledge: RoutingKnowledge
  readonly numbers: ReadonlyMap<string, number>
}

function edgesFrom(
  source: Pick<Edge, 'from' | 'kind' | 'event' | 'place'>,
  partners: readonly Partner[],
  roster: Roster,
): Edge[] {
  return partners
    .flatMap((partner) => resolved(partner, roster))
    .map(({ to, note, partner }) => {
      const terms = note === null ? termsOf(nameOf(roster.knowledge, to)) : noteTerms(partner, note)
      return { ...source, to, note, terms, raw: partner.raw }
    })
}

function nameOf(knowledge: RoutingKnowledge, agent: number): AgentName {
  return knowledge.agents[agent]!.definition.name
}

/** A name that nobody had when the partner was written down may be somebody's now: looked up again, exactly. */
function resolved(
  partner: Partner,
  { numbers }: Roster,
): { to: number; note: string | null; partner: Partner }[] {
  if (partner.target !== null) {
    const to = numbers.get(agentKey(partner.target))
    return to === undefined ? [] : [{ to, note: partner.note, partner }]
  }
  const named = (name: string) => (numbers.has(agentKey(name)) ? name : null)
  return resolveItems(parseItems(partner.raw), named).flatMap((item) => {
    const to = item.target === null ? undefined : numbers.get(agentKey(item.target))
    return to === undefined ? [] : [{ to, note: item.note, partner }]
  })
}

const termsByPartner = new WeakMap<Partner, Map<string, Terms>>()

function noteTerms(partner: Partner, note: string): Terms {
  const known = termsByPartner.get(partner) ?? new Map<string, Terms>()
  if (!termsByPartner.has(partner)) termsByPartner.set(partner, known)
  const terms = known.get(note) ?? termsOf(note)
  known.set(note, terms)
  return terms
}
