import type { Clock } from '../kernel/clock.ts'
import { type NewEvent, type Position, position, type RecordedEvent } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import { ChangeWatch } from './change-watch.ts'
import { type Codec, checkStreamName, type EncodedEvent, stamped } from './codec.ts'
import { deletedStream, judgeAppend, judgeTombstone, type StreamView, takenId } from './expected.ts'
import {
  checkSignal,
  followLog,
  type LogPages,
  matches,
  nextPart,
  type PageRange,
  readLog,
} from './log-pages.ts'
import {
  type Appended,
  type Call,
  type Direction,
  type EventStore,
  type Expected,
  type Filter,
  type From,
  type ReadAllOptions,
  type StoredEvent,
  StoreError,
  type StreamHead,
  type SubscriptionItem,
} from './port.ts'

interface KeptEvent extends EncodedEvent {
  readonly stream: string
  readonly revision: number
  readonly position: Position
  readonly recordedAt: string
}

interface StoredStream {
  readonly events: KeptEvent[]
  readonly revisions: Map<string, number>
  /** Events before it are hidden. */
  first: number
  deleted: boolean
}

/** What several memory stores share, as processes share a file. */
export class MemoryLog {
  readonly events: KeptEvent[] = []
  readonly streams = new Map<string, StoredStream>()
  readonly streamOfId = new Map<string, string>()
  readonly watch = new ChangeWatch()

  stream(name: string): StoredStream {
    const found = this.streams.get(name) ?? { events: [], revisions: new Map(), first: 0, deleted: false }
    this.streams.set(name, found)
    return found
  }
}

