import type { DatabaseSync } from 'node:sqlite'
import type { Clock } from '../../kernel/clock.ts'
import { type Position, position } from '../../kernel/event.ts'
import { type EncodedEvent, stamped } from '../codec.ts'
import { deletedStream, judgeAppend, judgeTombstone, takenId } from '../expected.ts'
import type { Appended, Expected } from '../port.ts'
import { isTakenKey, sqliteCode } from './sqlite-errors.ts'

export interface StreamRow {
  readonly sid: number
  readonly head: number
  readonly first: number
  readonly deleted: number
}

export function streamStatement(db: DatabaseSync) {
  const statement = db.prepare('SELECT sid, head, first, deleted FROM streams WHERE name = ?')
  return (stream: string) => statement.get(stream) as unknown as StreamRow | undefined
}

/** What an append came to, with the rows that it wrote; null when they had been there before. */
export interface Written {
  readonly appended: Appended
  readonly rows: readonly RecordedRow[] | null
}

export type RecordedRow = EncodedEvent & {
  readonly stream: string
  readonly revision: number
  readonly position: Position
}

/**
 * The writes of one log. Each function runs inside a transaction that its caller opened, and takes back what it wrote
 * when it refuses.
 */
export class Writer {
  readonly #clock: Clock
  readonly #find
  readonly #open
  readonly #insert
  readonly #setHead
  readonly #setFirst
  readonly #setDeleted
  readonly #eventsFrom
  readonly #revisionOf
  readonly #lastRecordedAt
  readonly #mark
  readonly #keep
  readonly #undo
  /** Of the log's last event; null until somebody asks in this transaction. */
  #recordedAt: string | null = null

  constructor(db: DatabaseSync, clock: Clock) {
    this.#clock = clock
    this.#find = streamStatement(db)
    this.#open = db.prepare('INSERT INTO streams (name) VALUES (?)')
    this.#insert = db.prepare(
      'INSERT INTO events (sid, rev, id, type, version, data, meta) VALUES (?, ?, ?, ?, ?, ?, ?)',
    )
    this.#setHead = db.prepare('UPDATE streams SET head = ? WHERE sid = ?')
    this.#setFirst = db.prepare('UPDATE streams SET first = ? WHERE sid = ?')
    this.#setDeleted = db.prepare('UPDATE streams SET deleted = 1 WHERE sid = ?')
    this.#eventsFrom = db.prepare(
      'SELECT id, rev, pos FROM events WHERE sid = ? AND rev >= ? ORDER BY rev LIMIT ?',
    )
    this.#revisionOf = db.prepare('SELECT rev FROM events WHERE id = ? AND sid = ?')
    this.#lastRecordedAt = db.prepare(
      "SELECT json_extract(meta, '$.recordedAt') AS at FROM events ORDER BY pos DESC LIMIT 1",
    )
    this.#mark = db.prepare('SAVEPOINT one')
    this.#keep = db.prepare('RELEASE one')
    this.#undo = db.prepare('ROLLBACK TO one')
  }

  /** A transaction has begun: what others wrote before it is seen from now on. */
  begin(): void {
    this.#recordedAt = null
  }

  append(stream: string, events: readonly EncodedEvent[], expected: Expected): Written {
    const row = this.#find(stream)
    const ids = events.map((event) => event.id)
    const first = judgeAppend(stream, this.#view(row), { ids, expected })
    if (first !== null) return { appended: first, rows: null }
    // One statement takes itself back when it is refused; several need a savepoint.
    if (row !== undefined && events.length === 1) return this.#write(stream, events, row)
    this.#mark.run()
    try {
      const written = this.#write(stream, events, row)
      this.#keep.run()
      return written
    } catch (error) {
      if (sqliteCode(error) === undefined) {
        this.#undo.run()
        this.#keep.run()
        this.#recordedAt = null
      }
      throw error
    }
  }

  #write(stream: string, events: readonly EncodedEvent[], row: StreamRow | undefined): Written {
    const sid = row?.sid ?? Number(this.#open.run(stream).lastInsertRowid)
    let revision = row?.head ?? -1
    const rows = events.map((event) => {
      const before = this.#recordedAtBefore()
      const now = new Date(this.#clock.now()).toISOString()
      const recorded = stamped(event, before > now ? before : now)
      revision += 1
      const pos = this.#insertOne(stream, [sid, revision], recorded)
      this.#recordedAt = recorded.recordedAt
      return { ...recorded, stream, revision, position: position(pos) }
    })
    this.#setHead.run(revision, sid)
    return { appended: { revision, position: rows.at(-1)!.position }, rows }
  }

  truncateBefore(stream: string, revision: number): void {
    const row = this.#find(stream)
    if (row?.deleted) throw deletedStream(stream)
    this.#setFirst.run(revision, row?.sid ?? this.#open.run(stream).lastInsertRowid)
  }

  tombstone(stream: string, expected: Expected): void {
    const row = this.#find(stream)
    judgeTombstone(stream, this.#view(row), expected)
    this.#setDeleted.run(row?.sid ?? this.#open.run(stream).lastInsertRowid)
  }

  #insertOne(stream: string, [sid, revision]: readonly [number, number], event: EncodedEvent): number {
    try {
      const { id, type, version, data, meta } = event
      return Number(this.#insert.run(sid, revision, id, type, version, data, meta).lastInsertRowid)
    } catch (error) {
      throw isTakenKey(error) ? takenId(stream, event.id) : error
    }
  }

  #recordedAtBefore(): string {
    this.#recordedAt ??= (this.#lastRecordedAt.get() as { at: string } | undefined)?.at ?? ''
    return this.#recordedAt
  }

  #view(row: StreamRow | undefined) {
    return {
      head: row?.head ?? -1,
      deleted: row?.deleted === 1,
      revisionOf: (id: string) =>
        row && (this.#revisionOf.get(id, row.sid) as { rev: number } | undefined)?.rev,
      eventsFrom: (revision: number, count: number) =>
        (row === undefined ? [] : this.#eventsFrom.all(row.sid, revision, count)).map((event) => ({
          id: event.id as string,
          place: { revision: event.rev as number, position: position(event.pos as number) },
        })),
    }
  }
}
