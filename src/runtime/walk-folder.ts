import { constants } from 'node:fs'
import { lstat, open, readdir, realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'
import type { Diagnostic } from '../agents/events.ts'
import { DaybookError, type ErrorCode } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { SkippedFile } from './agent-folder.ts'

export interface WalkedFolder {
  /** Markdown files, in the order of their paths by UTF-16 unit. */
  readonly files: { readonly path: string; readonly bytes: Uint8Array }[]
  readonly skipped: SkippedFile[]
  readonly diagnostics: Diagnostic[]
  readonly complete: boolean
}

interface Walk {
  readonly root: string
  readonly paths: string[]
  readonly skipped: SkippedFile[]
  readonly diagnostics: Diagnostic[]
  entries: number
  complete: boolean
}

/**
 * The Markdown files below a folder, read within limits on depth, number and size. Links are never followed:
 * what is inside the folder is read where it is, and what is outside is refused. Hidden folders and
 * node_modules are left out.
 */
export async function walkFolder(folder: string): Promise<WalkedFolder> {
  const root = await realFolder(folder)
  const walk: Walk = { root, paths: [], skipped: [], diagnostics: [], entries: 0, complete: true }
  await visit(walk, '', 0)
  walk.paths.sort((one, other) => (one < other ? -1 : one > other ? 1 : 0))
  if (walk.paths.length > limits.agentFilesMax) {
    const found = walk.paths.length
    walk.paths.length = limits.agentFilesMax
    incomplete(
      walk,
      'too_many_files',
      `${found} Markdown files; the first ${limits.agentFilesMax} by path were read. Name a smaller folder.`,
    )
  }
  const files: { path: string; bytes: Uint8Array }[] = []
  for (const path of walk.paths) {
    const read = await readBounded(walk.root, path)
    if (typeof read === 'string') walk.skipped.push({ file: path, reason: read, kind: 'unloadable' })
    else files.push({ path, bytes: read })
  }
  return { files, skipped: walk.skipped, diagnostics: walk.diagnostics, complete: walk.complete }
}

async function realFolder(folder: string): Promise<string> {
  const fail = (code: ErrorCode, what: string, cause?: unknown) =>
    new DaybookError(code, `${folder}: ${what}. Name a folder with agent files.`, { cause })
  try {
    const root = await realpath(folder)
    if (!(await lstat(root)).isDirectory()) throw fail('usage', 'this is a file, a folder was expected')
    await readdir(root)
    return root
  } catch (error) {
    if (error instanceof DaybookError) throw error
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT') throw fail('not_found', 'there is no such folder', error)
    if (code === 'EACCES' || code === 'EPERM')
      throw fail('access_denied', 'the folder may not be read', error)
    throw fail('unavailable', `the folder cannot be read (${code ?? String(error)})`, error)
  }
}

async function visit(walk: Walk, folder: string, depth: number): Promise<void> {
  let entries: Awaited<ReturnType<typeof readFolder>>
  try {
    entries = await readFolder(join(walk.root, folder))
  } catch (error) {
    walk.skipped.push({ file: folder, reason: unreadable(error), kind: 'unloadable' })
    walk.complete = false
    return
  }
  for (const entry of entries) {
    walk.entries += 1
    if (walk.entries > limits.agentFolderEntriesMax) {
      const message = `more than ${limits.agentFolderEntriesMax} files and folders; the rest was not looked at. Name a smaller folder.`
      if (walk.complete) incomplete(walk, 'too_many_files', message)
      return
    }
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) await visitInner(walk, path, depth + 1)
    else if (entry.isSymbolicLink()) await visitLink(walk, path)
    else if (!isMarkdown(path)) continue
    else if (path.length > limits.agentPathCharsMax) walk.skipped.push(tooLong(path))
    else if (entry.isFile()) walk.paths.push(path)
    else walk.skipped.push({ file: path, reason: 'it is no regular file', kind: 'unloadable' })
  }
}

async function visitInner(walk: Walk, path: string, depth: number): Promise<void> {
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (name.startsWith('.') || name === 'node_modules') return
  if (depth <= limits.agentFolderDepthMax) return visit(walk, path, depth)
  const reason = `it is nested deeper than ${limits.agentFolderDepthMax} folders; move it up`
  walk.skipped.push({ file: path, reason, kind: 'unloadable' })
  walk.complete = false
}

async function visitLink(walk: Walk, path: string): Promise<void> {
  let target: string
  try {
    target = await realpath(join(walk.root, path))
  } catch {
    if (isMarkdown(path))
      walk.skipped.push({ file: path, reason: 'it is a link to nothing', kind: 'unloadable' })
    return
  }
  if (target === walk.root || target.startsWith(walk.root + sep)) {
    const reason = 'it is a link inside the folder; what it points to is read where it is'
    walk.skipped.push({ file: path, reason, kind: 'other' })
    return
  }
  const reason = 'it is a link out of the folder, which is not followed; put the file itself here'
  walk.skipped.push({ file: path, reason, kind: 'unloadable' })
}

/** The file's bytes, or why it was not read. Opened without following a link that took its place meanwhile. */
async function readBounded(root: string, path: string): Promise<Uint8Array | string> {
  const full = join(root, path)
  try {
    if ((await realpath(full)) !== full) return 'it became a link while it was read'
    const handle = await open(full, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      const stats = await handle.stat()
      if (!stats.isFile()) return 'it is no regular file'
      const size = Math.min(stats.size, limits.agentFileBytesMax) + 1
      const buffer = new Uint8Array(size)
      let length = 0
      while (length < size) {
        const { bytesRead } = await handle.read(buffer, length, size - length)
        if (bytesRead === 0) break
        length += bytesRead
      }
      if (length > limits.agentFileBytesMax) {
        return `it is larger than ${limits.agentFileBytesMax} bytes; an agent file is a prompt, not an archive`
      }
      return buffer.subarray(0, length)
    } finally {
      await handle.close()
    }
  } catch (error) {
    return unreadable(error)
  }
}

function readFolder(path: string) {
  return readdir(path, { withFileTypes: true })
}

function unreadable(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? String(error)
  if (code === 'EACCES' || code === 'EPERM') return 'it may not be read; check its permissions'
  if (code === 'ENOENT') return 'it vanished while the folder was read'
  if (code === 'ELOOP') return 'it became a link while it was read'
  return `it cannot be read (${code})`
}

function incomplete(walk: Walk, code: string, message: string): void {
  walk.complete = false
  walk.diagnostics.push({ code, message })
}

function tooLong(path: string): SkippedFile {
  const reason = `its path has more than ${limits.agentPathCharsMax} characters; shorten the names of its folders`
  return { file: path, reason, kind: 'unloadable' }
}

function isMarkdown(path: string): boolean {
  return /\.md$/iu.test(path)
}
