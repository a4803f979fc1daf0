import { mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { limits } from '../../kernel/limits.ts'
import { StoreError } from '../port.ts'
import { checkIdentity, checkWhole } from './check-database.ts'
import { checkFile, checkWritable } from './check-file.ts'
import { Connection, hasContent } from './connection.ts'
import { applicationId, schemaVersion, tables } from './schema.ts'
import { readOnly, sqliteCode } from './sqlite-errors.ts'

const cannotOpen = 14
const readOnlyCode = 8

/**
 * Opens the log at `path`, or makes one where there is no file (and its folder, when only that is missing).
 * Another program's file, a newer schema or a damaged log is refused and left as it is.
 */
export function openForWriting(path: string): Connection {
  const file = resolve(path)
  checkFile(file)
  checkWritable(file)
  mkdirMissing(dirname(file))
  const db = new DatabaseSync(file, { timeout: limits.storeLockAttemptMs })
  try {
    if (isNew(db)) create(db)
    else checkIdentity(db, file)
    const { journal_mode: journal } = db.prepare('PRAGMA journal_mode = WAL').get() as {
      journal_mode: string
    }
    if (journal !== 'wal') throw noWal(file, journal)
    db.exec(`
      PRAGMA synchronous = FULL;
      PRAGMA trusted_schema = OFF;
      PRAGMA cell_size_check = ON;
      PRAGMA journal_size_limit = ${limits.walBytesKept};
    `)
    // Tells a file that only looks writable: SQLite opens a read-only one without a word.
    db.exec('BEGIN IMMEDIATE; ROLLBACK')
    checkWhole(db, file)
    return new Connection(db, file, 'read_write')
  } catch (error) {
    db.close()
    if (((sqliteCode(error) ?? 0) & 0xff) === readOnlyCode) throw readOnlyError(file, error)
    throw error
  }
}

/** How much of a log must be there for it to be opened: `inspect` looks also at one that has lost rows. */
type Reading = 'read' | 'inspect'

/** Opens the log at `path` to read it only: also from a read-only folder or medium. */
export function openForReading(path: string, reading: Reading = 'read'): Connection {
  const file = resolve(path)
  checkFile(file)
  if (statSync(file, { throwIfNoEntry: false }) === undefined) throw noLog(file)
  try {
    return checked(new DatabaseSync(file, { readOnly: true, timeout: limits.storeLockAttemptMs }), {
      file,
      mode: 'read_only',
      reading,
    })
  } catch (error) {
    if (!needsSharedMemory(error)) throw error
    if (hasContent(`${file}-wal`)) throw unreadableWal(file, error)
  }
  // A WAL log needs its -shm file even to be read, which a read-only folder refuses. Without a -wal file there
  // is no writer, and nothing outside the main file: it may be read as it is.
  return checked(new DatabaseSync(immutableUrl(file), { readOnly: true }), {
    file,
    mode: 'immutable',
    reading,
  })
}

/** How SQLite opens a file without locks: safe as long as nobody writes it. */
export function immutableUrl(file: string): URL {
  const url = pathToFileURL(file)
  url.searchParams.set('immutable', '1')
  return url
}

function checked(
  db: DatabaseSync,
  { file, mode, reading }: { file: string; mode: Connection['mode']; reading: Reading },
): Connection {
  try {
    // Whoever made it may have died, or be about to, between the file and its tables.
    if (isNew(db)) throw noLog(file)
    checkIdentity(db, file)
    db.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON')
    if (reading === 'read') checkWhole(db, file)
    return new Connection(db, file, mode)
  } catch (error) {
    db.close()
    throw error
  }
}

function noLog(file: string): StoreError {
  const message = `${file}: there is no log here. Check the path, or let a command that writes make one.`
  return new StoreError('not_found', message, { details: { file } })
}

function isNew(db: DatabaseSync): boolean {
  const { application_id: application } = db.prepare('PRAGMA application_id').get() as {
    application_id: number
  }
  const { tables: count } = db.prepare('SELECT count(*) AS tables FROM sqlite_schema').get() as {
    tables: number
  }
  return application === 0 && count === 0
}

/** Two processes may be here at once: the second one finds the first one's tables. */
function create(db: DatabaseSync): void {
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; BEGIN IMMEDIATE')
  try {
    const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number }
    if (version !== schemaVersion) db.exec(tables)
    db.exec('COMMIT')
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

function mkdirMissing(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false }) !== undefined) return
  mkdirSync(folder, { recursive: true })
}

function needsSharedMemory(error: unknown): boolean {
  const primary = (sqliteCode(error) ?? 0) & 0xff
  return primary === cannotOpen || primary === readOnlyCode
}

function unreadableWal(file: string, cause: unknown): StoreError {
  const message = `${file} has unmerged writes in ${file}-wal, which cannot be read from a read-only folder. Copy both files to a writable folder and read them there.`
  return new StoreError('read_only', message, { cause, details: { file } })
}

function readOnlyError(file: string, cause: unknown): StoreError {
  return new StoreError('read_only', `${file} ${readOnly}`, { cause, details: { file } })
}

function noWal(file: string, journal: string): StoreError {
  const message = `${file}: this file system does not support SQLite's WAL mode (got ${journal}). Keep the log on a local disk.`
  return new StoreError('unavailable', message, { details: { file, applicationId } })
}
