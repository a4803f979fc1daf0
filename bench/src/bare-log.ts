import { DatabaseSync } from 'node:sqlite'
import { v7 } from 'uuid'
import type { NewEvent } from '../../src/kernel/event.ts'

const text = 'x'.repeat(400)

/** What a program does that needs a log and nothing that Daybook promises of one. */
export class BareLog {
  readonly #db: DatabaseSync
  readonly #insert
  readonly #all
  #revision = 0

  constructor(path: string) {
    this.#db = new DatabaseSync(path)
    this.#db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
      CREATE TABLE events (pos INTEGER PRIMARY KEY AUTOINCREMENT, sid INTEGER NOT NULL, rev INTEGER NOT NULL,
        id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, version INTEGER NOT NULL, data TEXT NOT NULL,
        meta TEXT NOT NULL, UNIQUE (sid, rev)) STRICT`)
    this.#insert = this.#db.prepare(
      'INSERT INTO events (sid, rev, id, type, version, data, meta) VALUES (1, ?, ?, ?, 1, ?, ?)',
    )
    this.#all = this.#db.prepare('SELECT * FROM events ORDER BY pos LIMIT ?')
  }

  append(transactions: number, events: number): number {
    for (let index = 0; index < transactions; index += 1) {
      this.#db.exec('BEGIN IMMEDIATE')
      for (let event = 0; event < events; event += 1) {
        const { id, type, data, meta } = newEvent()
        this.#revision += 1
        const at = { ...meta, recordedAt: new Date().toISOString() }
        this.#insert.run(this.#revision, id, type, JSON.stringify(data), JSON.stringify(at))
      }
      this.#db.exec('COMMIT')
    }
    return transactions * events
  }

  read(events: number): number {
    let seen = 0
    for (const row of this.#all.iterate(events)) {
      JSON.parse(row.data as string)
      JSON.parse(row.meta as string)
      seen += 1
    }
    return seen
  }

  close(): void {
    this.#db.close()
  }
}

/** About 500 bytes in the log. */
export function newEvent(): NewEvent {
  const meta = { actor: { kind: 'worker', id: 'bench' } } as const
  return { id: v7(), type: 'Noted', version: 1, data: { text }, meta }
}
