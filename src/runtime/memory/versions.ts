import type { RecordedEvent } from '../../kernel/event.ts'
import { isEventOf } from '../../kernel/event-schema.ts'
import { type Document, emptyDocument, evolveDocument } from '../../memory/document.ts'
import { memoryEvents, type RecordedMemoryEvent } from '../../memory/events.ts'
import type { EventStore } from '../../store/port.ts'

/** One text that a section had, from the event that gave it on. */
export interface SectionVersion {
  readonly document: string
  readonly section: string
  readonly heading: string
  readonly owner: string | null
  readonly text: string
  /** The text before; empty for a new section. */
  readonly before: string
  readonly event: RecordedEvent
  readonly session: string | null
}

/**
 * Every text that any section of any document ever had, in the order of the log. Gives back the documents as they
 * are at the end.
 */
export async function* versionsOf(store: EventStore): AsyncGenerator<SectionVersion, Map<string, Document>> {
  const documents = new Map<string, Document>()
  for await (const event of store.readAll({ filter: { streamPrefixes: ['memory-'] } })) {
    if (!isEventOf(memoryEvents, event)) continue
    const { document } = event.data
    const before = documents.get(document) ?? emptyDocument(document)
    const after = evolveDocument(before, event as RecordedMemoryEvent)
    documents.set(document, after)
    yield* newVersions(before, after, event)
  }
  return documents
}

function newVersions(before: Document, after: Document, event: RecordedEvent): SectionVersion[] {
  const known = new Map(before.sections.map((section) => [section.section, section.text]))
  const session = (event.data as { session?: string }).session ?? null
  return after.sections.flatMap(({ section, heading, owner, text }) => {
    const was = known.get(section)
    if (was === text) return []
    return [{ document: after.document, section, heading, owner, text, before: was ?? '', event, session }]
  })
}

/** The key under which a session's record names a version. */
export function versionKey(version: { document: string; section: string; event: string }): string {
  return `${version.document}/${version.section}/${version.event}`
}
