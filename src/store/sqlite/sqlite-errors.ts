import type { ErrorCode } from '../../kernel/errors.ts'
import { StoreError } from '../port.ts'

/** SQLite's primary result codes, https://www.sqlite.org/rescode.html. */
const codes = {
  permission: 3,
  busy: 5,
  locked: 6,
  readOnly: 8,
  inputOutput: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  tooBig: 18,
  constraint: 19,
  authorization: 23,
  notADatabase: 26,
} as const

/** SQLITE_IOERR_SHMSIZE: the -shm file could not grow, which is what a full disk looks like from there. */
const shmSize = 4874
/** SQLITE_CONSTRAINT_UNIQUE. */
const unique = 2067

/** SQLite's extended result code; undefined for errors of any other kind. */
export function sqliteCode(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | null)?.errcode
  return error instanceof Error && typeof code === 'number' ? code : undefined
}

export function isBusy(error: unknown): boolean {
  const primary = (sqliteCode(error) ?? 0) & 0xff
  return primary === codes.busy || primary === codes.locked
}

export function isTakenKey(error: unknown): boolean {
  return sqliteCode(error) === unique
}

export function isInputOutput(error: unknown): boolean {
  return ((sqliteCode(error) ?? 0) & 0xff) === codes.inputOutput
}

/** What SQLite says, as an error of the store that names the file and the remedy; others come back as they are. */
export function storeErrorOf(error: unknown, file: string): unknown {
  const code = sqliteCode(error)
  if (code === undefined) return fileError(error, file)
  const [kind, remedy] = meaningOf(code)
  const details = { file, sqlite: code }
  return new StoreError(kind, `${file}: ${remedy} (SQLite: ${(error as Error).message})`, {
    cause: error,
    details,
  })
}

/** What the file system says, before SQLite is asked. */
function fileError(error: unknown, file: string): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code
  const details = { file }
  if (code === 'EACCES' || code === 'EPERM')
    return new StoreError('access_denied', `${file}: ${accessDenied}`, { cause: error, details })
  if (code === 'EROFS') return new StoreError('read_only', `${file} ${readOnly}`, { cause: error, details })
  if (code === 'ENOSPC') return new StoreError('disk_full', `${file}: ${diskFull}`, { cause: error, details })
  return error
}

function meaningOf(code: number): readonly [ErrorCode, string] {
  if (code === shmSize) return ['disk_full', diskFull]
  switch (code & 0xff) {
    case codes.full:
      return ['disk_full', diskFull]
    case codes.busy:
    case codes.locked:
      return [
        'unavailable',
        'another process kept the log locked all the time; try again, or end that process.',
      ]
    case codes.readOnly:
      return ['read_only', readOnly]
    case codes.corrupt:
      return ['damaged', damaged]
    case codes.notADatabase:
      return [
        'foreign_file',
        'is no Daybook log, and no SQLite database. Name another file; this one was left alone.',
      ]
    case codes.permission:
    case codes.authorization:
    case codes.cannotOpen:
      return ['access_denied', accessDenied]
    case codes.tooBig:
      return ['too_large', 'is not able to hold something so large.']
    case codes.constraint:
      return ['damaged', damaged]
    default:
      return ['unavailable', 'could not be read or written just now; check the disk, then try again.']
  }
}

const accessDenied = 'cannot be opened; check that you may read and write the file and its folder.'
const diskFull =
  'the disk is full. Nothing of this append was written, and what was recorded before is safe. Free some space and try again.'
export const readOnly =
  'cannot be written: the file, its folder or the mount is read-only. Make it writable, or use a command that only reads.'
export const damaged =
  'the log is damaged; nothing was changed. Keep this file, and go on with a backup or an export of it.'
