import type { RecordedAgentEvent } from '../src/agents/events.ts'
import { agentEvents } from '../src/agents/events.ts'
import { parsePatterns } from '../src/kernel/collaboration-patterns.ts'
import type { RecordedEvent } from '../src/kernel/event.ts'
import { isEventOf } from '../src/kernel/event-schema.ts'
import { agentNamed, resolveItems } from '../src/kernel/pattern-items.ts'
import type { Projection } from '../src/kernel/projection.ts'
import { agentKey } from '../src/kernel/words.ts'
import { cell, eventName, inline, page, rehearsalMark, table } from './shared/markdown.ts'
import { at, byCodeUnits, set, sorted, type Table, without } from './shared/record.ts'
import { documentChange, type SectionChange, sectionKey } from './shared/section-changes.ts'

export type PartnerLine = {
  raw: string
  /** The agent that it names exactly; null for groups and free text. */
  target: string | null
  note: string | null
}

/** An item that stands in a section, as it was parsed, with the event that first wrote it there. */
export type RecordedItem = {
  raw: string
  name: string
  note: string | null
  doubtful: boolean
  event: string
  rehearsal: boolean
}

export type RecordedRequirement = { text: string; event: string; rehearsal: boolean }

export type DeclaredPatterns = {
  agent: string
  partners: PartnerLine[]
  requirements: string[]
  /** The AgentRegistered or AgentRevised that declares them. */
  event: string
}

export type SectionPatterns = {
  document: string
  section: string
  owner: string | null
  partners: RecordedItem[]
  requirements: RecordedRequirement[]
}

/** `declared` by agent key, `recorded` by document and section; as large as the agents and their sections. */
export type CollaborationBoard = {
  declared: Table<DeclaredPatterns>
  recorded: Table<SectionPatterns>
}

export interface AgentPatterns {
  readonly agent: string
  readonly declared: DeclaredPatterns | null
  /** By section; the partners with the agents that they name now. */
  readonly recorded: readonly RecordedPatterns[]
}

export interface RecordedPatterns {
  readonly document: string
  readonly section: string
  readonly partners: readonly (PartnerLine & Mark)[]
  readonly requirements: readonly RecordedRequirement[]
}

type Mark = { event: string; rehearsal: boolean }

/**
 * Whom each agent works with and what it needs: declared in its file, and recorded in its sections with the
 * event that wrote each line. One state with the key `agents`, because an edit does not say whose section it
 * changes; read one agent's with `patternsOf`. Targets are looked up when read, so that an agent registered
 * later is found.
 */
export const collaborationPatterns: Projection<CollaborationBoard> = {
  name: 'collaboration-patterns',
  version: 1,
  key: (event) => (isEventOf(agentEvents, event) || documentChange(event) !== null ? 'agents' : null),
  initial: { declared: {}, recorded: {} },
  evolve(state, event) {
    if (isEventOf(agentEvents, event)) return evolveDeclared(state, event as RecordedAgentEvent)
    const edit = documentChange(event)
    if (edit === null) return state
    const recorded = edit.changes.reduce((sections, change) => {
      const key = sectionKey(edit.document, change.section)
      return evolveRecorded(sections, key, { change, event, document: edit.document })
    }, state.recorded)
    return recorded === state.recorded ? state : { ...state, recorded }
  },
  render(state) {
    const agents = agentsOf(state).map((agent) => renderAgent(patternsOf(state, agent)))
    return page('# Collaboration patterns', ...(agents.length === 0 ? ['Nobody has any.'] : agents))
  },
}

