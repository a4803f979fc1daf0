import type { Clock } from '../../kernel/clock.ts'
import { type NewEvent, type Position, position, type RecordedEvent } from '../../kernel/event.ts'
import { limits } from '../../kernel/limits.ts'
import { ChangeWatch } from '../change-watch.ts'
import { type Codec, checkStreamName } from '../codec.ts'
import { followLog, type LogPages, readLog } from '../log-pages.ts'
import {
  type AppendCall,
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
  type StoreFault,
  type StreamHead,
  type SubscriptionItem,
} from '../port.ts'
import { Writer } from './append.ts'
import { type Connection, pauseForLock } from './connection.ts'
import { faultsOf } from './faults.ts'
import { lookFor } from './look-for.ts'
import { immutableUrl, openForReading, openForWriting } from './open-database.ts'
import { Reader } from './read.ts'
import { isBusy, readOnly, storeErrorOf } from './sqlite-errors.ts'
import { WriteQueue } from './write-queue.ts'

export interface OpenSqlite {
  /** Of the log file, for example `.daybook/log.db`. */
  readonly path: string
  readonly codec: Codec
  readonly clock: Clock
  /**
   * `read`: nothing is written, and the file may lie on a read-only medium. `inspect`: the same, also when rows
   * are missing, which reading would refuse. `write` unless told.
   */
  readonly mode?: 'read' | 'inspect' | 'write'
}

/**
 * Opens the log in one SQLite file; any number of processes on one machine may have it open at once.
 *
 * Rejects with `foreign_file`, `newer_schema`, `damaged`, `read_only`, `access_denied`, `disk_full`,
 * `not_found` or, when others keep it locked, `unavailable`. The file is then as it was.
 */
export async function openSqliteStore({
  path,
  codec,
  clock,
  mode = 'write',
}: OpenSqlite): Promise<EventStore> {
  const deadline = performance.now() + limits.storeTimeoutMs
  for (;;) {
    try {
      const connection = mode === 'write' ? openForWriting(path) : openForReading(path, mode)
      return new SqliteStore(connection, { path, codec, clock })
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw storeErrorOf(error, path)
    }
    await pauseForLock()
  }
}

