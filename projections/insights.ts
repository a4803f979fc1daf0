import { isEventOf } from '../src/kernel/event-schema.ts'
import type { Projection } from '../src/kernel/projection.ts'
import { type Document, emptyDocument, evolveDocument, renderDocument } from '../src/memory/document.ts'
import { memoryEvents } from '../src/memory/events.ts'

/** Every document of the memory as it stands, `insights` among them. Key: the document's name. */
export const insights: Projection<Document> = {
  name: 'insights',
  version: 1,
  key: (event) => (isEventOf(memoryEvents, event) ? event.data.document : null),
  initial: emptyDocument(''),
  evolve: (state, event) => (isEventOf(memoryEvents, event) ? evolveDocument(state, event) : state),
  /** Exactly the document's bytes, as text. */
  render: renderDocument,
}
