import type { RecordedAgentEvent } from '../src/agents/events.ts'
import { agentEvents } from '../src/agents/events.ts'
import { pathOfSource } from '../src/agents/source.ts'
import { isEventOf } from '../src/kernel/event-schema.ts'
import type { Projection } from '../src/kernel/projection.ts'
import { agentKey } from '../src/kernel/words.ts'
import { cell, cut, eventName, page, plural, rehearsalMark, table, when } from './shared/markdown.ts'
import { at, set, sorted, type Table } from './shared/record.ts'

export type RosterAgent = {
  name: string
  /** Cut to what a list needs; the event has all of it. */
  description: string
  /** null: inherits every tool. */
  tools: string[] | null
  model: string | null
  source: string
  claims: { document: string; heading: string }[]
  status: 'registered' | 'retired'
  /** The event that defines it. */
  event: string
  at: string
  diagnostics: number
  recovered: boolean
  rehearsal: boolean
}

/** By `agentKey`. At most one entry for each agent that was ever registered. */
export type AgentRoster = { agents: Table<RosterAgent> }

const descriptionCharsMax = 600

/** Every agent that was ever registered, with the event that defines it now. One state, with the key `roster`. */
export const agentRoster: Projection<AgentRoster> = {
  name: 'agent-roster',
  version: 1,
  key: (event) => (isEventOf(agentEvents, event) ? 'roster' : null),
  initial: { agents: {} },
  evolve(state, event) {
    if (!isEventOf(agentEvents, event)) return state
    const known = event as RecordedAgentEvent
    const key = agentKey(known.data.name)
    if (known.type !== 'AgentRetired') return { agents: set(state.agents, key, defined(known)) }
    const before = at(state.agents, key)
    if (before === undefined) return state
    const retired: RosterAgent = { ...before, status: 'retired', at: known.meta.recordedAt }
    return { agents: set(state.agents, key, retired) }
  },
  render(state) {
    const agents = sorted(state.agents).map(([, agent]) => agent)
    const here = agents.filter((agent) => agent.status === 'registered')
    const heads = ['agent', 'description', 'tools', 'model', 'sections', 'file', 'diagnostics', 'defined by']
    const gone = agents
      .filter((agent) => agent.status === 'retired')
      .map((agent) => [
        cell(agent.name),
        cell(pathOfSource(agent.source)),
        when(agent.at),
        eventName(agent.event),
      ])
    return page(
      '# Agents',
      plural(here.length, 'agent'),
      table(heads, here.map(row), 'Nobody is registered.'),
      gone.length === 0 ? null : '## Retired',
      table(['agent', 'file', 'retired', 'last defined by'], gone, ''),
    )
  },
}

function defined(event: Exclude<RecordedAgentEvent, { type: 'AgentRetired' }>): RosterAgent {
  const { definition, source, diagnostics } = event.data
  return {
    name: definition.name,
    description: cut(definition.description, descriptionCharsMax),
    tools: definition.tools,
    model: definition.model,
    source,
    claims: definition.claims,
    status: 'registered',
    event: event.id,
    at: event.meta.recordedAt,
    diagnostics: diagnostics.length,
    recovered: definition.recovered,
    rehearsal: event.meta.rehearsal === true,
  }
}

function row(agent: RosterAgent): string[] {
  const claims = agent.claims.map((claim) => `${claim.document}: ${claim.heading}`).join('; ')
  const tools = agent.tools === null ? 'all' : agent.tools.length === 0 ? 'none' : agent.tools.join(', ')
  const found = agent.recovered ? `${agent.diagnostics}, file recovered` : String(agent.diagnostics)
  return [
    `${cell(agent.name)}${rehearsalMark(agent.rehearsal)}`,
    cell(cut(firstSentence(agent.description), 160)),
    cell(tools),
    cell(agent.model ?? 'any'),
    cell(claims),
    cell(pathOfSource(agent.source)),
    found,
    eventName(agent.event),
  ]
}

/** Up to the first full stop that ends a sentence, or to the first line's end. */
function firstSentence(description: string): string {
  return /^.*?(?:[.!?](?=\s)|(?=\\n|\n|$))/u.exec(description.trim())?.[0] ?? description
}
