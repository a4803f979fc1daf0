import type { AgentName } from '../../kernel/words.ts'
import type { Candidate, Excluded, RoutingInputs } from '../events.ts'
import { missingRequirements } from '../requirements.ts'
import type { Admission } from './admission.ts'
import type { RoutingQuestion } from './knowledge.ts'
import type { RoutingPolicy } from './policy.ts'
import type { PreparedKnowledge } from './prepared.ts'
import { requirementsOf } from './receiver.ts'
import type { Terms } from './terms.ts'

export type RoutingCode =
  /** The sender named it. */
  | 'named'
  /** The best candidate of the policy. */
  | 'routed'
  /** Named, and no agent has that name. */
  | 'unknown_agent'
  /** Named, and may not be chosen: see `excluded`. */
  | 'excluded_agent'
  /** There is no agent that may be chosen. */
  | 'no_candidates'
  /** The need has no words to go by. */
  | 'empty_need'
  /** The need is like nothing that any agent does. */
  | 'resembles_nobody'

export interface RoutingDecision {
  /** The agent, in its own spelling, or null for nobody. */
  readonly chosen: AgentName | null
  readonly code: RoutingCode
  /** One or two sentences for people: why it, or why nobody and what would help. */
  readonly reason: string
  /** From 0 to 1: how often a choice like this one is right, as measured; 1 when named; 0 for nobody. */
  readonly confidence: number
  /** The best first, at most `candidatesRecordedMax`; kept as suggestions when nobody is chosen. */
  readonly candidates: Candidate[]
  /** Every agent that might have been chosen, the best first. */
  readonly ranking: AgentName[]
  readonly excluded: Excluded[]
  /** The policy's name. */
  readonly policy: string
  readonly inputs: RoutingInputs
  /** What the chosen agent asks for, and what of it is not there. */
  readonly requirements: string[]
  readonly missing: string[]
}

/** A question with all that is needed to answer it. */
export interface Asked extends Admission {
  readonly question: RoutingQuestion
  readonly prepared: PreparedKnowledge
  readonly policy: RoutingPolicy
  readonly need: Terms
}

type Unsaid = 'code' | 'reason' | 'confidence' | 'candidates' | 'ranking'

export function decided(asked: Asked, agent: number): Omit<RoutingDecision, Unsaid> {
  const { prepared, question } = asked
  const requirements = requirementsOf(prepared.knowledge, agent)
  return {
    chosen: nameOf(prepared, agent),
    excluded: asked.excluded,
    policy: asked.policy.name,
    inputs: inputsOf(asked),
    requirements,
    missing: missingRequirements(requirements, question),
  }
}

export function nobody(asked: Asked, code: RoutingCode, reason: string): RoutingDecision {
  return {
    chosen: null,
    code,
    reason,
    confidence: 0,
    candidates: [],
    ranking: [],
    excluded: asked.excluded,
    policy: asked.policy.name,
    inputs: inputsOf(asked),
    requirements: [],
    missing: [],
  }
}

function inputsOf({ prepared, eligible }: Asked): RoutingInputs {
  const { agents, asOf } = prepared.knowledge
  return { asOf, roster: eligible.map((agent) => agents[agent]!.event) }
}

export function nameOf(prepared: PreparedKnowledge, agent: number): AgentName {
  return prepared.knowledge.agents[agent]!.definition.name
}
