import type { AgentDefinition, Partner } from '../../agents/events.ts'
import type { Actor } from '../../kernel/event.ts'
import type { AgentName, DocumentName, EventId } from '../../kernel/words.ts'
import type { Provided } from '../events.ts'

/** An agent as the log knows it at the time of the question. */
export interface KnownAgent {
  readonly definition: AgentDefinition
  /** The AgentRegistered or AgentRevised event that this definition comes from. */
  readonly event: EventId
  readonly retired?: boolean
}

/** What an agent wrote about working with others into a section of its own. */
export interface RecordedPatterns {
  /** Whose section it is. */
  readonly from: AgentName
  readonly partners: readonly Partner[]
  readonly requirements: readonly string[]
  /** The event that recorded the section's present text. */
  readonly event: EventId
  readonly document: DocumentName
  readonly heading: string
}

/**
 * Everything a decision may look at. Treat it as frozen: what is prepared from it is kept for as long as the
 * object lives, and the part that depends on agents alone for as long as its `agents` array lives.
 */
export interface RoutingKnowledge {
  /** Every agent once; of two names with one key the first counts. */
  readonly agents: readonly KnownAgent[]
  readonly recorded: readonly RecordedPatterns[]
  /** The last event that was folded into this, or null for an empty log. */
  readonly asOf: EventId | null
}

export interface RoutingQuestion {
  /** Who hands over. */
  readonly from: Actor
  /** What is needed: the only text that ranks candidates. */
  readonly need: string
  /** What goes with it; it can meet the receiver's requirements, and does not rank. */
  readonly context: string
  readonly provides?: readonly Provided[]
  /** Named by the sender: taken exactly (in any case), or nobody. */
  readonly to?: AgentName
  /** The agents on the way here, the first one first. */
  readonly chain: readonly AgentName[]
  /** Agents that were asked already and declined. */
  readonly declined?: readonly AgentName[]
  /** The agents that the workflow may use; all of them when absent. */
  readonly roster?: readonly AgentName[]
}
