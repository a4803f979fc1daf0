import type { RecordedEvent } from '../../kernel/event.ts'
import { emptyDocument, evolveDocument, findSection } from '../../memory/document.ts'
import type { Project } from '../project.ts'
import { documentAt, sectionOf } from './document-at.ts'
import { memoryEventsOf } from './memory-events.ts'

/** One change of a document, for people who ask who did what when. */
export interface MemoryLogEntry {
  readonly event: string
  readonly at: string
  readonly by: string
  readonly via: string
  readonly session: string | null
  readonly workflow: string | null
  readonly reason: string | null
  readonly commit: string | null
  readonly restores: string | null
  readonly sections: readonly {
    readonly section: string
    readonly heading: string
    readonly change: string
  }[]
}

/**
 * Every change of a document, or of one of its sections, the first one first; a section is followed through its
 * renames. Rejects with `not_found` for a document or section that there never was.
 */
export async function memoryLog(
  project: Project,
  document: string,
  section?: string,
): Promise<MemoryLogEntry[]> {
  const now = await documentAt(project, document)
  const id = section === undefined ? null : findSection(now, section)?.section
  const entries: MemoryLogEntry[] = []
  let state = emptyDocument(document)
  for await (const event of memoryEventsOf(project.store, document)) {
    const before = state
    state = evolveDocument(state, event)
    const wanted =
      id === undefined ? (findSection(state, section!) ?? findSection(before, section!))?.section : id
    const sections = changesOf(event).map((change) => ({
      ...change,
      heading: change.heading ?? headingOf(change.section, state, before),
    }))
    const own = wanted === null ? sections : sections.filter((change) => change.section === wanted)
    if (own.length > 0 || (wanted === null && event.type === 'DocumentImported'))
      entries.push(entryOf(event, own))
  }
  // Says which sections there are.
  if (entries.length === 0 && section !== undefined) sectionOf(now, section)
  return entries
}

interface Change {
  readonly section: string
  readonly heading?: string
  readonly change: string
}

function changesOf(event: RecordedEvent): Change[] {
  const data = event.data as {
    changes?: { kind: string; section?: string; heading?: string }[]
    sections?: { section: string; heading: string }[]
    section?: string
    heading?: string
  }
  if (event.type === 'DocumentImported')
    return (data.sections ?? []).map(({ section, heading }) => ({ section, heading, change: 'imported' }))
  if (event.type === 'EditConflicted')
    return [
      {
        section: data.section ?? '',
        ...(data.heading === undefined ? {} : { heading: data.heading }),
        change: 'conflicted',
      },
    ]
  return (data.changes ?? []).map(({ kind, section, heading }) => ({
    section: section ?? '',
    ...(heading === undefined ? {} : { heading }),
    change: kind,
  }))
}

function headingOf(
  section: string,
  ...states: { sections: { section: string; heading: string }[] }[]
): string {
  for (const { sections } of states) {
    const found = sections.find((candidate) => candidate.section === section)
    if (found !== undefined) return found.heading
  }
  return ''
}

function entryOf(event: RecordedEvent, sections: MemoryLogEntry['sections']): MemoryLogEntry {
  const data = event.data as {
    via?: string
    session?: string
    reason?: string
    commit?: string
    restores?: string
  }
  return {
    event: event.id,
    at: event.meta.recordedAt,
    by: `${event.meta.actor.kind}:${event.meta.actor.id}`,
    via: data.via ?? 'import',
    session: data.session ?? null,
    workflow: event.meta.correlation ?? null,
    reason: data.reason ?? null,
    commit: data.commit ?? null,
    restores: data.restores ?? null,
    sections,
  }
}
