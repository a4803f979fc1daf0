import { randomUUID } from 'node:crypto'
import { linkSync, unlinkSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { isBusy } from './sqlite-errors.ts'

/**
 * Whether a process has a log's file open: each holds a shared lock on it while it does, also when it is idle. Nothing
 * is changed: the file is opened under a second name, under which it has no write-ahead log to be taken in.
 *
 * @returns `unknown` where that cannot be seen: no database, or a file system without links or locks.
 */
export function inUse(file: string): 'yes' | 'no' | 'unknown' {
  const probe = `${file}.${randomUUID()}.probe`
  try {
    linkSync(file, probe)
  } catch {
    return 'unknown'
  }
  try {
    const db = new DatabaseSync(probe)
    try {
      db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; ROLLBACK')
      return 'no'
    } finally {
      db.close()
    }
  } catch (error) {
    return isBusy(error) ? 'yes' : 'unknown'
  } finally {
    unlinkSync(probe)
  }
}
