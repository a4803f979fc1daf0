import { type Position, type RecordedEvent, streamCategory, streamId } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import type { Document } from '../memory/document.ts'
import type { Folding } from './log-reading.ts'
import type { LogView } from './log-view.ts'
import type { Keepable, Recall } from './snapshots.ts'

/** A document right after one event of its stream; `state` is null for one that was put away. */
interface Past {
  readonly revision: number
  readonly position: Position
  readonly state: Document | null
}

const listKey = 'past/documents'
const forgotten: Recall = () => undefined
const pastKey = (document: string, revision: number) => `past/document/${document}/${revision}`

/**
 * Documents as they were at some of their revisions, so that one as of a moment is folded from the nearest, not
 * from its first event. They remember no calls: nothing is decided from the past. Fold it after the view.
 */
export class PastDocuments implements Folding, Keepable {
  readonly #view: Pick<LogView, 'document'>
  readonly #pasts = new Map<string, Past[]>()
  #recall: Recall = forgotten

  constructor(view: Pick<LogView, 'document'>) {
    this.#view = view
  }

  /** The newest kept state at or before `until`; null when there is none. */
  nearest(document: string, until: Position): Document | null {
    const pasts = this.#pasts.get(document) ?? []
    let index = pasts.findLastIndex(({ position }) => position <= until)
    for (; index >= 0; index -= 1) {
      const { state, revision } = pasts[index]!
      if (state !== null) return state
      const json = this.#recall(pastKey(document, revision))
      if (json !== undefined) return JSON.parse(json) as Document
    }
    return null
  }

  evolve({ stream, revision, position }: RecordedEvent): void {
    if (revision % limits.documentSnapshotRevisions !== 0 || revision === 0) return
    if (streamCategory(stream) !== 'memory') return
    const document = streamId(stream)
    const state = this.#view.document(document)
    const pasts = this.#pasts.get(document) ?? []
    if (state === null || state.revision !== revision) return
    const since = revision - (pasts.at(-1)?.revision ?? 0)
    // A large document is kept more seldom, so that all its pasts are never larger than its log.
    if (since < charsOf(state) / limits.documentSnapshotCharsPerRevision) return
    this.#pasts.set(document, [...pasts, { revision, position, state: { ...state, applied: [] } }])
  }

  restore(recall: Recall): void {
    this.#recall = recall
    this.#pasts.clear()
    for (const [document, pasts] of listed(recall))
      this.#pasts.set(
        document,
        pasts.map(([revision, position]) => ({ revision, position, state: null })),
      )
  }

  changed(after: Position | null): ReadonlyMap<string, string> {
    const found = new Map<string, string>()
    for (const [document, pasts] of this.#pasts)
      for (const { revision, position, state } of pasts)
        if (state !== null && (after === null || position > after))
          found.set(pastKey(document, revision), JSON.stringify(state))
    if (found.size > 0) found.set(listKey, JSON.stringify(this.#list()))
    return found
  }

  kept(upTo: Position): void {
    if (this.#recall === forgotten) return
    const away = (past: Past) => (past.position <= upTo ? { ...past, state: null } : past)
    for (const [document, pasts] of this.#pasts) this.#pasts.set(document, pasts.map(away))
  }

  forget(): void {
    this.#pasts.clear()
    this.#recall = forgotten
  }

  /** With what other processes kept meanwhile. */
  #list(): [string, [number, Position][]][] {
    const lists = new Map(listed(this.#recall).map(([document, places]) => [document, new Map(places)]))
    for (const [document, pasts] of this.#pasts) {
      const places = lists.get(document) ?? new Map<number, Position>()
      for (const { revision, position } of pasts) places.set(revision, position)
      lists.set(document, places)
    }
    const inOrder = (places: Map<number, Position>) => [...places].sort(([a], [b]) => a - b)
    return [...lists].map(([document, places]) => [document, inOrder(places)])
  }
}

function listed(recall: Recall): [string, [number, Position][]][] {
  return JSON.parse(recall(listKey) ?? '[]') as [string, [number, Position][]][]
}

function charsOf({ preamble, sections }: Document): number {
  return sections.reduce((sum, { text }) => sum + text.length, preamble.length)
}
