import { DaybookError } from '../../kernel/errors.ts'
import type { Position } from '../../kernel/event.ts'
import { limits } from '../../kernel/limits.ts'
import { type DocumentSection, documentStream } from '../../memory/document.ts'
import type { RecordedMemoryEvent } from '../../memory/events.ts'
import { type SectionPlace, SectionTimelines } from '../../memory/section-timeline.ts'
import type { EventStore } from '../../store/port.ts'
import { memoryEventsOf } from './memory-events.ts'

/** Sections of one document at every moment, as far as its events were read. */
class DocumentTimelines {
  readonly #store: EventStore
  readonly #document: string
  readonly #timelines: SectionTimelines
  /** Of the event of each revision. */
  readonly #positions: Position[] = []
  #reading: Promise<void> | null = null
  state: 'begun' | 'read' = 'begun'

  constructor(store: EventStore, document: string) {
    this.#store = store
    this.#document = document
    this.#timelines = new SectionTimelines(document)
  }

  /** Reads what came since; calls at the same time share a reading. */
  catchUp(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null
    })
    return this.#reading
  }

  async covers(until: Position): Promise<boolean> {
    if (until <= (this.#positions.at(-1) ?? '')) return true
    const head = await this.#store.head(documentStream(this.#document))
    return head.state === 'live' && head.revision === this.#timelines.revision
  }

  async find(name: string, until: Position): Promise<DocumentSection | 'several' | null> {
    const revision = this.#revisionAt(until)
    const place = revision < 0 ? null : this.#timelines.find(name, revision)
    if (place === null || place === 'several') return place
    return this.#filled(place)
  }

  async #filled({ textFrom, changedAt, ...place }: SectionPlace): Promise<DocumentSection> {
    const given = await this.#eventAt(textFrom)
    const changed = changedAt === textFrom ? given : await this.#eventAt(changedAt)
    const { actor: by, recordedAt: at } = changed.meta
    return { ...place, ...textIn(given, place.section), event: changed.id, revision: changedAt, by, at }
  }

  async #eventAt(revision: number): Promise<RecordedMemoryEvent> {
    const stream = documentStream(this.#document)
    for await (const event of this.#store.readStream(stream, { from: revision, limit: 1 }))
      return event as RecordedMemoryEvent
    throw new DaybookError('damaged', `Revision ${revision} of ${stream} is missing.`)
  }

  #revisionAt(until: Position): number {
    let low = 0
    let high = this.#positions.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#positions[middle] ?? '') <= until) low = middle + 1
      else high = middle
    }
    return low - 1
  }

  async #read(): Promise<void> {
    for await (const event of memoryEventsOf(this.#store, this.#document, { from: this.#positions.length })) {
      this.#timelines.evolve(event)
      while (this.#positions.length <= event.revision) this.#positions.push(event.position)
    }
    this.state = 'read'
  }
}

/**
 * Sections as of any moment for a process that lives: it remembers where each stood, and reads its text from the
 * one event that gave it. Built when first asked for, beside the answers.
 */
export class SectionPasts {
  readonly #store: EventStore
  readonly #documents = new Map<string, DocumentTimelines>()

  constructor(store: EventStore) {
    this.#store = store
  }

  /**
   * A section (by id, heading or heading in kebab case) right after a position. `unknown`: not read yet, not
   * there, or several with this heading: then the document says more.
   */
  async find(document: string, name: string, until: Position): Promise<DocumentSection | 'unknown'> {
    const timelines = this.#timelines(document)
    if (timelines.state === 'begun') {
      // Whoever asks meanwhile is answered from the document; a failure is met again by the next reading.
      timelines.catchUp().catch(() => undefined)
      return 'unknown'
    }
    if (!(await timelines.covers(until))) await timelines.catchUp()
    const found = await timelines.find(name, until)
    return found === null || found === 'several' ? 'unknown' : found
  }

  /** Resolves when everything of a document so far is read. */
  async warm(document: string): Promise<void> {
    await this.#timelines(document).catchUp()
  }

  #timelines(document: string): DocumentTimelines {
    const known = this.#documents.get(document) ?? new DocumentTimelines(this.#store, document)
    this.#documents.delete(document)
    this.#documents.set(document, known)
    const oldest = this.#documents.keys().next().value
    if (this.#documents.size > limits.documentTimelinesMax && oldest !== undefined)
      this.#documents.delete(oldest)
    return known
  }
}

function textIn(event: RecordedMemoryEvent, section: string): Pick<DocumentSection, 'separator' | 'text'> {
  const texts = event.type === 'DocumentImported' ? event.data.sections : changesOf(event)
  for (const change of texts.toReversed())
    if (change.section === section && 'text' in change)
      return { separator: change.separator, text: change.text }
  throw new DaybookError('damaged', `The event ${event.id} has no text of the section ${section}.`)
}

function changesOf(event: RecordedMemoryEvent) {
  if (event.type !== 'DocumentEdited') return []
  return event.data.changes.filter(
    (change) => change.kind === 'opened' || change.kind === 'written' || change.kind === 'renamed',
  )
}
