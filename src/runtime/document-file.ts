import { randomUUID } from 'node:crypto'
import { type FileHandle, lstat, open, readdir, readFile, rename, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { DaybookError, type ErrorCode } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import { looksUnfinished } from './unfinished-text.ts'

/** A rendered document's file as it is on disk. */
export interface StandingFile {
  readonly text: string
  /** Permission bits. */
  readonly mode: number
  /** When it was last written, by the clock of the file system; milliseconds since 1970. */
  readonly savedAtMs: number
}

/**
 * Reads a document's file; null when there is none. Refuses what is no ordinary file (a symbolic link could
 * lead anywhere) and what is not UTF-8: it would not survive a round trip.
 */
export async function readDocumentFile(path: string): Promise<StandingFile | null> {
  try {
    const stats = await lstat(path)
    if (stats.isSymbolicLink())
      throw unfit(path, 'is a symbolic link: put the file itself there, or point --memory at its folder')
    if (!stats.isFile()) throw unfit(path, 'is not an ordinary file: move it away')
    if (stats.size > limits.documentBytesMax)
      throw new DaybookError(
        'too_large',
        `${path} has ${stats.size} bytes; at most ${limits.documentBytesMax} are kept`,
      )
    const text = decode(path, await readFile(path))
    return { text, mode: stats.mode & 0o7777, savedAtMs: stats.mtimeMs }
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return null
    throw fileError(path, cause)
  }
}

/**
 * Reads a file that somebody may be writing right now: until two looks agree, and what looks unfinished beside
 * the last rendering has been quiet for `limits.settleQuietMs`. Gives up after `limits.settleMsMax`.
 */
export async function readSettled(path: string, rendered: string | null): Promise<StandingFile | null> {
  const { settleLookMs, settleQuietMs, settleMsMax } = limits
  let last = await lookAt(path)
  let quietMs = 0
  for (let waitedMs = 0; waitedMs < settleMsMax; waitedMs += settleLookMs) {
    await wait(settleLookMs)
    const now = await lookAt(path)
    quietMs = isSame(now, last) ? quietMs + settleLookMs : 0
    last = now
    const patience = isFinished(now, rendered) ? settleLookMs : settleQuietMs
    if (quietMs >= patience) break
  }
  if (last instanceof Error) throw last
  return last
}

/** Reads a file; waits while it is no document, for somebody may be in the middle of it. */
export async function readWhole(path: string, rendered: string | null): Promise<StandingFile | null> {
  const look = await lookAt(path)
  return look instanceof Error ? readSettled(path, rendered) : look
}

/** Keeps what is no document beside the document, where people see it; the error says where. */
export async function keptUnfit(path: string, moved: string, cause: unknown): Promise<unknown> {
  if (!(cause instanceof DaybookError) || !isUnfit(cause)) return cause
  const kept = `${path}.${randomUUID()}.kept`
  await rename(moved, kept)
  return new DaybookError(cause.code, `${cause.message}; it is kept as ${kept}`, { cause })
}

/** Whether a file is there that is no document: no text, too large, a folder, a link. */
export function isUnfit(error: unknown): error is DaybookError {
  return error instanceof DaybookError && (error.code === 'invalid' || error.code === 'too_large')
}

type Look = StandingFile | null | DaybookError

/** A character that is half written is no UTF-8 yet. */
async function lookAt(path: string): Promise<Look> {
  return readDocumentFile(path).catch((error: unknown) => {
    if (error instanceof DaybookError && error.code === 'invalid') return error
    throw error
  })
}

function isSame(a: Look, b: Look): boolean {
  if (a instanceof Error || b instanceof Error) return a instanceof Error && b instanceof Error
  return a?.text === b?.text
}

function isFinished(look: Look, rendered: string | null): boolean {
  if (look instanceof Error) return false
  return look === null ? rendered === null : !looksUnfinished(look.text, rendered)
}

/** Names of what a rendering leaves beside the document for a moment: the new text, and the old file. */
export type LeftoverKind = 'new' | 'old'

export function leftoverPath(path: string, kind: LeftoverKind): string {
  return join(dirname(path), `.${basename(path)}.daybook-${randomUUID()}.${kind}`)
}

/** What earlier renderings of this document left behind, by name. */
export async function leftoversOf(path: string): Promise<{ kind: LeftoverKind; path: string }[]> {
  const prefix = `.${basename(path)}.daybook-`
  const names = await readdir(dirname(path)).catch((cause: unknown) => {
    if (codeOf(cause) === 'ENOENT') return []
    throw fileError(path, cause)
  })
  return names
    .filter((name) => name.startsWith(prefix) && /\.(?:new|old)$/u.test(name))
    .sort()
    .map((name) => ({ kind: name.endsWith('.new') ? 'new' : 'old', path: join(dirname(path), name) }))
}

/** Writes a new file and makes it durable; leaves nothing behind when that fails. */
export async function writeDurably(path: string, text: string, mode: number): Promise<void> {
  let file: FileHandle | undefined
  try {
    file = await open(path, 'wx', mode)
    await file.writeFile(text, 'utf8')
    await file.chmod(mode)
    await file.sync()
    await file.close()
  } catch (cause) {
    await file?.close().catch(() => {})
    if (file !== undefined) await remove(path)
    throw fileError(path, cause)
  }
}

/** Makes links and names in a folder durable. Some file systems cannot, and then it is not needed. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r').catch(() => undefined)
  await folder?.sync().catch(() => {})
  await folder?.close()
}

/** Takes a file away; fine when it is gone already. */
export async function remove(path: string): Promise<void> {
  await unlink(path).catch((cause: unknown) => {
    if (codeOf(cause) !== 'ENOENT') throw fileError(path, cause)
  })
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}

const remedies: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ENOENT: ['not_found', 'the folder is not there: create it, or name another with --memory'],
  ENOTDIR: ['not_found', 'a part of the path is no folder: name another with --memory'],
  EROFS: ['read_only', 'the file system is read-only: name another folder with --memory'],
  EACCES: ['access_denied', 'the folder or file may not be written: change its permissions'],
  EPERM: ['access_denied', 'the folder or file may not be written: change its permissions'],
  ENOSPC: ['disk_full', 'the disk is full: make room; the document is in the log and is written again then'],
  EDQUOT: [
    'disk_full',
    'the quota is used up: make room; the document is in the log and is written again then',
  ],
}

/** A failure of the file system as one of ours, with the file and the remedy. */
export function fileError(path: string, cause: unknown): DaybookError {
  if (cause instanceof DaybookError) return cause
  const [code, remedy] = remedies[codeOf(cause) ?? ''] ?? [
    'unavailable',
    'the file system failed: see the cause',
  ]
  return new DaybookError(code, `${path}: ${remedy}`, { cause, details: { path } })
}

function unfit(path: string, why: string): DaybookError {
  return new DaybookError('invalid', `${path} ${why}`, { details: { path } })
}

function decode(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new DaybookError('invalid', `${path} is not UTF-8: save it as UTF-8; nothing was changed`, {
      cause,
    })
  }
}
