import { isEventOf } from '../kernel/event-schema.ts'
import { limits } from '../kernel/limits.ts'
import {
  type Document,
  type DocumentSection,
  emptyDocument,
  evolveDocument,
  renderDocument,
} from '../memory/document.ts'
import { type EditVia, memoryEvents, type RecordedMemoryEvent } from '../memory/events.ts'
import type { PastDocuments } from './past-documents.ts'
import type { Streams } from './streams.ts'
import { document as documentTarget } from './targets.ts'

/** A document right after one event. Remembers no calls: nothing is decided from the past. */
export interface PastState {
  readonly state: Document
  /** How that event came in; null for one that was no edit. */
  readonly via: EditVia | null
  /** The session that made it. */
  readonly session: string | null
  /** Milliseconds since 1970. */
  readonly atMs: number
}

export interface SectionAt {
  readonly section: string
  /** The event that gave it its text. */
  readonly event: string
}

export interface DocumentHistoryOptions {
  readonly streams: Pick<Streams, 'load' | 'read'>
  readonly past: Pick<PastDocuments, 'nearest'>
}

/**
 * The last `limits.documentStatesMax` states of each document: where a text on disk may have begun. Folded when
 * first asked for, from the nearest kept state, and then only what came since.
 */
export class DocumentHistory {
  readonly #options: DocumentHistoryOptions
  readonly #kept = new Map<string, readonly PastState[]>()

  constructor(options: DocumentHistoryOptions) {
    this.#options = options
  }

  /** Oldest first; the last one is the document as it stands. Empty for a document without a history. */
  async recent(document: string): Promise<readonly PastState[]> {
    const before = this.#kept.get(document) ?? (await this.#begin(document))
    const states = [...before]
    let state = states.at(-1)?.state ?? emptyDocument(document)
    const { stream } = documentTarget(document)
    for await (const event of this.#options.streams.read(stream, state.revision + 1)) {
      if (!isEventOf(memoryEvents, event)) continue
      const recorded = event as RecordedMemoryEvent
      state = { ...evolveDocument(state, recorded), applied: [] }
      states.push({ state, ...originOf(recorded) })
      if (states.length > 2 * limits.documentStatesMax) states.splice(0, limits.documentStatesMax)
    }
    const kept = states.slice(-limits.documentStatesMax)
    this.#kept.set(document, kept)
    return kept
  }

  /** The newest state that ever read exactly so; null when none did. What is not recent is looked for in the log. */
  async renderedAs(document: string, text: string): Promise<Document | null> {
    const recent = await this.recent(document)
    const found = newestRenderedAs(recent, text)
    if (found !== null || (recent[0]?.state.revision ?? 0) <= 0) return found
    let state = emptyDocument(document)
    let newest: Document | null = null
    for await (const event of this.#options.streams.read(documentTarget(document).stream)) {
      if (!isEventOf(memoryEvents, event)) continue
      state = { ...evolveDocument(state, event as RecordedMemoryEvent), applied: [] }
      if (readsAs(state, text)) newest = state
    }
    return newest
  }

  /** The document right after an event; null when it has no such revision yet. */
  async at(document: string, revision: number): Promise<Document | null> {
    const recent = await this.recent(document)
    const upTo = (state: Document) => state.revision <= revision
    if ((recent.at(-1)?.state.revision ?? -1) < revision) return null
    const found = recent.findLast(({ state }) => upTo(state))?.state
    if (found !== undefined) return found
    let state = emptyDocument(document)
    for await (const event of this.#options.streams.read(documentTarget(document).stream)) {
      if (event.revision > revision) break
      if (isEventOf(memoryEvents, event))
        state = { ...evolveDocument(state, event as RecordedMemoryEvent), applied: [] }
    }
    return state
  }

  /** A section as one event gave it; null for an event that gave it nothing. */
  async sectionBy(document: string, { section, event }: SectionAt): Promise<DocumentSection | null> {
    const by = (state: Document) =>
      state.sections.find((one) => one.section === section && one.event === event)
    const recent = await this.recent(document)
    const found = recent.findLast(({ state }) => by(state) !== undefined)?.state
    if (found !== undefined || (recent[0]?.state.revision ?? 0) <= 0) return (found && by(found)) ?? null
    let state = emptyDocument(document)
    for await (const past of this.#options.streams.read(documentTarget(document).stream)) {
      if (!isEventOf(memoryEvents, past)) continue
      state = { ...evolveDocument(state, past as RecordedMemoryEvent), applied: [] }
      if (past.id === event) return by(state) ?? null
    }
    return null
  }

  async #begin(document: string): Promise<readonly PastState[]> {
    const { streams, past } = this.#options
    const target = documentTarget(document)
    const { revision } = await streams.load(target)
    const from = revision - limits.documentStatesMax
    if (from <= 0) return []
    for await (const event of streams.read(target.stream, from)) {
      const state = past.nearest(document, event.position)
      return state === null ? [] : [{ state, via: null, session: null, atMs: 0 }]
    }
    return []
  }
}

/** The newest of these states that reads exactly so. */
export function newestRenderedAs(states: readonly PastState[], text: string): Document | null {
  return states.findLast(({ state }) => readsAs(state, text))?.state ?? null
}

/** Lengths first: nearly every state is told apart without its text being put together. */
function readsAs(state: Document, text: string): boolean {
  const chars = state.sections.reduce((sum, part) => sum + part.separator.length + part.text.length, 0)
  return state.preamble.length + chars === text.length && renderDocument(state) === text
}

function originOf({ type, data, meta }: RecordedMemoryEvent): Omit<PastState, 'state'> {
  const atMs = Date.parse(meta.recordedAt)
  if (type !== 'DocumentEdited') return { via: null, session: null, atMs }
  return { via: data.via, session: data.session ?? null, atMs }
}
