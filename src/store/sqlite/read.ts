import type { DatabaseSync } from 'node:sqlite'
import { position, type RecordedEvent } from '../../kernel/event.ts'
import { limits } from '../../kernel/limits.ts'
import type { Codec } from '../codec.ts'
import { deletedStream } from '../expected.ts'
import { type LogPage, nextPart, type PageRange } from '../log-pages.ts'
import { type Direction, type StoredEvent, StoreError } from '../port.ts'
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
  readonly #stream

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
    const log = (order: 'ASC' | 'DESC') => ({
      all: rows(`e.pos > ? AND e.pos <= ? ORDER BY e.pos ${order}`),
      byStream: rows(`e.pos > ? AND e.pos <= ? AND ${begins('s.name')} ORDER BY e.pos ${order}`),
      byType: rows(`e.pos > ? AND e.pos <= ? AND ${begins('e.type')} ORDER BY e.pos ${order}`),
    })
    const stream = (order: 'ASC' | 'DESC') =>
      rows(`e.sid = ? AND e.rev >= ? AND e.rev <= ? ORDER BY e.rev ${order}`)
    this.#log = { forwards: log('ASC'), backwards: log('DESC') }
    this.#stream = { forwards: stream('ASC'), backwards: stream('DESC') }
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

  page(range: PageRange): LogPage {
    const { filter, direction } = range
    const part = nextPart(range, filter === undefined ? limits.readPageEvents : limits.readScanEventsMax)
    const { rows, all } = take(this.#rowsOf({ ...range, ...part }))
    const events = rows.map((row) => this.#decode(row))
    const step = stepOf(direction)
    const [begin, end] = step > 0 ? [part.after, part.until] : [part.until, part.after]
    const last = rows.at(-1)
    const whole = last === undefined || (all && rows.length < limits.readPageEvents)
    const scannedTo = whole ? end : step > 0 ? last[0] : last[0] - 1
    if (filter === undefined) this.#checkNoGap(rows, { begin, scannedTo, step })
    return { events, scannedTo }
  }

  /** Rows as they stand, whatever is missing between them. */
  storedPage({ after, until }: Pick<PageRange, 'after' | 'until'>): LogPage<StoredEvent> {
    // So few that the largest events fit into the memory: rows that are taken at once come twice as quickly.
    const end = Math.min(after + limits.storedPageEvents, until)
    const rows = this.#log.forwards.all.all(after, end) as unknown as Row[]
    return { events: rows.map(storedEvent), scannedTo: end }
  }

  /** Of revisions `low` to `high`, the first page in the direction; empty only when none is left. */
  streamPage(sid: number, [low, high]: readonly [number, number], direction: Direction) {
    const rows = take(this.#stream[direction].iterate(sid, low, high) as unknown as Iterable<Row>).rows
    const step = stepOf(direction)
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

  #rowsOf({ after, until, direction, filter }: PageRange): Iterable<Row> {
    const { all, byStream, byType } = this.#log[direction]
    if (filter === undefined) return all.iterate(after, until) as unknown as Iterable<Row>
    const [statement, prefixes] =
      'streamPrefixes' in filter ? [byStream, filter.streamPrefixes] : [byType, filter.typePrefixes]
    return statement.iterate(after, until, JSON.stringify(prefixes)) as unknown as Iterable<Row>
  }

  #checkNoGap(
    rows: readonly Row[],
    { begin, scannedTo, step }: { readonly begin: number; readonly scannedTo: number; readonly step: 1 | -1 },
  ): void {
    const first = step > 0 ? begin + 1 : begin
    const gap = rows.findIndex((row, index) => row[0] !== first + step * index)
    const looked = Math.abs(scannedTo - begin)
    if (gap < 0 && rows.length >= looked) return
    const missing = first + step * (gap < 0 ? rows.length : gap)
    throw damagedFile(this.#file, `position ${missing} is missing`)
  }

  #decode(row: Row): RecordedEvent {
    const [pos, stream, revision, id, type, version, data, meta] = row
    if (stream === null) throw damagedFile(this.#file, `the event at position ${pos} belongs to no stream`)
    try {
      const place = { id, stream, revision, position: position(pos), type, version }
      return this.#codec.decode({ ...place, data, meta })
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'damaged') throw error
      throw damagedFile(this.#file, String(error.details.found), error)
    }
  }
}

function storedEvent([pos, stream, revision, id, type, version, data, meta]: Row): StoredEvent {
  return { id, type, version, stream: stream ?? '', revision, position: position(pos), data, meta }
}

function stepOf(direction: Direction): 1 | -1 {
  return direction === 'forwards' ? 1 : -1
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