/** One agent's patterns; names are compared as `agentKey` does. */
export function patternsOf(state: CollaborationBoard, agent: string): AgentPatterns {
  const key = agentKey(agent)
  const declared = at(state.declared, key) ?? null
  const named = agentNamed(Object.values(state.declared).map((one) => one.agent))
  const recorded = sorted(state.recorded)
    .map(([, section]) => section)
    .filter((section) => section.owner !== null && agentKey(section.owner) === key)
    .map(({ document, section, partners, requirements }) => ({
      document,
      section,
      partners: partners.flatMap(({ event, rehearsal, ...item }) =>
        resolveItems([item], named).map((line) => ({ ...line, event, rehearsal })),
      ),
      requirements,
    }))
  return { agent: declared?.agent ?? agent, declared, recorded }
}

/** Every agent with declared or recorded patterns, in order. */
export function agentsOf(state: CollaborationBoard): string[] {
  const names = new Map(Object.entries(state.declared).map(([key, one]) => [key, one.agent]))
  for (const section of Object.values(state.recorded)) {
    const { owner } = section
    const empty = section.partners.length === 0 && section.requirements.length === 0
    if (owner !== null && !empty && !names.has(agentKey(owner))) names.set(agentKey(owner), owner)
  }
  return [...names.values()].sort(byCodeUnits)
}

function evolveDeclared(state: CollaborationBoard, event: RecordedAgentEvent): CollaborationBoard {
  const key = agentKey(event.data.name)
  if (event.type === 'AgentRetired') return { ...state, declared: without(state.declared, key) }
  const { name, worksWith, requirements } = event.data.definition
  const declared = { agent: name, partners: worksWith, requirements, event: event.id }
  return { ...state, declared: set(state.declared, key, declared) }
}

function evolveRecorded(
  sections: Table<SectionPatterns>,
  key: string,
  given: { change: SectionChange; event: RecordedEvent; document: string },
): Table<SectionPatterns> {
  const { change, event, document } = given
  const before = at(sections, key)
  if (change.kind === 'removed') return without(sections, key)
  if (change.kind === 'owner') {
    return before === undefined ? sections : set(sections, key, { ...before, owner: change.owner })
  }
  const owner = change.owner === undefined ? (before?.owner ?? null) : change.owner
  const found = parsePatterns(change.text)
  const mark = { event: event.id, rehearsal: event.meta.rehearsal === true }
  const partners = found.worksWith.map(
    (item) => before?.partners.find((one) => one.raw === item.raw) ?? { ...item, ...mark },
  )
  const requirements = found.requirements.map(
    (text) => before?.requirements.find((one) => one.text === text) ?? { text, ...mark },
  )
  return set(sections, key, { document, section: change.section, owner, partners, requirements })
}

function renderAgent(patterns: AgentPatterns): string {
  const { declared, recorded } = patterns
  const partners = [
    ...recorded.flatMap((section) =>
      section.partners.map((line) => partnerRow(line, `recorded in ${section.document}`, line)),
    ),
    ...(declared?.partners ?? []).map((line) =>
      partnerRow(line, 'declared', { event: declared!.event, rehearsal: false }),
    ),
  ]
  const requirements = [
    ...recorded.flatMap((section) =>
      section.requirements.map((one) => requirementRow(one.text, `recorded in ${section.document}`, one)),
    ),
    ...(declared?.requirements ?? []).map((text) =>
      requirementRow(text, 'declared', { event: declared!.event, rehearsal: false }),
    ),
  ]
  return [
    `## ${inline(patterns.agent)}`,
    table(['works well with', 'agent', 'for', 'where', 'event'], partners, 'Names no partner.'),
    table(['handoff requirement', 'where', 'event'], requirements, 'Requires nothing.'),
  ].join('\n\n')
}

function partnerRow(line: PartnerLine, where: string, mark: Mark): string[] {
  return [cell(line.raw), cell(line.target), cell(line.note), ...source(where, mark)]
}

function requirementRow(text: string, where: string, mark: Mark): string[] {
  return [cell(text), ...source(where, mark)]
}

function source(where: string, mark: Mark): string[] {
  return [`${cell(where)}${rehearsalMark(mark.rehearsal)}`, eventName(mark.event)]
}
