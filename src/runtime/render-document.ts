import { link, rename } from 'node:fs/promises'
import type { DaybookError } from '../kernel/errors.ts'
import {
  codeOf,
  fileError,
  keptUnfit,
  leftoverPath,
  leftoversOf,
  readDocumentFile,
  readSettled,
  readWhole,
  remove,
  type StandingFile,
  syncFolder,
  writeDurably,
} from './document-file.ts'

export interface Rendering {
  readonly path: string
  /** What is to stand there. */
  readonly text: string
  /** What the last rendering put there; null when there was none. */
  readonly lastRendered: string | null
}

export type RenderResult =
  | { readonly kind: 'written' }
  /** The bytes stood there already; nothing was touched. */
  | { readonly kind: 'unchanged' }
  /**
   * Somebody saved the file since the last rendering. Their text is to be merged and rendered again. It
   * stands at `kept` until `forgetKept`, or at `path` when `kept` is null.
   */
  | {
      readonly kind: 'foreign_change'
      readonly text: string
      readonly kept: string | null
      /** Whether the rendering stands at `path` now: somebody saved in the very moment of it. */
      readonly placed: boolean
      /** When it was saved, by the clock of the file system. */
      readonly savedAtMs: number
    }

const newFileMode = 0o644

/** Runs between the steps of a rendering: tests save and crash there. */
export type RenderSteps = {
  readonly [Step in 'read' | 'prepared' | 'aside' | 'linked']?: () => Promise<void>
}

/**
 * Replaces a document's file so that a save in the same instant is never lost. A plain rename would overwrite
 * what was saved between look and rename; here the file is moved aside, the new one linked in its place
 * (which fails when somebody put one there), and what was moved aside is looked at again.
 *
 * Call one at a time per document. Throws a DaybookError that names the file and the remedy; the file is then
 * as it was.
 */
export async function renderToDisk(rendering: Rendering, steps: RenderSteps = {}): Promise<RenderResult> {
  const { path, text, lastRendered } = rendering
  const standing = await readWhole(path, lastRendered)
  if (standing?.text === text) return { kind: 'unchanged' }
  if (standing !== null && standing.text !== lastRendered) {
    const settled = await readSettled(path, lastRendered)
    if (settled !== null && settled.text !== lastRendered && settled.text !== text) return foreign(settled)
  }
  await steps.read?.()
  const prepared = leftoverPath(path, 'new')
  await writeDurably(prepared, text, standing?.mode ?? newFileMode)
  try {
    // Most saves come while the new file is made durable: seen now, they need not be moved.
    const saved = await readWhole(path, lastRendered)
    if (saved !== null && saved.text !== standing?.text && saved.text !== lastRendered)
      return foreign((await readSettled(path, lastRendered)) ?? saved)
    await steps.prepared?.()
    return await replace(rendering, prepared, steps)
  } finally {
    await remove(prepared)
    await syncFolder(path)
  }
}

async function replace(rendering: Rendering, prepared: string, steps: RenderSteps): Promise<RenderResult> {
  const { path } = rendering
  const aside = await moveAside(path)
  await steps.aside?.()
  try {
    await link(prepared, path)
  } catch (cause) {
    if (codeOf(cause) !== 'EEXIST') throw await putBack(path, aside, cause)
    return await savedMeanwhile(rendering, aside)
  }
  await steps.linked?.()
  await syncFolder(path)
  if (aside === null) return { kind: 'written' }
  const moved = await readMoved(rendering, aside)
  if (moved === null || isKnown(moved, rendering)) {
    await remove(aside)
    return { kind: 'written' }
  }
  const settled = (await readSettled(aside, rendering.lastRendered)) ?? moved
  return { ...foreign(settled), kept: aside, placed: true }
}

/** What was moved aside. What is no document is kept beside it under a name that people see. */
async function readMoved({ path, lastRendered }: Rendering, aside: string): Promise<StandingFile | null> {
  try {
    return await readWhole(aside, lastRendered)
  } catch (cause) {
    throw await keptUnfit(path, aside, cause)
  }
}

function foreign({ text, savedAtMs }: StandingFile): Extract<RenderResult, { kind: 'foreign_change' }> {
  return { kind: 'foreign_change', text, kept: null, placed: false, savedAtMs }
}

async function moveAside(path: string): Promise<string | null> {
  const aside = leftoverPath(path, 'old')
  try {
    await rename(path, aside)
    return aside
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return null
    throw fileError(path, cause)
  }
}

/** A new file appeared while ours was aside: it stays, and ours is gone unless somebody wrote into it too. */
async function savedMeanwhile(rendering: Rendering, aside: string | null): Promise<RenderResult> {
  const saved = await readSettled(rendering.path, rendering.lastRendered)
  const moved = aside === null ? null : await readMoved(rendering, aside)
  if (aside !== null && moved !== null && (isKnown(moved, rendering) || moved.text === saved?.text))
    await remove(aside)
  else if (aside !== null && moved !== null) return { ...foreign(moved), kept: aside }
  // Taken away again at once: nothing was saved, and the next try puts the rendering there.
  return foreign(saved ?? { text: rendering.text, mode: newFileMode, savedAtMs: 0 })
}

function isKnown(file: StandingFile, rendering: Rendering): boolean {
  return file.text === rendering.lastRendered || file.text === rendering.text
}

async function putBack(path: string, aside: string | null, cause: unknown): Promise<DaybookError> {
  if (aside !== null) {
    await link(aside, path).catch((error: unknown) => {
      throw fileError(path, error)
    })
    await remove(aside)
  }
  return fileError(path, cause)
}

/** Lets go of a text that a rendering kept, once it is on record. */
export async function forgetKept(kept: string): Promise<void> {
  await remove(kept)
  await syncFolder(kept)
}

/** Texts that a crash left beside a document and that stand nowhere else, each with its file. */
export type KeptText = { readonly text: string; readonly kept: string; readonly savedAtMs: number }

/**
 * Cleans up after a rendering that was cut off: call at every start, before the first rendering. A document
 * that was moved aside with none in its place is put back. A moved text that is neither what stands there nor
 * the last rendering is somebody's save: it is given back, and stays until `forgetKept`.
 */
export async function recoverDocument(path: string, lastRendered: string | null): Promise<KeptText[]> {
  const kept: KeptText[] = []
  for (const leftover of await leftoversOf(path)) {
    if (leftover.kind === 'old') {
      const moved = await readDocumentFile(leftover.path).catch(async (cause: unknown) => {
        throw await keptUnfit(path, leftover.path, cause)
      })
      const standing = (await readDocumentFile(path)) ?? (await linkBack(leftover.path, path))
      if (moved !== null && moved.text !== standing?.text && moved.text !== lastRendered) {
        kept.push({ text: moved.text, kept: leftover.path, savedAtMs: moved.savedAtMs })
        continue
      }
    }
    await remove(leftover.path)
  }
  await syncFolder(path)
  return kept
}

async function linkBack(from: string, path: string): Promise<StandingFile | null> {
  await link(from, path).catch((cause: unknown) => {
    if (codeOf(cause) !== 'EEXIST') throw fileError(path, cause)
  })
  return await readDocumentFile(path)
}
