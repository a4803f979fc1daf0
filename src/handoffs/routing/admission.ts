import { agentKey } from '../../kernel/words.ts'
import type { Excluded } from '../events.ts'
import type { RoutingQuestion } from './knowledge.ts'
import type { PreparedKnowledge } from './prepared.ts'

/** Who may be chosen for a question, and why the others may not. */
export interface Admission {
  /** The sending agent's number; null for a person and for an agent that nobody knows. */
  readonly sender: number | null
  /** Numbers of the agents that may be chosen. */
  readonly eligible: readonly number[]
  readonly excluded: Excluded[]
}

function senderOf(question: RoutingQuestion, prepared: PreparedKnowledge): number | null {
  if (question.from.kind !== 'agent') return null
  return prepared.numbers.get(agentKey(question.from.id)) ?? null
}

export function admitted(question: RoutingQuestion, prepared: PreparedKnowledge): Admission {
  const sender = senderOf(question, prepared)
  const chain = new Set(question.chain.map(agentKey))
  const declined = new Set((question.declined ?? []).map(agentKey))
  const roster = question.roster === undefined ? null : new Set(question.roster.map(agentKey))
  const eligible: number[] = []
  const excluded: Excluded[] = []
  for (const [key, number] of prepared.numbers) {
    const agent = prepared.knowledge.agents[number]!
    const reason = exclusion({
      isSender: number === sender,
      retired: agent.retired === true,
      key,
      chain,
      declined,
      roster,
    })
    if (reason === null) eligible.push(number)
    else excluded.push({ agent: agent.definition.name, reason })
  }
  return { sender, eligible, excluded }
}

function exclusion(about: {
  isSender: boolean
  retired: boolean
  key: string
  chain: ReadonlySet<string>
  declined: ReadonlySet<string>
  roster: ReadonlySet<string> | null
}): Excluded['reason'] | null {
  if (about.isSender) return 'sender'
  if (about.retired) return 'retired'
  if (about.chain.has(about.key)) return 'loop'
  if (about.declined.has(about.key)) return 'declined'
  return about.roster !== null && !about.roster.has(about.key) ? 'not_in_roster' : null
}
