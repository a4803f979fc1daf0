import { statSync } from 'node:fs'
import { backup, DatabaseSync } from 'node:sqlite'
import { StoreError } from '../port.ts'
import { checkIdentity, checkWhole } from './check-database.ts'
import { checkFile } from './check-file.ts'
import { storeErrorOf } from './sqlite-errors.ts'

/** Pages copied before others get the file again. */
const pagesAtOnce = 500

/**
 * Copies a log while others append to it: the copy is as of one moment, and whole. Its own write-ahead log is merged.
 * Rejects with the errors of opening a log; `to` is then no log.
 *
 * @param onProgress called with the share that is copied, from 0 to 1.
 */
export async function copyDatabase(
  from: string,
  to: string,
  onProgress: (share: number) => void = () => undefined,
): Promise<void> {
  checkFile(from)
  try {
    const source = new DatabaseSync(from, { readOnly: true })
    try {
      checkIdentity(source, from)
      await backup(source, to, {
        rate: pagesAtOnce,
        progress: ({ totalPages, remainingPages }) =>
          onProgress(totalPages === 0 ? 1 : 1 - remainingPages / totalPages),
      })
    } finally {
      source.close()
    }
    checkCopy(to)
  } catch (error) {
    throw storeErrorOf(error, from)
  }
}

/** Gives back what the file holds on the disk without using it, while others wait. Bytes before and after. */
export function compactDatabase(file: string): { readonly before: number; readonly after: number } {
  checkFile(file)
  const before = statSync(file).size
  try {
    const db = new DatabaseSync(file)
    try {
      checkIdentity(db, file)
      checkWhole(db, file)
      db.exec('PRAGMA busy_timeout = 5000; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)')
    } finally {
      db.close()
    }
  } catch (error) {
    throw storeErrorOf(error, file)
  }
  return { before, after: statSync(file).size }
}

function checkCopy(file: string): void {
  const copy = new DatabaseSync(file)
  try {
    copy.exec('PRAGMA journal_mode = DELETE')
    checkWhole(copy, file)
    const { integrity_check: found } = copy.prepare('PRAGMA integrity_check(1)').get() as {
      integrity_check: string
    }
    if (found !== 'ok') throw new StoreError('damaged', `${file}: the copy is damaged: ${found}`)
  } finally {
    copy.close()
  }
}
