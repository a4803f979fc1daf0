import { limits } from '../../kernel/limits.ts'
import { agentKey } from '../../kernel/words.ts'
import type { RoutingKnowledge } from './knowledge.ts'

/**
 * What an agent needs when work is handed to it: what it recorded in its sections when it recorded any,
 * otherwise what its file declares. Each once, in order.
 */
export function requirementsOf(knowledge: RoutingKnowledge, agent: number): string[] {
  const { definition } = knowledge.agents[agent]!
  const key = agentKey(definition.name)
  const recorded = knowledge.recorded
    .filter((section) => agentKey(section.from) === key)
    .flatMap((section) => section.requirements)
  const requirements = recorded.length > 0 ? recorded : definition.requirements
  return [...new Set(requirements)].slice(0, limits.requirementsMax)
}
