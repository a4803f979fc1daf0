import { agentKey } from '../kernel/words.ts'
import type { Handoff } from './handoff.ts'
import type { RoutingQuestion } from './routing/knowledge.ts'

/**
 * What the router is asked about a handoff as it stands: the same when it is routed, when it is routed again after
 * somebody declined, and when a decision is looked at later. Null before it was requested.
 *
 * An agent that declined is not asked again, also when the sender had named it. To whom a person redrove it by name
 * may have been on the way here before: the person has seen the circle.
 */
export function routingQuestion(handoff: Handoff): RoutingQuestion | null {
  const { request, declined, insisted, context, provides } = handoff
  if (request === null) return null
  const { from, need, to } = request
  const isNamed = to !== undefined && !declined.some((name) => agentKey(name) === agentKey(to))
  const chain = insisted && isNamed ? [] : request.chain
  const named = isNamed ? { to } : {}
  return { from, need, context, provides, chain, ...(declined.length === 0 ? {} : { declined }), ...named }
}
