import type { Position } from '../../kernel/event.ts'
import { isEventOf } from '../../kernel/event-schema.ts'
import { documentStream } from '../../memory/document.ts'
import { memoryEvents, type RecordedMemoryEvent } from '../../memory/events.ts'
import type { EventStore } from '../../store/port.ts'

/** The events of one document, from a revision (inclusive) on, up to and including a position. */
export async function* memoryEventsOf(
  store: EventStore,
  document: string,
  { from = 0, until }: { readonly from?: number; readonly until?: Position } = {},
): AsyncGenerator<RecordedMemoryEvent> {
  for await (const event of store.readStream(documentStream(document), { from })) {
    if (until !== undefined && event.position > until) return
    if (isEventOf(memoryEvents, event)) yield event as RecordedMemoryEvent
  }
}
