import { isEventOf } from '../kernel/event-schema.ts'
import { type Document, emptyDocument, evolveDocument, renderDocument } from '../memory/document.ts'
import { memoryEvents, type RecordedMemoryEvent } from '../memory/events.ts'
import type { Streams } from './streams.ts'
import { document as documentTarget } from './targets.ts'

export interface Behind {
  readonly document: string
  /** The last rendering, where it is known. */
  readonly rendered: string | null
  /** What stands on disk now. */
  readonly text: string
}

/**
 * The state of a document that a text on disk began from: the one, not older than the last rendering, that
 * gives exactly this text, else the one of the last rendering, else the newest one that shares most sections with it. null for a document without
 * a history.
 */
export async function stateBehind(
  streams: Streams,
  { document, rendered, text }: Behind,
): Promise<Document | null> {
  let state = emptyDocument(document)
  let exact: Document | null = null
  let base: Document | null = null
  let closest: { state: Document; shared: number } | null = null
  for await (const event of streams.read(documentTarget(document).stream)) {
    if (!isEventOf(memoryEvents, event)) continue
    state = evolveDocument(state, event as RecordedMemoryEvent)
    const now = renderDocument(state)
    if (now === rendered) {
      base = state
      // What read so before the last rendering is on disk again because somebody took a later change back.
      exact = null
    }
    if (now === text) exact = state
    const shared = state.sections.filter((section) => text.includes(section.text)).length
    if (closest === null || shared >= closest.shared) closest = { state, shared }
  }
  return exact ?? base ?? closest?.state ?? null
}
