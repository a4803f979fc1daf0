import { DaybookError, type ErrorCode } from '../kernel/errors.ts'
import type { NewEvent, Position, RecordedEvent } from '../kernel/event.ts'

/**
 * What the writer believes about the stream. A number is the revision of its last event.
 * `any` and `stream_exists` are for streams that decide nothing.
 */
export type Expected = 'any' | 'no_stream' | 'stream_exists' | number

export interface Appended {
  /** Of the last event appended. */
  readonly revision: number
  readonly position: Position
}

/** Where to begin; always exclusive. Read backwards, it is where to end. */
export type From = 'start' | 'end' | { readonly after: Position }

/** By prefix. Streams and types that begin with `$` never appear. */
export type Filter =
  | { readonly streamPrefixes: readonly string[] }
  | { readonly typePrefixes: readonly string[] }

/** An event with the bytes that the store holds: `data` and `meta` are canonical JSON, of the version it was written in. */
export interface StoredEvent {
  readonly id: string
  readonly type: string
  readonly version: number
  readonly stream: string
  readonly revision: number
  readonly position: Position
  readonly data: string
  readonly meta: string
}

/** Something that is wrong inside the store itself, beside the events. */
export interface StoreFault {
  readonly place: string
  readonly message: string
}

export type SubscriptionItem =
  | { readonly kind: 'event'; readonly event: RecordedEvent }
  /** Everything up to here was looked at, and nothing of it matched since the last item. */
  | { readonly kind: 'checkpoint'; readonly position: Position }
  /** History is over: what follows is live. Once per subscription. */
  | { readonly kind: 'caught_up' }

export interface Call {
  readonly signal?: AbortSignal
  /** Milliseconds; `limits.storeTimeoutMs` when absent. */
  readonly timeoutMs?: number
}

export type Direction = 'forwards' | 'backwards'

/** See `EventStore.readAll`. */
export interface ReadAllOptions extends Call {
  readonly from?: From
  readonly until?: Position
  readonly filter?: Filter
  readonly direction?: Direction
  readonly limit?: number
}

export interface AppendCall extends Call {
  readonly expected: Expected
  /**
   * Told the events as they are recorded, before the append resolves, by a store that has them at hand; not when the
   * append was one that had been made before.
   */
  readonly onRecorded?: (events: readonly RecordedEvent[]) => void
}

export type StreamHead =
  | { readonly state: 'none' }
  | { readonly state: 'live'; readonly revision: number }
  | { readonly state: 'deleted' }

/** The world failed at the store, or the writer was too late. */
export class StoreError extends DaybookError {
  override readonly name = 'StoreError'
  readonly stream: string | undefined
  readonly expected: Expected | undefined
  readonly actual: number | 'no_stream' | undefined

  constructor(
    code: ErrorCode,
    message: string,
    options: {
      cause?: unknown
      stream?: string
      expected?: Expected
      actual?: number | 'no_stream'
      details?: Record<string, unknown>
    } = {},
  ) {
    super(code, message, options)
    this.stream = options.stream
    this.expected = options.expected
    this.actual = options.actual
  }

  /** Whether the same call may simply be made again later. */
  get retryable(): boolean {
    return this.code === 'unavailable' || this.code === 'unknown_outcome'
  }
}

/**
 * The log: streams of events with one order over all of them. Every adapter keeps these promises, and the
 * contract suite in `test/contract` holds them to it.
 */
export interface EventStore {
  /** For people: `sqlite:.daybook/log.db`, never with credentials. */
  readonly description: string
  readonly capabilities: { readonly appendBytesMax: number; readonly eventBytesMax: number }

  /**
   * Appends all events or none, durably, before it resolves. Stamps `meta.recordedAt` where it is missing,
   * never earlier than the event before it.
   *
   * Rejects with `wrong_expected` (and `actual`) when the stream is not as expected; with `invalid` for no
   * events, for data that JSON cannot say or its schema refuses; with `too_large`; with `stream_deleted`;
   * with `unavailable` when nothing was written; with `unknown_outcome` when the answer was lost.
   * The same events with the same ids and the same concrete expectation may always be appended again: the
   * first result is given back and one copy is kept. A partial overlap is `wrong_expected`. An id names one
   * event of the log: where the store can tell, another event with the same id is `invalid`.
   */
  append(stream: string, events: readonly NewEvent[], options: AppendCall): Promise<Appended>

  head(stream: string, options?: Call): Promise<StreamHead>

  /**
   * A stream's events, `from` inclusive, forwards unless told. A missing stream reads empty; a tombstoned one
   * rejects with `stream_deleted`.
   */
  readStream(
    stream: string,
    options?: Call & {
      readonly from?: number
      readonly direction?: Direction
      readonly limit?: number
    },
  ): AsyncIterable<RecordedEvent>

  /**
   * The whole log in its order, after `from`, up to and including `until`. Backwards gives exactly what forwards
   * gives of the same `from`, `until` and `filter`, the newest first: it begins at `until`, or at the log's end as
   * it is when the reading begins, and ends before `from`. `limit` counts what is given: forwards it leaves the
   * first, backwards the last.
   *
   * Rejects with `invalid` for `from: 'end'` backwards: nothing lies between the end and the end.
   */
  readAll(options?: ReadAllOptions): AsyncIterable<RecordedEvent>

  /**
   * The event with this id, undefined when the log holds none: what `readAll` would give of it. Only stores that
   * keep an index of ids have it; where it is absent, the log is read.
   */
  find?(id: string, options?: Call): Promise<RecordedEvent | undefined>

  /**
   * The log as its bytes stand, in its order: nothing is brought up to date, and nothing is refused. What is
   * missing or damaged is for the caller to notice. Stores that cannot say it cannot be sealed.
   */
  readStored?(options?: Call & { readonly from?: From }): AsyncIterable<StoredEvent>

  /** What is wrong in the store's own tables and indexes; empty when nothing is. Reads all of them. */
  faults?(): Promise<readonly StoreFault[]>

  /**
   * History after `from`, then what comes, each event once and in order, also over lost connections and from
   * other processes (within 100 ms on one machine). Ends, without an error, when `signal` aborts.
   */
  subscribe(options: {
    readonly from: From
    readonly filter?: Filter
    readonly signal: AbortSignal
  }): AsyncIterable<SubscriptionItem>

  lastPosition(options?: Call): Promise<Position | null>

  /** Appends that were asked for and not yet tried to write. Stores that send each at once do not have it. */
  queued?(): number

  /**
   * Another number as soon as anything was appended since, by whatever process: who has read up to the end at one
   * mark has nothing to read while it stands. Costs next to nothing. Stores that would have to ask do not have it.
   */
  mark?(): number

  /** Hides events before `revision` from `readStream`; revisions go on. */
  truncateBefore(stream: string, revision: number, options?: Call): Promise<void>

  /** Ends a stream for good: later reads and appends reject with `stream_deleted`. */
  tombstone(
    stream: string,
    options: Call & { readonly expected: Exclude<Expected, 'stream_exists'> },
  ): Promise<void>

  /** Within `limits.storeCloseMs`, whatever the backend does. Later calls reject with `closed`. */
  close(): Promise<void>
}