/** The log in this process's memory, through the same codec as the others: for tests. Gone when it is. */
export class MemoryStore implements EventStore {
  readonly description = 'memory:'
  readonly capabilities = { appendBytesMax: limits.appendBytesMax, eventBytesMax: limits.eventBytesMax }
  readonly #codec: Codec
  readonly #clock: Clock
  readonly #log: MemoryLog
  readonly #closing = new AbortController()
  readonly #pages: LogPages = {
    last: async () => this.#log.events.length,
    page: async (range, call) => {
      this.#check(call)
      return this.#page(range)
    },
  }

  constructor({ codec, clock, log = new MemoryLog() }: { codec: Codec; clock: Clock; log?: MemoryLog }) {
    this.#codec = codec
    this.#clock = clock
    this.#log = log
  }

  async append(
    stream: string,
    events: readonly NewEvent[],
    options: Call & { readonly expected: Expected },
  ): Promise<Appended> {
    this.#check(options)
    const encoded = this.#codec.encode(stream, events)
    const ids = encoded.map((event) => event.id)
    const first = judgeAppend(stream, this.#view(stream), { ids, expected: options.expected })
    if (first !== null) return first
    const taken = ids.find((id) => this.#log.streamOfId.has(id))
    if (taken !== undefined) throw takenId(stream, taken)
    const places = encoded.map((event) => this.#store(stream, event))
    this.#log.watch.announce()
    return places.at(-1) as Appended
  }

  async head(stream: string, options: Call = {}): Promise<StreamHead> {
    this.#check(options)
    checkStreamName(stream)
    const { head, deleted } = this.#view(stream)
    if (deleted) return { state: 'deleted' }
    return head < 0 ? { state: 'none' } : { state: 'live', revision: head }
  }

  async *readStream(
    stream: string,
    options: Call & { from?: number; direction?: Direction; limit?: number } = {},
  ): AsyncGenerator<RecordedEvent> {
    this.#check(options)
    checkStreamName(stream)
    const { direction = 'forwards', limit = Number.POSITIVE_INFINITY } = options
    const stored = this.#log.streams.get(stream)
    if (stored === undefined) return
    if (stored.deleted) throw deletedStream(stream)
    const shown = stored.events.filter((event) => event.revision >= stored.first)
    const wanted =
      direction === 'forwards'
        ? shown.filter((event) => event.revision >= (options.from ?? 0))
        : shown.filter((event) => event.revision <= (options.from ?? Number.POSITIVE_INFINITY)).reverse()
    for (const event of wanted.slice(0, limit)) {
      this.#check(options)
      yield this.#codec.decode(event)
    }
  }

  async *readAll(options: ReadAllOptions = {}): AsyncGenerator<RecordedEvent> {
    this.#check(options)
    yield* readLog(this.#pages, options)
  }

  async *readStored(options: Call & { readonly from?: From } = {}): AsyncGenerator<StoredEvent> {
    this.#check(options)
    yield* readLog(
      {
        last: async () => this.#log.events.length,
        page: async ({ after, until }) => {
          this.#checkOpen()
          const scannedTo = Math.min(after + limits.readPageEvents, until)
          return { events: this.#log.events.slice(after, scannedTo), scannedTo }
        },
      },
      options,
    )
  }

  async find(id: string, options: Call = {}): Promise<RecordedEvent | undefined> {
    this.#check(options)
    const stream = this.#log.streams.get(this.#log.streamOfId.get(id) ?? '')
    const event = stream?.events[stream.revisions.get(id) ?? -1]
    return event === undefined ? undefined : this.#codec.decode(event)
  }

  async *subscribe(options: {
    readonly from: From
    readonly filter?: Filter
    readonly signal: AbortSignal
  }): AsyncGenerator<SubscriptionItem> {
    this.#checkOpen()
    const signal = AbortSignal.any([options.signal, this.#closing.signal])
    yield* followLog(this.#pages, this.#log.watch, { from: options.from, filter: options.filter, signal })
    if (!options.signal.aborted) this.#checkOpen()
  }

  async lastPosition(options: Call = {}): Promise<Position | null> {
    this.#check(options)
    return this.#log.events.at(-1)?.position ?? null
  }

  async truncateBefore(stream: string, revision: number, options: Call = {}): Promise<void> {
    this.#check(options)
    checkStreamName(stream)
    if (this.#view(stream).deleted) throw deletedStream(stream)
    this.#log.stream(stream).first = revision
  }

  async tombstone(
    stream: string,
    options: Call & { readonly expected: Exclude<Expected, 'stream_exists'> },
  ): Promise<void> {
    this.#check(options)
    checkStreamName(stream)
    judgeTombstone(stream, this.#view(stream), options.expected)
    this.#log.stream(stream).deleted = true
  }

  async close(): Promise<void> {
    this.#closing.abort()
  }

  #store(stream: string, event: EncodedEvent): Appended {
    const stored = this.#log.stream(stream)
    const revision = stored.events.length
    const place = { revision, position: position(this.#log.events.length + 1) }
    const recorded = { ...stamped(event, this.#now()), stream, ...place }
    stored.events.push(recorded)
    stored.revisions.set(event.id, revision)
    this.#log.events.push(recorded)
    this.#log.streamOfId.set(event.id, stream)
    return place
  }

  #now(): string {
    const now = new Date(this.#clock.now()).toISOString()
    const last = this.#log.events.at(-1)
    const before = last?.recordedAt ?? now
    return before > now ? before : now
  }

  #view(stream: string): StreamView {
    const stored = this.#log.streams.get(stream)
    const events = stored?.events ?? []
    return {
      head: events.length - 1,
      deleted: stored?.deleted ?? false,
      revisionOf: (id) => stored?.revisions.get(id),
      eventsFrom: (revision, count) =>
        events.slice(revision, revision + count).map((event) => ({
          id: event.id,
          place: { revision: event.revision, position: event.position },
        })),
    }
  }

  #page(range: PageRange) {
    const { after, until } = nextPart(range, limits.readPageEvents)
    const rows = this.#log.events.slice(after, until).filter((event) => matches(range.filter, event))
    if (range.direction === 'backwards') rows.reverse()
    const scannedTo = range.direction === 'forwards' ? until : after
    return { events: rows.map((row) => this.#codec.decode(row)), scannedTo }
  }

  #check(call: Call): void {
    this.#checkOpen()
    checkSignal(call)
  }

  #checkOpen(): void {
    if (!this.#closing.signal.aborted) return
    throw new StoreError('closed', `${this.description} is closed; open it again.`)
  }
}
