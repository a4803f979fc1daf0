import { agentKey } from '../kernel/words.ts'
import { type Document, type DocumentSection, headingKey } from './document.ts'
import type { Owner } from './events.ts'

/** An agent's claim on a heading of this document. Lists of claims are in the order of registration. */
export interface Claim {
  readonly agent: string
  /** Without the hashes. */
  readonly heading: string
}

/** Agents that claim a heading, the first registered first, each once. */
export function claimants(heading: string, claims: readonly Claim[]): string[] {
  const key = headingKey(heading)
  const agents = new Map<string, string>()
  for (const claim of claims) {
    if (headingKey(claim.heading) !== key || agents.has(agentKey(claim.agent))) continue
    agents.set(agentKey(claim.agent), claim.agent)
  }
  return [...agents.values()]
}

export function sameAgent(a: Owner, b: string): boolean {
  return a !== null && agentKey(a) === agentKey(b)
}

/** Owner of a section that a person brings in: the agent that claims the heading, when it is only one. */
export function ownerByClaim(heading: string, claims: readonly Claim[]): Owner {
  const agents = claimants(heading, claims)
  return agents.length === 1 ? (agents[0] ?? null) : null
}

/**
 * Who may write into a section. Its owner; without one, the agent whose claim on its heading came first, for
 * the first section with that heading. Null: people only.
 */
export function keeperOf(state: Document, section: DocumentSection, claims: readonly Claim[]): Owner {
  if (section.owner !== null) return section.owner
  const key = headingKey(section.heading)
  const sameHeading = state.sections.filter((candidate) => headingKey(candidate.heading) === key)
  if (sameHeading[0] !== section || sameHeading.some((candidate) => candidate.owner !== null)) return null
  return claimants(section.heading, claims)[0] ?? null
}

/** Headings that an agent may open: those on which its claim came first. */
export function headingsOfAgent(agent: string, claims: readonly Claim[]): string[] {
  return claims
    .filter((claim) => sameAgent(claim.agent, agent))
    .filter((claim) => sameAgent(claimants(claim.heading, claims)[0] ?? null, agent))
    .map((claim) => claim.heading)
}
