import type { AgentDefinition, Partner } from '../../../src/agents/events.ts'
import { recordedPatterns } from '../../../src/handoffs/recorded-patterns.ts'
import type {
  KnownAgent,
  RecordedPatterns,
  RoutingKnowledge,
  RoutingQuestion,
} from '../../../src/handoffs/routing/knowledge.ts'

/** An agent of a test: what routing reads of it, the rest empty. */
export interface Cast {
  readonly name: string
  readonly description: string
  readonly prompt?: string
  /** As in "Works well with": `name for note`, or a bare name. */
  readonly worksWith?: readonly string[]
  readonly requirements?: readonly string[]
  readonly retired?: boolean
}

export function knowledgeOf(cast: readonly Cast[], sections: Record<string, string> = {}): RoutingKnowledge {
  const names = cast.map(({ name }) => name)
  const recorded = Object.entries(sections).map(([from, text], at): RecordedPatterns => {
    const { partners, requirements } = recordedPatterns(text, { names, owner: from })
    return {
      from,
      partners,
      requirements,
      event: sectionEvent(at),
      document: 'insights',
      heading: `Notes of ${from}`,
    }
  })
  return { agents: cast.map(known), recorded, asOf: null }
}

export function ask(question: Partial<RoutingQuestion> & { need: string; by?: string }): RoutingQuestion {
  const { by, ...rest } = question
  const from = by === undefined ? { kind: 'person' as const, id: 'ada' } : { kind: 'agent' as const, id: by }
  return { from, context: '', chain: [], ...rest }
}

export function agentEvent(at: number): string {
  return `00000000-0000-7000-8000-${String(at).padStart(12, '0')}`
}

export function sectionEvent(at: number): string {
  return `00000000-0000-7000-9000-${String(at).padStart(12, '0')}`
}

function known(agent: Cast, at: number): KnownAgent {
  return {
    definition: definitionOf(agent),
    event: agentEvent(at),
    ...(agent.retired ? { retired: true } : {}),
  }
}

export function definitionOf(agent: Cast): AgentDefinition {
  return {
    name: agent.name,
    description: agent.description,
    tools: null,
    model: null,
    color: null,
    examples: [],
    prompt: agent.prompt ?? '',
    claims: [],
    template: null,
    worksWith: (agent.worksWith ?? []).map(partner),
    requirements: [...(agent.requirements ?? [])],
    summaryFields: [],
    recovered: false,
    extra: {},
  }
}

function partner(raw: string): Partner {
  const [target, note] = raw.split(' for ')
  return { raw, target: target!, note: note ?? null }
}

/** A small house that most claims about routing can be made with. */
export const cast: readonly Cast[] = [
  {
    name: 'api-designer',
    description: 'Designs HTTP contracts, errors and versions.',
    worksWith: ['data-modeler for storage of new entities', 'tester for load tests'],
    requirements: ['user stories'],
  },
  {
    name: 'data-modeler',
    description: 'Designs tables, indexes and migrations of the database.',
    requirements: ['expected row counts', 'list of queries'],
  },
  { name: 'tester', description: 'Writes unit tests, load tests and end-to-end tests.' },
  { name: 'site-keeper', description: 'Watches servers at night and keeps them running.' },
  { name: 'technical-writer', description: 'Writes guides and reference pages for readers.' },
]
