import { DatabaseSync } from 'node:sqlite'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { limits } from '../../kernel/limits.ts'
import { StoreError, type StoreFault } from '../port.ts'
import { checkWhole } from './check-database.ts'

/** In a thread of its own, so that the log can be read meanwhile. `location` as SQLite opens it. */
export function faultsOf(location: string | URL, file: string): Promise<StoreFault[]> {
  const { promise, resolve, reject } = Promise.withResolvers<StoreFault[]>()
  const thread = new Worker(new URL(import.meta.url), { workerData: { faultsOf: String(location), file } })
  thread.once('message', resolve)
  thread.once('error', reject)
  thread.once('exit', () =>
    reject(new StoreError('unavailable', `${file}: the thread that checks it ended early.`)),
  )
  return promise
}

/**
 * What is wrong beside the events' own bytes: pages and indexes (SQLite's own check), and streams that claim
 * another number of events than there are, are hidden or are closed, which nothing in Daybook does to a log.
 */
function findFaults(db: DatabaseSync, file: string): StoreFault[] {
  return [...pages(db), ...counts(db, file), ...streams(db)]
}

function counts(db: DatabaseSync, file: string): StoreFault[] {
  try {
    checkWhole(db, file)
    return []
  } catch (error) {
    return [{ place: 'events', message: (error as Error).message }]
  }
}

function pages(db: DatabaseSync): StoreFault[] {
  try {
    return db
      .prepare(`PRAGMA integrity_check(${limits.findingsMax})`)
      .all()
      .map((row) => String(row.integrity_check))
      .filter((found) => found !== 'ok')
      .map((found) => ({ place: 'database', message: `SQLite finds: ${found}` }))
  } catch (error) {
    return [{ place: 'database', message: `SQLite cannot read it: ${(error as Error).message}` }]
  }
}

function streams(db: DatabaseSync): StoreFault[] {
  try {
    return db
      .prepare(
        `SELECT s.name, s.head, s.first, s.deleted, coalesce(e.last, -1) AS last, coalesce(e.count, 0) AS count
         FROM streams s LEFT JOIN (SELECT sid, max(rev) AS last, count(*) AS count FROM events GROUP BY sid) e
         ON e.sid = s.sid
         WHERE s.head <> coalesce(e.last, -1) OR s.head + 1 <> coalesce(e.count, 0) OR s.first <> 0 OR s.deleted <> 0
         LIMIT ${limits.findingsMax}`,
      )
      .all()
      .map((row) => ({ place: `stream ${row.name}`, message: streamFault(row) }))
  } catch (error) {
    return [{ place: 'streams', message: `SQLite cannot read them: ${(error as Error).message}` }]
  }
}

function streamFault({ name, head, first, deleted, last, count }: Record<string, unknown>): string {
  if (deleted !== 0) return `the stream ${name} is closed: its events are hidden`
  if (first !== 0) return `the stream ${name} hides its events before revision ${first}`
  return `the stream ${name} says that its last revision is ${head}; it has ${count} events up to revision ${last}`
}

if (!isMainThread && workerData?.faultsOf !== undefined) {
  const { faultsOf: location, file } = workerData as { readonly faultsOf: string; readonly file: string }
  const db = new DatabaseSync(location.startsWith('file:') ? new URL(location) : location, { readOnly: true })
  const found = findFaults(db, file)
  // Before the answer: whoever has it may replace the file, and a connection left open would lend it its old pages.
  db.close()
  parentPort?.postMessage(found)
}
