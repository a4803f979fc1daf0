import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { StoreError } from '../port.ts'
import { damagedFile } from './check-database.ts'
import { hasContent } from './connection.ts'
import { readOnly } from './sqlite-errors.ts'

/** Begins every SQLite database, https://www.sqlite.org/fileformat.html section 1.3. */
const magic = 'SQLite format 3\0'
const headerBytes = 100

/**
 * Looks at the file before SQLite does. SQLite takes a file smaller than a page for a new database and writes
 * over it, and throws away a write-ahead log whose main file is empty: both would destroy what a person has.
 */
export function checkFile(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false })
  if (found === undefined) {
    checkFolder(file)
    return
  }
  if (!found.isFile()) {
    const message = `${file} is no file, and a log is one. Name a file, for example ${file}/log.db.`
    throw new StoreError('foreign_file', message, { details: { file } })
  }
  const header = beginningOf(file)
  if (header.length === 0) {
    if (hasContent(`${file}-wal`)) throw damagedFile(file, `it is empty, but ${file}-wal is not`)
    return
  }
  if (header.toString('latin1', 0, magic.length) !== magic) {
    const message = `${file} is no Daybook log, and no SQLite database. Name another file; this one was left alone.`
    throw new StoreError('foreign_file', message, { details: { file } })
  }
  // The value 1 stands for 65,536 bytes.
  const pageBytes = header.length < headerBytes ? headerBytes : header.readUInt16BE(16)
  if (found.size < (pageBytes === 1 ? 65_536 : pageBytes))
    throw damagedFile(file, `it was cut off after ${found.size} bytes`)
}

/** Throws `read_only` or `access_denied`, which SQLite would both call "unable to open database file". */
export function checkWritable(file: string): void {
  const folder = dirname(file)
  const places = [file, folder].filter((each) => statSync(each, { throwIfNoEntry: false }) !== undefined)
  if (places[0] === file) accessSync(file, constants.R_OK)
  try {
    for (const place of places.length > 0 ? places : [dirname(folder)]) accessSync(place, constants.W_OK)
  } catch (cause) {
    throw new StoreError('read_only', `${file} ${readOnly}`, { cause, details: { file } })
  }
}

function checkFolder(file: string): void {
  const folder = dirname(file)
  const nearest = [folder, dirname(folder)].find((each) => statSync(each, { throwIfNoEntry: false }))
  if (nearest !== undefined && statSync(nearest).isDirectory()) return
  const message = `${file}: the folder ${folder} does not exist. Make it, or name another place for the log.`
  throw new StoreError('not_found', message, { details: { file } })
}

function beginningOf(file: string): Buffer {
  const descriptor = openSync(file, 'r')
  try {
    const header = Buffer.alloc(headerBytes)
    return header.subarray(0, readSync(descriptor, header))
  } finally {
    closeSync(descriptor)
  }
}
