import { randomUUID } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { type FileHandle, realpath, rename, unlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { limits } from '../kernel/limits.ts'
import type { Digest } from '../kernel/words.ts'
import { descend, leave, partsOf, type Reached } from './confined-path.ts'
import { type Fingerprint, fingerprint, fingerprintOf } from './file-digest.ts'
import { type Folder, inside, openInside, openRoot } from './folder.ts'
import { fileProblem, shown, ToolProblem } from './problem.ts'

export interface WorkspaceOptions {
  /** Absolute; the only folder that tools see. */
  readonly root: string
  /** Absolute paths that tools neither read nor write: Daybook's own folder. */
  readonly hidden: readonly string[]
  /** Absolute paths that tools read and do not write, each with the reason. */
  readonly readOnly: readonly { readonly path: string; readonly because: string }[]
}

export interface FileText extends Fingerprint {
  /** Relative to the root, without links. */
  readonly path: string
  readonly text: string
}

export interface FileWritten extends Fingerprint {
  readonly path: string
  readonly created: boolean
}

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NONBLOCK } = constants

/**
 * The folder in which tools work. Every path is walked down from its root by open folders, so neither `..` nor a
 * link, nor one that is swapped in during the call, leads out of it. On systems without `/proc` a folder that
 * is moved away between look and rename is not noticed. Failures are `ToolProblem`s.
 */
export class Workspace {
  readonly #options: WorkspaceOptions

  constructor(options: WorkspaceOptions) {
    this.#options = options
  }

  get root(): string {
    return this.#options.root
  }

  /** Where a path leads, without links; nothing needs to stand there. */
  async locate(path: string): Promise<{ relative: string; absolute: string; stats: Stats | null }> {
    return this.reach(path, 'leave', async ({ parts, stats }, root) => ({
      relative: parts.join('/'),
      absolute: join(root.path, ...parts),
      stats,
    }))
  }

  /** The whole text of an ordinary file of at most `limits.toolFileBytesMax` that is UTF-8 and no binary. */
  async read(path: string): Promise<FileText> {
    return this.reach(path, 'leave', async (reached) => {
      const bytes = await readAll(path, reached)
      return { path: reached.parts.join('/'), text: textOf(path, bytes), ...fingerprint(bytes) }
    })
  }

  /** What stands there as a digest; null for no file. */
  async look(path: string): Promise<Fingerprint | null> {
    return this.reach(path, 'leave', (reached) => look(path, reached))
  }

  /**
   * Puts a text there, whole or not at all: a new file beside it takes its name. Rejects when what stands there
   * is not `expected` (null: nothing), so that nobody's change in between is lost.
   */
  async write(
    path: string,
    { text, expected }: { text: string; expected: Digest | null },
  ): Promise<FileWritten> {
    return this.reach(path, 'make', async (reached, root) => {
      await this.#refuseReadOnly(path, join(root.path, ...reached.parts))
      const { folder, name, stats } = reached
      if (name === null || (stats !== null && !stats.isFile())) throw noFile(path)
      const bytes = new TextEncoder().encode(text)
      const prepared = `.daybook-${randomUUID()}.tmp`
      await writeNew(folder, prepared, { bytes, mode: stats === null ? 0o666 : stats.mode & 0o777 })
      try {
        const now = await look(path, reached)
        if ((now?.digest ?? null) !== expected)
          throw new ToolProblem(`${shown(path)} was changed meanwhile: read it again.`)
        await rename(inside(folder, prepared), inside(folder, name))
      } catch (error) {
        await unlink(inside(folder, prepared)).catch(() => undefined)
        throw error
      }
      await folder.handle.sync().catch(() => undefined)
      return { path: reached.parts.join('/'), created: stats === null, ...fingerprint(bytes) }
    })
  }

