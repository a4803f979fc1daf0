import type { DatabaseSync } from 'node:sqlite'
import type { Clock } from '../../kernel/clock.ts'
import { position } from '../../kernel/event.ts'
import { type EncodedEvent, stamped } from '../codec.ts'
import { deletedStream, judgeAppend, judgeTombstone, takenId } from '../expected.ts'
import type { Appended, Expected } from '../port.ts'
import { isTakenKey } from './sqlite-errors.ts'

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

/** The writes of one log. Each function runs inside a transaction that its caller opened. */
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
  }

  append(stream: string, events: readonly EncodedEvent[], expected: Expected): Appended {
    const row = this.#find(stream)
    const ids = events.map((event) => event.id)
    const first = judgeAppend(stream, this.#view(row), { ids, expected })
    if (first !== null) return first
    const sid = row?.sid ?? Number(this.#open.run(stream).lastInsertRowid)
    let revision = row?.head ?? -1
    let pos = 0
    let before = this.#recordedAtBefore()
    for (const event of events) {
      const now = new Date(this.#clock.now()).toISOString()
      const recorded = stamped(event, before > now ? before : now)
      revision += 1
      pos = this.#insertOne(stream, [sid, revision], recorded)
      before = recorded.recordedAt
    }
    this.#setHead.run(revision, sid)
    return { revision, position: position(pos) }
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
    return (this.#lastRecordedAt.get() as { at: string } | undefined)?.at ?? ''
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
