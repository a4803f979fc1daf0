import { type RecordedSection, recordedPatterns, type SectionAuthor } from '../handoffs/recorded-patterns.ts'
import type { RoutingKnowledge } from '../handoffs/routing/knowledge.ts'
import type { DocumentSection } from '../memory/document.ts'
import type { RosterEntry } from '../workflows/events.ts'
import type { KnownAgent, LogView } from './log-view.ts'
import { rosterOf } from './roster.ts'

interface Kept {
  readonly asOf: string | null
  readonly roster: string
  readonly knowledge: RoutingKnowledge
}

/** The router prepares what it is given once per object: the same view and roster give the same object. */
const kept = new WeakMap<LogView, Kept>()
const rosters = new Map<string, readonly KnownAgent[]>()

/** Sections are never changed in place: what one says is read once for each roster. */
const patternsBySection = new WeakMap<DocumentSection, { key: string; patterns: RecordedSection }>()

function patternsOf(
  section: DocumentSection,
  { key, ...author }: SectionAuthor & { readonly key: string },
): RecordedSection {
  const read = patternsBySection.get(section)
  if (read !== undefined && read.key === key) return read.patterns
  const patterns = recordedPatterns(section.text, author)
  patternsBySection.set(section, { key, patterns })
  return patterns
}

/** What a routing decision is made from: a roster's agents, and the patterns that their sections record. */
export function routingKnowledge(view: LogView, roster: readonly RosterEntry[]): RoutingKnowledge {
  const key = roster.map(({ agent, event }) => `${agent} ${event}`).join()
  const last = kept.get(view)
  if (last !== undefined && last.asOf === view.asOf && last.roster === key) return last.knowledge
  const agents = rosters.get(key) ?? rosterOf(view, roster)
  rosters.clear()
  rosters.set(key, agents)
  const names = agents.map(({ definition }) => definition.name)
  const recorded = view.documents().flatMap((document) =>
    document.sections.flatMap((section) => {
      if (section.owner === null) return []
      const { owner: from, event, heading } = section
      const { partners, requirements } = patternsOf(section, { names, key, owner: from })
      if (partners.length === 0 && requirements.length === 0) return []
      return [{ from, partners, requirements, event, document: document.document, heading }]
    }),
  )
  const knowledge: RoutingKnowledge = { agents, recorded, asOf: view.asOf }
  kept.set(view, { asOf: view.asOf, roster: key, knowledge })
  return knowledge
}
