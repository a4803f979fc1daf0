import type { DatabaseSync } from 'node:sqlite'
import { position, type RecordedEvent } from '../../kernel/event.ts'
import { limits } from '../../kernel/limits.ts'
import type { Codec } from '../codec.ts'
import { deletedStream } from '../expected.ts'
import type { LogPage, PageRange } from '../log-pages.ts'
import { type Filter, type StoredEvent, StoreError } from '../port.ts'
import { streamStatement } from './append.ts'
import { damagedFile } from './check-database.ts'

type Row = readonly [
  pos: number,
  stream: string | null,
  rev: number,
  id: string,
  type: string,
  version: number,
  data: string,
  meta: string,
]

const columns = 'e.pos, s.name, e.rev, e.id, e.type, e.version, e.data, e.meta'
/** A LEFT JOIN, so that an event whose stream is lost shows as damage instead of being left out. */
const from = 'FROM events e LEFT JOIN streams s ON s.sid = e.sid'
/** True for a filter's text that begins with one of the prefixes (a JSON array). */
const begins = (text: string) =>
  `EXISTS (SELECT 1 FROM json_each(?) AS p WHERE substr(${text}, 1, length(p.value)) = p.value)`

/** Reads pages of one log: no statement stays open between them, so no writer ever waits for a reader. */
export class Reader {
  readonly #file: string
  readonly #codec: Codec
  readonly #findStream
  readonly #findEvent
  readonly #last
  readonly #log
  readonly #byStream
  readonly #byType
  readonly #forwards
  readonly #backwards

  constructor(db: DatabaseSync, file: string, codec: Codec) {
    this.#file = file
    this.#codec = codec
    const rows = (where: string) => {
      const statement = db.prepare(`SELECT ${columns} ${from} WHERE ${where} LIMIT ${limits.readPageEvents}`)
      statement.setReturnArrays(true)
      return statement
    }
    this.#findStream = streamStatement(db)
    this.#findEvent = rows('e.id = ?')
    this.#last = db.prepare('SELECT max(pos) AS pos FROM events')
    this.#log = rows('e.pos > ? AND e.pos <= ? ORDER BY e.pos')
    this.#byStream = rows(`e.pos > ? AND e.pos <= ? AND ${begins('s.name')} ORDER BY e.pos`)
    this.#byType = rows(`e.pos > ? AND e.pos <= ? AND ${begins('e.type')} ORDER BY e.pos`)
    this.#forwards = rows('e.sid = ? AND e.rev >= ? AND e.rev <= ? ORDER BY e.rev')
    this.#backwards = rows('e.sid = ? AND e.rev >= ? AND e.rev <= ? ORDER BY e.rev DESC')
  }

  /** 0 when the log is empty. */
  last(): number {
    return (this.#last.get() as { pos: number | null }).pos ?? 0
  }

  /** The stream's row, undefined when there is none; throws when it is deleted. */
  liveStream(stream: string) {
    const row = this.#findStream(stream)
    if (row?.deleted) throw deletedStream(stream)
    return row
  }

  head(stream: string) {
    return this.#findStream(stream)
  }

  find(id: string) {
    const row = this.#findEvent.get(id) as unknown as Row | undefined
    return row === undefined ? undefined : this.#decode(row)
  }

  page({ after, until, filter }: PageRange): LogPage {
    const scan = filter === undefined ? limits.readPageEvents : limits.readScanEventsMax
    const end = Math.min(after + scan, until)
    const { rows, all } = take(this.#rowsOf(after, end, filter))
    const events = rows.map((row) => this.#decode(row))
    const scannedTo = all && rows.length < limits.readPageEvents ? end : (rows.at(-1)?.[0] ?? end)
    if (filter === undefined) this.#checkNoGap(after, rows, scannedTo)
    return { events, scannedTo }
  }

  /** Rows as they stand, whatever is missing between them. */
  storedPage({ after, until }: Pick<PageRange, 'after' | 'until'>): LogPage<StoredEvent> {
    // So few that the largest events fit into the memory: rows that are taken at once come twice as quickly.
    const end = Math.min(after + limits.storedPageEvents, until)
    const rows = this.#log.all(after, end) as unknown as Row[]
    return { events: rows.map(storedEvent), scannedTo: end }
  }

  /** Of revisions `low` to `high`, the first page in the direction; empty only when none is left. */
  streamPage(sid: number, [low, high]: readonly [number, number], direction: 'forwards' | 'backwards') {
    const statement = direction === 'forwards' ? this.#forwards : this.#backwards
    const rows = take(statement.iterate(sid, low, high) as unknown as Iterable<Row>).rows
    const step = direction === 'forwards' ? 1 : -1
    for (const [index, row] of rows.entries()) {
      const expected = (direction === 'forwards' ? low : high) + step * index
      if (row[2] !== expected) throw damagedFile(this.#file, `revision ${expected} of ${row[1]} is missing`)
    }
    if (rows.length === 0 && low <= high)
      throw damagedFile(
        this.#file,
        `revision ${direction === 'forwards' ? low : high} of a stream is missing`,
      )
    return rows.map((row) => this.#decode(row))
  }

  #rowsOf(after: number, end: number, filter: Filter | undefined): Iterable<Row> {
    if (filter === undefined) return this.#log.iterate(after, end) as unknown as Iterable<Row>
    const [statement, prefixes] =
      'streamPrefixes' in filter
        ? [this.#byStream, filter.streamPrefixes]
        : [this.#byType, filter.typePrefixes]
    return statement.iterate(after, end, JSON.stringify(prefixes)) as unknown as Iterable<Row>
  }

  #checkNoGap(after: number, rows: readonly Row[], scannedTo: number): void {
    const gap = rows.findIndex((row, index) => row[0] !== after + 1 + index)
    const missing = gap >= 0 ? after + 1 + gap : after + 1 + rows.length
    if (gap >= 0 || missing <= scannedTo) throw damagedFile(this.#file, `position ${missing} is missing`)
  }

  #decode(row: Row): RecordedEvent {
    const [pos, stream, revision, id, type, version, data, meta] = row
    if (stream === null) throw damagedFile(this.#file, `the event at position ${pos} belongs to no stream`)
    try {
      const place = { id, stream, revision, position: position(pos), type, version }
      return this.#codec.decode({ ...place, data, meta })
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'damaged') throw error
      throw damagedFile(this.#file, error.message.replace(/\.$/u, ''), error)
    }
  }
}

function storedEvent([pos, stream, revision, id, type, version, data, meta]: Row): StoredEvent {
  return { id, type, version, stream: stream ?? '', revision, position: position(pos), data, meta }
}

/** Rows until the page is full in bytes; `all` says whether the statement had no more. */
function take(found: Iterable<Row>): { rows: Row[]; all: boolean } {
  const rows: Row[] = []
  let chars = 0
  for (const row of found) {
    rows.push(row)
    chars += row[6].length + row[7].length
    if (chars >= limits.readPageBytesMax) return { rows, all: false }
  }
  return { rows, all: true }
}
