import type { RecordedEvent } from '../../src/kernel/event.ts'
import { isEventOf } from '../../src/kernel/event-schema.ts'
import { type MemoryChange, memoryEvents } from '../../src/memory/events.ts'

/** What an event does to one section, whatever it was called in the log. */
export type SectionChange =
  | {
      readonly kind: 'text'
      readonly section: string
      readonly text: string
      /** Absent: as before. */
      readonly heading?: string
      readonly owner?: string | null
    }
  | { readonly kind: 'owner'; readonly section: string; readonly owner: string | null }
  | { readonly kind: 'removed'; readonly section: string }

export interface DocumentChange {
  readonly document: string
  readonly changes: readonly SectionChange[]
  readonly session: string | null
}

/** The changes of sections that an event of a document brings; null for every other event. */
export function documentChange(event: RecordedEvent): DocumentChange | null {
  if (!isEventOf(memoryEvents, event)) return null
  switch (event.type) {
    case 'DocumentImported': {
      const changes = event.data.sections.map((section) => ({ kind: 'text', ...picked(section) }) as const)
      return { document: event.data.document, changes, session: null }
    }
    case 'DocumentEdited': {
      const changes = event.data.changes.flatMap(sectionChange)
      return { document: event.data.document, changes, session: event.data.session ?? null }
    }
    default:
      return null
  }
}

/** Names a section over all documents. */
export function sectionKey(document: string, section: string): string {
  return `${document}/${section}`
}

function sectionChange(change: MemoryChange): SectionChange[] {
  switch (change.kind) {
    case 'opened':
      return [{ kind: 'text', ...picked(change) }]
    case 'written':
      return [{ kind: 'text', section: change.section, text: change.text }]
    case 'renamed':
      return [{ kind: 'text', section: change.section, text: change.text, heading: change.heading }]
    case 'assigned':
      return [{ kind: 'owner', section: change.section, owner: change.owner }]
    case 'removed':
      return [{ kind: 'removed', section: change.section }]
    case 'moved':
    case 'preface':
      return []
  }
}

function picked(from: { section: string; text: string; heading: string; owner: string | null }) {
  return { section: from.section, text: from.text, heading: from.heading, owner: from.owner }
}
