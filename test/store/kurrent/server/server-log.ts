import { EventEmitter } from 'node:events'

/** What a KurrentDB node keeps, and its rules for appending, as version 24.6 has them. In memory. */

export interface ProposedEvent {
  readonly id: string
  readonly type: string
  readonly contentType: string
  readonly data: Uint8Array
  readonly metadata: Uint8Array
}

export interface StoredEvent extends ProposedEvent {
  readonly position: bigint
  readonly stream: string
  readonly revision: number
  /** Hundreds of nanoseconds since 1970. */
  readonly createdTicks: bigint
}

export type ExpectedRevision = number | 'any' | 'no_stream' | 'stream_exists'

export type AppendOutcome =
  | { readonly kind: 'appended'; readonly revision: number; readonly position: bigint }
  | { readonly kind: 'wrong_expected'; readonly actual: number | 'no_stream' }
  | { readonly kind: 'deleted' }
  | { readonly kind: 'too_large'; readonly bytesMax: number }

interface StreamState {
  readonly events: StoredEvent[]
  deleted: boolean
}

const appendBytesMax = 1024 * 1024
/** `$tb` of a soft-deleted stream: the largest int64, which JSON in JavaScript rounds. */
const softDeletedFrom = 2 ** 62

export class ServerLog {
  readonly all: StoredEvent[] = []
  readonly #streams = new Map<string, StreamState>()
  /** Ids of recent events, by stream: what `any` recognises a repetition by. */
  #recentIds = new Map<string, Map<string, StoredEvent>>()
  readonly #appended = new EventEmitter().setMaxListeners(0)
  #nextPosition = 0n

  constructor() {
    this.system()
  }

  /** Something of the server's own, as there is always something. */
  system(): void {
    const data = Buffer.from('{"stats":1}')
    this.#store('$stats-127.0.0.1:2113', [
      {
        id: crypto.randomUUID(),
        type: '$statsCollected',
        contentType: 'application/json',
        data,
        metadata: data,
      },
    ])
  }

  append(stream: string, expected: ExpectedRevision, events: readonly ProposedEvent[]): AppendOutcome {
    const state = this.#streams.get(stream)
    if (state?.deleted) return { kind: 'deleted' }
    const bytes = events.reduce((sum, event) => sum + event.data.length, 0)
    if (bytes > appendBytesMax) return { kind: 'too_large', bytesMax: appendBytesMax }
    const stored = state?.events ?? []
    const last = stored.length - 1
    const wrong = { kind: 'wrong_expected', actual: last < 0 ? 'no_stream' : last } as const
    if (expected === 'any' || expected === 'stream_exists') {
      if (expected === 'stream_exists' && last < 0 && !this.#streams.has(`$$${stream}`)) return wrong
      return this.#recent(stream, events, wrong) ?? this.#store(stream, events)
    }
    const after = expected === 'no_stream' ? -1 : expected
    if (after > last) return wrong
    // No look at the ids here: an id used before is stored again.
    if (after === last) return this.#store(stream, events)
    if (events.every((event, index) => stored[after + 1 + index]?.id === event.id))
      return success(stored[after + events.length])
    const recreated = expected === 'no_stream' && this.truncatedBefore(stream) >= softDeletedFrom
    return recreated ? this.#store(stream, events) : wrong
  }

  tombstone(stream: string, expected: ExpectedRevision): AppendOutcome {
    const state = this.#streams.get(stream)
    if (state?.deleted) return { kind: 'deleted' }
    const last = (state?.events.length ?? 0) - 1
    const fits = expected === 'any' || (expected === 'no_stream' ? -1 : expected) === last
    if (!fits) return { kind: 'wrong_expected', actual: last < 0 ? 'no_stream' : last }
    const nothing = Buffer.alloc(0)
    const outcome = this.#store(stream, [
      {
        id: crypto.randomUUID(),
        type: '$streamDeleted',
        contentType: 'application/octet-stream',
        data: nothing,
        metadata: nothing,
      },
    ])
    this.#streams.get(stream)!.deleted = true
    return outcome
  }

  /** Undefined when there is no such stream, or it is soft-deleted. */
  stream(name: string): { deleted: boolean; events: readonly StoredEvent[]; min: number } | undefined {
    const state = this.#streams.get(name)
    if (state === undefined) return undefined
    const min = this.truncatedBefore(name)
    return !state.deleted && min >= softDeletedFrom ? undefined : { ...state, min }
  }

  /** `$tb` of the stream's metadata. */
  truncatedBefore(stream: string): number {
    const metadata = this.#streams.get(`$$${stream}`)?.events.at(-1)
    if (metadata === undefined) return 0
    return Number(JSON.parse(Buffer.from(metadata.data).toString()).$tb ?? 0)
  }

  /** As a restart does. */
  forgetRecentIds(): void {
    this.#recentIds = new Map()
  }

  /** Index in `all` of the first event at or after the position. */
  indexAt(position: bigint): number {
    let [low, high] = [0, this.all.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.all[middle]!.position < position) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Calls back after every append, until the returned function is called. */
  onAppended(look: () => void): () => void {
    this.#appended.on('appended', look)
    return () => this.#appended.off('appended', look)
  }

  #recent(stream: string, events: readonly ProposedEvent[], wrong: AppendOutcome): AppendOutcome | undefined {
    const known = events.map((event) => this.#recentIds.get(stream)?.get(event.id))
    if (known.every((each) => each === undefined)) return undefined
    return known.every((each) => each !== undefined) ? success(known.at(-1)) : wrong
  }

  #store(stream: string, events: readonly ProposedEvent[]): AppendOutcome {
    const state = this.#streams.get(stream) ?? { events: [], deleted: false }
    this.#streams.set(stream, state)
    const recent = this.#recentIds.get(stream) ?? new Map<string, StoredEvent>()
    this.#recentIds.set(stream, recent)
    for (const event of events) {
      const stored = {
        ...event,
        stream,
        revision: state.events.length,
        position: this.#nextPosition,
        createdTicks: BigInt(Date.now()) * 10_000n,
      }
      // Positions are offsets in a file: they grow with what is written, with gaps.
      this.#nextPosition += 90n + BigInt(stream.length + event.data.length + event.metadata.length)
      state.events.push(stored)
      this.all.push(stored)
      recent.set(event.id, stored)
    }
    this.#appended.emit('appended')
    return success(state.events.at(-1))
  }
}

function success(last: StoredEvent | undefined): AppendOutcome {
  if (last === undefined) return { kind: 'appended', revision: 0, position: 0n }
  return { kind: 'appended', revision: last.revision, position: last.position }
}
