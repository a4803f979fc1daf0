import type { RecordedEvent } from '../src/kernel/event.ts'
import type { Projection } from '../src/kernel/projection.ts'
import { cell, eventName, inline, page, quote, rehearsalMark, table, when } from './shared/markdown.ts'
import { at, byCodeUnits, set, type Table, without } from './shared/record.ts'
import { documentChange, type SectionChange, sectionKey } from './shared/section-changes.ts'

export type AgentSection = {
  document: string
  section: string
  heading: string
  owner: string | null
  text: string
  /** The event that gave the text, when, by whom and in which session. */
  event: string
  at: string
  by: string
  session: string | null
  rehearsal: boolean
}

/** By document and section. As large as the memory itself, and no larger. */
export type AgentSections = { sections: Table<AgentSection> }

/**
 * Which agent owns which sections, over all documents. One state with the key `agents`: an event that
 * rewrites a section does not say whose it is, and one edit may touch the sections of several agents.
 * Read one agent's with `sectionsOf`.
 */
export const agentSections: Projection<AgentSections> = {
  name: 'agent-sections',
  version: 1,
  key: (event) => (documentChange(event) === null ? null : 'agents'),
  initial: { sections: {} },
  evolve(state, event) {
    const edit = documentChange(event)
    if (edit === null) return state
    const evolveOne = (sections: Table<AgentSection>, change: SectionChange) => {
      const key = sectionKey(edit.document, change.section)
      if (change.kind === 'removed') return without(sections, key)
      const before = at(sections, key)
      if (change.kind === 'owner') {
        return before === undefined ? sections : set(sections, key, { ...before, owner: change.owner })
      }
      const { document, session } = edit
      return set(sections, key, written({ before, change, event, document, session }))
    }
    return { sections: edit.changes.reduce(evolveOne, state.sections) }
  },
  render: (state) =>
    page('# Sections of the agents', ...owners(state).map((agent) => renderAgent(state, agent))),
}

/** An agent's sections, ordered by document and heading. */
export function sectionsOf(state: AgentSections, agent: string): AgentSection[] {
  return Object.values(state.sections)
    .filter((section) => section.owner === agent)
    .sort((a, b) => byCodeUnits(a.document, b.document) || byCodeUnits(a.heading, b.heading))
}

/** The agents that own a section, in order. */
export function owners(state: AgentSections): string[] {
  const named = Object.values(state.sections).flatMap((section) => section.owner ?? [])
  return [...new Set(named)].sort(byCodeUnits)
}

/** One agent's sections: where each stands, who wrote it last, and its text. */
export function renderAgent(state: AgentSections, agent: string): string {
  const sections = sectionsOf(state, agent)
  const rows = sections.map((section) => [
    cell(section.document),
    cell(section.heading),
    `${cell(section.by)}${rehearsalMark(section.rehearsal)}`,
    when(section.at),
    section.session === null ? '–' : cell(section.session),
    eventName(section.event),
  ])
  const heads = ['document', 'section', 'last written by', 'at', 'session', 'event']
  const texts = sections.flatMap((section) => [
    `### ${inline(section.document)}: ${inline(section.heading)}`,
    quote(section.text.trimEnd()),
  ])
  return [`## ${inline(agent)}`, table(heads, rows, 'Owns no section.'), ...texts].join('\n\n')
}

function written(given: {
  before: AgentSection | undefined
  change: Extract<SectionChange, { kind: 'text' }>
  event: RecordedEvent
  document: string
  session: string | null
}): AgentSection {
  const { before, change, event, document, session } = given
  const heading = change.heading ?? before?.heading ?? ''
  const owner = change.owner === undefined ? (before?.owner ?? null) : change.owner
  if (before !== undefined && before.text === change.text) return { ...before, heading, owner }
  return {
    document,
    section: change.section,
    heading,
    owner,
    text: change.text,
    event: event.id,
    at: event.meta.recordedAt,
    by: event.meta.actor.id,
    session,
    rehearsal: event.meta.rehearsal === true,
  }
}
