import type { DatabaseSync } from 'node:sqlite'
import { StoreError } from '../port.ts'
import { applicationId, schemaVersion } from './schema.ts'
import { damaged } from './sqlite-errors.ts'

/** Throws `foreign_file` or `newer_schema` unless the file is a log that this Daybook understands. */
export function checkIdentity(db: DatabaseSync, file: string): void {
  const { application_id: application } = db.prepare('PRAGMA application_id').get() as {
    application_id: number
  }
  const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number }
  if (application !== applicationId) {
    const message = `${file} is another program's SQLite database (application_id ${application}; a Daybook log has ${applicationId}). Name another file; this one was left alone.`
    throw new StoreError('foreign_file', message, { details: { file, application } })
  }
  if (version > schemaVersion) {
    const message = `${file} was written by a newer Daybook (schema ${version}; this one knows ${schemaVersion}). Update Daybook; the file was left alone.`
    throw new StoreError('newer_schema', message, { details: { file, version } })
  }
  if (version !== schemaVersion)
    throw damagedFile(file, `its schema version is ${version}, which no Daybook wrote`)
  const names = new Set(
    db
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
      .all()
      .map((row) => row.name),
  )
  for (const table of ['streams', 'events', 'sqlite_sequence'])
    if (!names.has(table)) throw damagedFile(file, `the table ${table} is missing`)
}

/**
 * Throws `damaged` when rows are missing: positions count from 1 without a gap, and streams' revisions add
 * up to the same number. It reads one index, about 2 ms for 100,000 events. What it cannot find: changed
 * bytes inside a row (digests find those), and a lost tail together with its own counters, which live in the
 * same file (only a seal kept outside finds that).
 */
export function checkWhole(db: DatabaseSync, file: string): void {
  const found = db
    .prepare(
      `SELECT (SELECT count(*) FROM events) AS count,
              (SELECT min(pos) FROM events) AS first,
              (SELECT max(pos) FROM events) AS last,
              (SELECT seq FROM sqlite_sequence WHERE name = 'events') AS given,
              (SELECT sum(head + 1) FROM streams) AS heads`,
    )
    .get() as Record<'count' | 'first' | 'last' | 'given' | 'heads', number | null>
  const count = found.count ?? 0
  if (count === 0 && (found.given ?? 0) === 0 && (found.heads ?? 0) === 0) return
  if (found.last !== found.given)
    throw damagedFile(
      file,
      `it ends at position ${found.last ?? 0}, but ${found.given ?? 0} positions were given out`,
    )
  if (found.first !== 1 || found.last !== count)
    throw damagedFile(
      file,
      `${(found.last ?? 0) - count} of its ${found.last ?? 0} positions are missing${placeOf(db)}`,
    )
  if (found.heads !== count)
    throw damagedFile(
      file,
      `its streams say that they have ${found.heads ?? 0} events, and there are ${count}`,
    )
}

/** @param cause what was found, where it knows more than `what` says: its details are kept. */
export function damagedFile(file: string, what: string, cause?: StoreError): StoreError {
  const details = { ...cause?.details, file }
  return new StoreError('damaged', `${file}: ${what}: ${damaged}`, { cause, details })
}

function placeOf(db: DatabaseSync): string {
  const gap = db
    .prepare(
      `SELECT pos + 1 AS missing FROM (SELECT 0 AS pos UNION ALL SELECT pos FROM events) AS e
       WHERE NOT EXISTS (SELECT 1 FROM events WHERE pos = e.pos + 1) ORDER BY pos LIMIT 1`,
    )
    .get() as { missing: number } | undefined
  return gap === undefined ? '' : `, the first one is ${gap.missing}`
}