class SqliteStore implements EventStore {
  readonly description: string
  readonly capabilities = { appendBytesMax: limits.appendBytesMax, eventBytesMax: limits.eventBytesMax }
  readonly #connection: Connection
  readonly #codec: Codec
  readonly #writer: Writer
  readonly #reader: Reader
  readonly #queue: WriteQueue
  readonly #watch: ChangeWatch
  readonly #closing = new AbortController()
  #closed: Promise<void> | undefined
  readonly #pages: LogPages = {
    last: (call) => this.#read(call, () => this.#reader.last()),
    page: (range, call) => this.#read(call, () => this.#reader.page(range)),
  }
  readonly #storedPages: LogPages<StoredEvent> = {
    last: (call) => this.#read(call, () => this.#reader.last()),
    page: (range, call) => this.#read(call, () => this.#reader.storedPage(range)),
  }

  constructor(connection: Connection, { path, codec, clock }: Omit<OpenSqlite, 'mode'>) {
    this.description = `sqlite:${path}`
    this.#connection = connection
    this.#codec = codec
    this.#writer = new Writer(connection.db, clock)
    this.#reader = new Reader(connection.db, connection.file, codec)
    this.#watch = new ChangeWatch(lookFor(connection))
    this.#queue = new WriteQueue(connection, {
      began: () => this.#writer.begin(),
      committed: () => this.#watch.announce(),
    })
  }

  async append(stream: string, events: readonly NewEvent[], options: AppendCall): Promise<Appended> {
    this.#checkWritable()
    const encoded = this.#codec.encode(stream, events)
    const written = await this.#queue.enqueue(options, () =>
      this.#writer.append(stream, encoded, options.expected),
    )
    const { appended, rows } = written
    if (rows !== null) options.onRecorded?.(rows.map((row) => this.#codec.decode(row)))
    return appended
  }

  queued(): number {
    return this.#queue.length
  }

  mark(): number {
    this.#checkOpen()
    this.#watch.look()
    return this.#watch.generation
  }

  async head(stream: string, options: Call = {}): Promise<StreamHead> {
    checkStreamName(stream)
    const row = await this.#read(options, () => this.#reader.head(stream))
    if (row?.deleted) return { state: 'deleted' }
    return row === undefined || row.head < 0 ? { state: 'none' } : { state: 'live', revision: row.head }
  }

  async *readStream(
    stream: string,
    options: Call & { from?: number; direction?: Direction; limit?: number } = {},
  ): AsyncGenerator<RecordedEvent> {
    checkStreamName(stream)
    const { direction = 'forwards' } = options
    const limit = options.limit ?? Number.POSITIVE_INFINITY
    const row = await this.#read(options, () => this.#reader.liveStream(stream))
    if (row === undefined) return
    const start = direction === 'forwards' ? Math.max(row.first, options.from ?? 0) : row.first
    const end = direction === 'forwards' ? row.head : Math.min(row.head, options.from ?? row.head)
    // Only what is wanted: a page of one event is decoded as quickly as it is found.
    let low = direction === 'forwards' ? start : Math.max(start, end - limit + 1)
    let high = direction === 'forwards' ? Math.min(end, start + limit - 1) : end
    while (low <= high) {
      const events = await this.#read(options, () => {
        this.#reader.liveStream(stream)
        return this.#reader.streamPage(row.sid, [low, high], direction)
      })
      yield* events
      if (direction === 'forwards') low += events.length
      else high -= events.length
    }
  }

  async *readAll(options: ReadAllOptions = {}): AsyncGenerator<RecordedEvent> {
    yield* readLog(this.#pages, options)
  }

  async *readStored(options: Call & { readonly from?: From } = {}): AsyncGenerator<StoredEvent> {
    yield* readLog(this.#storedPages, options)
  }

  async faults(): Promise<StoreFault[]> {
    this.#checkOpen()
    const { file, mode } = this.#connection
    return faultsOf(mode === 'immutable' ? immutableUrl(file) : file, file)
  }

  find(id: string, options: Call = {}): Promise<RecordedEvent | undefined> {
    return this.#read(options, () => this.#reader.find(id))
  }

  async *subscribe(options: {
    readonly from: From
    readonly filter?: Filter
    readonly signal: AbortSignal
  }): AsyncGenerator<SubscriptionItem> {
    this.#checkOpen()
    const signal = AbortSignal.any([options.signal, this.#closing.signal])
    yield* followLog(this.#pages, this.#watch, { from: options.from, filter: options.filter, signal })
    if (!options.signal.aborted) this.#checkOpen()
  }

  async lastPosition(options: Call = {}): Promise<Position | null> {
    const last = await this.#pages.last(options)
    return last === 0 ? null : position(last)
  }

  async truncateBefore(stream: string, revision: number, options: Call = {}): Promise<void> {
    this.#checkWritable()
    checkStreamName(stream)
    await this.#queue.enqueue(options, () => this.#writer.truncateBefore(stream, revision))
  }

  async tombstone(
    stream: string,
    options: Call & { readonly expected: Exclude<Expected, 'stream_exists'> },
  ): Promise<void> {
    this.#checkWritable()
    checkStreamName(stream)
    await this.#queue.enqueue(options, () => this.#writer.tombstone(stream, options.expected))
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  /** What was appended before is still written, for half of the time; then the write-ahead log is merged. */
  async #close(): Promise<void> {
    this.#closing.abort()
    await this.#queue.drain(limits.storeCloseMs / 2)
    const { db, mode } = this.#connection
    try {
      if (mode === 'read_write') db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    } catch {
      // Only tidying: what is in the write-ahead log is durable, and the next opening reads it from there.
    }
    db.close()
  }

  #read<Result>(call: Call, work: () => Result): Promise<Result> {
    return this.#connection.patiently(call, () => {
      this.#checkOpen()
      this.#connection.checkInPlace('lately')
      this.#connection.checkImmutable()
      return work()
    })
  }

  #checkWritable(): void {
    this.#checkOpen()
    if (this.#connection.mode === 'read_write') return
    throw new StoreError('read_only', `${this.#connection.file} was opened to read it only, and ${readOnly}`)
  }

  #checkOpen(): void {
    if (!this.#closing.signal.aborted) return
    throw new StoreError('closed', `${this.description} is closed; open it again.`)
  }
}