  /** Goes to a path and looks after the handles. `use` must not keep the folders. */
  async reach<T>(
    path: string,
    missing: 'make' | 'leave',
    use: (reached: Reached, root: Folder) => Promise<T>,
  ): Promise<T> {
    const root = await this.#open()
    let reached: Reached | null = null
    try {
      const parts = partsOf(path, [this.#options.root, root.path])
      if (missing === 'make') await this.#refuseReadOnly(path, join(root.path, ...parts))
      await this.#refuseHidden(path, join(root.path, ...parts))
      reached = await descend(root, { path, parts, missing })
      await this.#refuseHidden(path, join(root.path, ...reached.parts))
      return await use(reached, root)
    } catch (error) {
      throw fileProblem(path, error)
    } finally {
      if (reached !== null) await leave(reached.folder, root)
      await root.handle.close()
    }
  }

  /** Says of absolute paths without links whether tools may not see them. */
  async hiding(): Promise<(absolute: string) => boolean> {
    const hidden = await Promise.all(this.#options.hidden.map(real))
    return (absolute) => hidden.some((folder) => isWithin(folder, absolute))
  }

  async #refuseHidden(path: string, absolute: string): Promise<void> {
    const hides = await this.hiding()
    if (hides(absolute))
      throw new ToolProblem(`${shown(path)} is kept by Daybook itself: tools do not work there.`)
  }

  async #refuseReadOnly(path: string, absolute: string): Promise<void> {
    if (absolute.split('/').some((part) => part.toLowerCase() === '.git'))
      throw new ToolProblem(`${shown(path)} is not written by tools: what is in .git is left to git.`)
    for (const { path: kept, because } of this.#options.readOnly) {
      if (isWithin(await real(kept), absolute))
        throw new ToolProblem(`${shown(path)} is not written by tools: ${because}.`)
    }
  }

  async #open(): Promise<Folder> {
    try {
      return await openRoot(this.#options.root)
    } catch (error) {
      throw fileProblem('the workspace', error)
    }
  }
}

/** Whether a path is a folder or in it. Letters in either case: refusing a little more does no harm. */
export function isWithin(folder: string, path: string): boolean {
  const [outer, inner] = [folder, path].map((name) => name.normalize('NFC').toLowerCase())
  return inner === outer || inner!.startsWith(outer!.endsWith('/') ? outer! : `${outer}/`)
}

async function real(path: string): Promise<string> {
  return realpath(path).catch(() => resolve(path))
}

async function readAll(path: string, reached: Reached): Promise<Uint8Array> {
  const file = await openOrdinary(path, reached)
  try {
    const { size } = await file.stat()
    if (size > limits.toolFileBytesMax)
      throw new ToolProblem(
        `${shown(path)} has ${size} bytes; at most ${limits.toolFileBytesMax} are read. Search it with Grep instead.`,
      )
    return await file.readFile()
  } finally {
    await file.close()
  }
}

async function look(path: string, reached: Reached): Promise<Fingerprint | null> {
  const { folder, name } = reached
  if (name === null) return null
  const file = await openOrdinary(path, { ...reached, folder, name }).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  })
  if (file === null) return null
  try {
    const found = await fingerprintOf(file, limits.toolDigestBytesMax)
    if (found === null)
      throw new ToolProblem(`${shown(path)} has more than ${limits.toolDigestBytesMax} bytes.`)
    return found
  } finally {
    await file.close()
  }
}

/** A device or pipe is not even opened; one that takes the file's place meanwhile does not block. */
async function openOrdinary(path: string, { folder, name, stats }: Reached): Promise<FileHandle> {
  if (name === null || (stats !== null && !stats.isFile())) throw noFile(path)
  const file = await openInside(folder, name, { flags: O_RDONLY | O_NONBLOCK })
  if ((await file.stat()).isFile()) return file
  await file.close()
  throw noFile(path)
}

async function writeNew(
  folder: Folder,
  name: string,
  { bytes, mode }: { bytes: Uint8Array; mode: number },
): Promise<void> {
  const file = await openInside(folder, name, { flags: O_WRONLY | O_CREAT | O_EXCL, mode })
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

function noFile(path: string): ToolProblem {
  return new ToolProblem(
    `${shown(path)} is no ordinary file: folders, links to nothing, devices and pipes are not read or written.`,
  )
}

function textOf(path: string, bytes: Uint8Array): string {
  if (bytes.subarray(0, 8_192).includes(0))
    throw new ToolProblem(`${shown(path)} is a binary file of ${bytes.byteLength} bytes: it has no text.`)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new ToolProblem(`${shown(path)} is not UTF-8 text (${bytes.byteLength} bytes).`)
  }
}
