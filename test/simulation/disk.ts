import { createHash } from 'node:crypto'
import {
  type EventMeta,
  type Json,
  type NewEvent,
  type Position,
  position,
  type RecordedEvent,
} from '../../src/kernel/event.ts'
import { events as catalogue } from '../../src/runtime/catalogue.ts'
import { Codec, type EncodedEvent } from '../../src/store/codec.ts'
import { judgeAppend } from '../../src/store/expected.ts'
import type { Appended, Expected } from '../../src/store/port.ts'

/** What is durable: the log that all processes of a simulation share. It never fails by itself. */
export class Disk {
  /** In the log's order. Frozen: whoever changes what it read in place is found out. */
  readonly events: RecordedEvent[] = []
  readonly #streams = new Map<string, RecordedEvent[]>()
  readonly #revisions = new Map<string, { readonly stream: string; readonly revision: number }>()
  readonly #codec: Codec | null
  readonly #now: () => number
  readonly #watching = new Set<() => void>()
  readonly #digest = createHash('sha256')

  /** What `append` says to events that do not fit their schemas takes a fifth of all time: not every disk looks. */
  constructor(now: () => number, looks: 'at schemas' | 'at order only') {
    this.#now = now
    this.#codec = looks === 'at schemas' ? new Codec(catalogue) : null
  }

  stream(name: string): readonly RecordedEvent[] {
    return this.#streams.get(name) ?? []
  }

  streamNames(): Iterable<string> {
    return this.#streams.keys()
  }

  placeOf(id: string): { readonly stream: string; readonly revision: number } | undefined {
    return this.#revisions.get(id)
  }

  /** Stores all events or none. Throws what a store throws. `judge` is asked before anything is stored. */
  append(
    stream: string,
    events: readonly NewEvent[],
    { expected, judge }: { readonly expected: Expected; readonly judge?: () => void },
  ): Appended {
    const encoded = this.#codec?.encode(stream, events) ?? events.map(plain)
    const stored = this.stream(stream)
    const view = {
      head: stored.length - 1,
      deleted: false,
      revisionOf: (id: string) => {
        const place = this.#revisions.get(id)
        return place?.stream === stream ? place.revision : undefined
      },
      eventsFrom: (revision: number, count: number) =>
        stored.slice(revision, revision + count).map((event) => ({ id: event.id, place: placeOf(event) })),
    }
    const before = judgeAppend(stream, view, { ids: encoded.map(({ id }) => id), expected })
    if (before !== null) return before
    judge?.()
    const recordedAt = new Date(this.#now()).toISOString()
    const added = encoded.map((event) => {
      const { id, type, version } = event
      this.#digest.update(`${stream} ${id} ${type} ${recordedAt} ${event.data} ${event.meta}\n`)
      const place = { revision: this.stream(stream).length, position: position(this.events.length + 1) }
      const data = JSON.parse(event.data) as Json
      const meta = { ...(JSON.parse(event.meta) as EventMeta), recordedAt }
      return this.#store(frozen({ id, type, version, stream, ...place, data, meta }))
    })
    for (const wake of [...this.#watching]) wake()
    return placeOf(added.at(-1)!)
  }

  /** Calls `wake` after every append; the function given back ends it. */
  watch(wake: () => void): () => void {
    this.#watching.add(wake)
    return () => this.#watching.delete(wake)
  }

  get last(): Position | null {
    return this.events.at(-1)?.position ?? null
  }

  /** Of everything in the log, in its order. */
  get digest(): string {
    return this.#digest.copy().digest('hex')
  }

  #store(event: RecordedEvent): RecordedEvent {
    const stored = this.#streams.get(event.stream) ?? []
    this.#streams.set(event.stream, stored)
    stored.push(event)
    this.events.push(event)
    this.#revisions.set(event.id, { stream: event.stream, revision: event.revision })
    return event
  }
}

function placeOf({ revision, position }: RecordedEvent): Appended {
  return { revision, position }
}

function plain({ id, type, version, data, meta }: NewEvent): EncodedEvent {
  return { id, type, version, data: JSON.stringify(data), meta: JSON.stringify(meta) }
}

function frozen<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value
  for (const part of Object.values(value)) frozen(part)
  return Object.freeze(value)
}
