import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Diagnostic } from '../agents/events.ts'
import { limits } from '../kernel/limits.ts'
import { isBusy, sqliteCode, storeErrorOf } from '../store/sqlite/sqlite-errors.ts'
import type {
  Checkpoint,
  FoldedStates,
  ProjectionId,
  ProjectionStore,
  StoredProjection,
} from './projection-store.ts'

/** "dbvw" in ASCII: tells our file from another program's. */
const applicationId = 0x64627677
const damagedCodes = new Set([1, 11, 24, 26])

const tables = `
  CREATE TABLE IF NOT EXISTS checkpoint (
    projection TEXT PRIMARY KEY, version INTEGER NOT NULL, position TEXT NOT NULL,
    event TEXT NOT NULL, stream TEXT NOT NULL, revision INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS state (
    projection TEXT NOT NULL, version INTEGER NOT NULL, key TEXT NOT NULL, json TEXT NOT NULL,
    PRIMARY KEY (projection, key)
  ) STRICT;`

/** The file `views.db`; see `openProjectionStore`. */
export class SqliteProjectionStore implements ProjectionStore {
  readonly description: string
  readonly diagnostics: Diagnostic[] = []
  readonly #file: string
  #db: DatabaseSync

  constructor(path: string) {
    this.#file = resolve(path)
    this.description = `sqlite:${path}`
    mkdirSync(dirname(this.#file), { recursive: true })
    try {
      this.#db = open(this.#file)
    } catch (error) {
      if (!isDamage(error)) throw storeErrorOf(error, this.#file)
      this.#db = this.#beginAgain(error)
    }
  }

  checkpoint(projection: ProjectionId): Checkpoint | null {
    return this.#whole((db) => checkpointOf(db, projection))
  }

  read({ name, version }: ProjectionId, key: string): string | undefined {
    const sql = 'SELECT json FROM state WHERE projection = ? AND version = ? AND key = ?'
    return this.#whole(
      (db) => (db.prepare(sql).get(name, version, key) as { json: string } | undefined)?.json,
    )
  }

  keys({ name, version }: ProjectionId): string[] {
    const sql = 'SELECT key FROM state WHERE projection = ? AND version = ?'
    return this.#whole((db) =>
      (db.prepare(sql).all(name, version) as { key: string }[]).map((row) => row.key),
    )
  }

  snapshot(projection: ProjectionId): StoredProjection | undefined {
    const sql = 'SELECT key, json FROM state WHERE projection = ? AND version = ?'
    return this.#whole((db) =>
      transaction(db, 'BEGIN', () => {
        const checkpoint = checkpointOf(db, projection)
        if (checkpoint === null) return undefined
        const rows = db.prepare(sql).all(projection.name, projection.version) as {
          key: string
          json: string
        }[]
        return { checkpoint, states: new Map(rows.map((row) => [row.key, row.json])) }
      }),
    )
  }

  commit(folded: readonly FoldedStates[]): boolean {
    return this.#whole((db) =>
      transaction(db, 'BEGIN IMMEDIATE', () => {
        const moved = folded.some(
          ({ projection, from }) => (checkpointOf(db, projection)?.position ?? null) !== from,
        )
        if (!moved) for (const one of folded) write(db, one)
        return !moved
      }),
    )
  }

  clear(): void {
    this.#whole((db) =>
      transaction(db, 'BEGIN IMMEDIATE', () => db.exec('DELETE FROM state; DELETE FROM checkpoint')),
    )
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close()
  }

  /** Once more on a new file when this one turns out to be damaged; other failures name the file. */
  #whole<Result>(work: (db: DatabaseSync) => Result): Result {
    try {
      return work(this.#db)
    } catch (error) {
      if (!isDamage(error)) throw storeErrorOf(error, this.#file)
      this.#db = this.#beginAgain(error)
      return work(this.#db)
    }
  }

  #beginAgain(error: unknown): DatabaseSync {
    this.#close()
    const aside = `${this.#file}.damaged`
    rmSync(aside, { recursive: true, force: true })
    if (existsSync(this.#file)) renameSync(this.#file, aside)
    for (const suffix of ['-wal', '-shm']) rmSync(this.#file + suffix, { force: true })
    const reason = error instanceof Error ? error.message : String(error)
    const message = `${this.#file} was damaged (${reason}) and is now ${aside}. Views are folded again from the log; the file may be deleted.`
    this.diagnostics.push({ code: 'views_damaged', message })
    return open(this.#file)
  }

  #close(): void {
    try {
      this.#db?.close()
    } catch {
      // Damaged beyond closing: the file is moved aside all the same.
    }
  }
}

function open(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: limits.storeTimeoutMs })
  try {
    // In one transaction: another process that opens the file now finds it new or finished.
    transaction(db, 'BEGIN IMMEDIATE', () => {
      const { application_id: id } = db.prepare('PRAGMA application_id').get() as { application_id: number }
      const { n } = db.prepare('SELECT count(*) AS n FROM sqlite_schema').get() as { n: number }
      if (n > 0 && id !== applicationId) throw new ForeignFile('it belongs to another program')
      db.exec(`PRAGMA application_id = ${applicationId}`)
      db.exec(tables)
    })
    // The states can be folded again: a power cut may cost the newest of them.
    db.exec('PRAGMA synchronous = NORMAL')
    preferWal(db)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** Changing the mode needs the file alone; while others use it, the mode it has is as good. */
function preferWal(db: DatabaseSync): void {
  try {
    db.exec('PRAGMA journal_mode = WAL')
  } catch (error) {
    if (!isBusy(error)) throw error
  }
}

class ForeignFile extends Error {
  override readonly name = 'ForeignFile'
}

/** Corrupt, no database at all, or without our tables: what only a new file mends. */
function isDamage(error: unknown): boolean {
  return error instanceof ForeignFile || damagedCodes.has((sqliteCode(error) ?? 0) & 0xff)
}

function checkpointOf(db: DatabaseSync, { name, version }: ProjectionId): Checkpoint | null {
  const sql = 'SELECT position, event, stream, revision FROM checkpoint WHERE projection = ? AND version = ?'
  const statement = checkpointStatements.get(db) ?? db.prepare(sql)
  checkpointStatements.set(db, statement)
  const row = statement.get(name, version) as Checkpoint | undefined
  return row === undefined ? null : { ...row }
}

/** Asked before every reading of the log: compiled once for each open file. */
const checkpointStatements = new WeakMap<DatabaseSync, StatementSync>()

function write(db: DatabaseSync, { projection, from, to, states }: FoldedStates): void {
  const { name, version } = projection
  if (from === null) db.prepare('DELETE FROM state WHERE projection = ?').run(name)
  const put = db.prepare('INSERT OR REPLACE INTO state (projection, version, key, json) VALUES (?, ?, ?, ?)')
  for (const [key, json] of states) put.run(name, version, key, json)
  const reach = 'INSERT OR REPLACE INTO checkpoint VALUES (?, ?, ?, ?, ?, ?)'
  db.prepare(reach).run(name, version, to.position, to.event, to.stream, to.revision)
}

function transaction<Result>(db: DatabaseSync, begin: string, work: () => Result): Result {
  db.exec(begin)
  try {
    const result = work()
    db.exec('COMMIT')
    return result
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}
