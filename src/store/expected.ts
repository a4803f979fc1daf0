import { type Appended, type Expected, StoreError } from './port.ts'

/** What a store knows of one stream when an append arrives. */
export interface StreamView {
  /** Revision of its last event; -1 when it has none. */
  readonly head: number
  readonly deleted: boolean
  /** The revision at which this stream has the event; undefined when it has none such. */
  revisionOf(id: string): number | undefined
  /** Up to `count` events from `revision` on. */
  eventsFrom(revision: number, count: number): readonly { readonly id: string; readonly place: Appended }[]
}

/**
 * The rule of optimistic appends, the same for every store that keeps its own log: go on (`null`), give back
 * the first result because these events are there already, or throw `wrong_expected` or `stream_deleted`.
 */
export function judgeAppend(
  stream: string,
  view: StreamView,
  append: { readonly ids: readonly string[]; readonly expected: Expected },
): Appended | null {
  const { ids, expected } = append
  if (view.deleted) throw deletedStream(stream)
  const wrong = () => wrongExpected(stream, expected, view.head)
  if (expected === 'any' || expected === 'stream_exists') {
    if (expected === 'stream_exists' && view.head < 0) throw wrong()
    const known = ids[0] === undefined ? undefined : view.revisionOf(ids[0])
    if (known === undefined) return null
    return resultOf(view, known, ids) ?? fail(wrong())
  }
  const last = expected === 'no_stream' ? -1 : expected
  if (last === view.head) return null
  return resultOf(view, last + 1, ids) ?? fail(wrong())
}

/** Throws `wrong_expected` or `stream_deleted` when the stream is not as expected. */
export function judgeTombstone(stream: string, view: StreamView, expected: Expected): void {
  if (view.deleted) throw deletedStream(stream)
  if (expected === 'any') return
  if (
    expected === 'stream_exists' ? view.head >= 0 : (expected === 'no_stream' ? -1 : expected) === view.head
  )
    return
  throw wrongExpected(stream, expected, view.head)
}

export function deletedStream(stream: string): StoreError {
  const message = `${stream} was ended for good by a tombstone; use another stream.`
  return new StoreError('stream_deleted', message, { stream })
}

/** An id names one event of the log, for ever. */
export function takenId(stream: string, id: string): StoreError {
  const message = `${stream}: another event has the id ${id} already; a new event needs a new id.`
  return new StoreError('invalid', message, { stream })
}

function wrongExpected(stream: string, expected: Expected, head: number): StoreError {
  const actual = head < 0 ? 'no_stream' : head
  const found = head < 0 ? 'there is no such stream' : `it is at revision ${head}`
  const hoped = typeof expected === 'number' ? `revision ${expected}` : expected
  const message = `${stream}: expected ${hoped}, but ${found}. Read it again and decide anew.`
  return new StoreError('wrong_expected', message, { stream, expected, actual })
}

function resultOf(view: StreamView, revision: number, ids: readonly string[]): Appended | null {
  const there = view.eventsFrom(revision, ids.length)
  if (there.length < ids.length || there.some((event, index) => event.id !== ids[index])) return null
  return there.at(-1)?.place ?? null
}

function fail(error: StoreError): never {
  throw error
}
