import { join } from 'node:path'
import { limits } from '../kernel/limits.ts'
import type { Reached } from './confined-path.ts'
import { type Entry, entriesOf, type Folder, openFolder } from './folder.ts'
import { codeOf, ToolProblem } from './problem.ts'
import type { Workspace } from './workspace.ts'

/** A file or folder that a walk came by. */
export interface Visited extends Entry {
  /** Relative to the workspace. */
  readonly path: string
  readonly folder: Folder
}

export interface Walk {
  readonly path: string
  readonly signal: AbortSignal
  readonly depth?: 'all' | 'this_folder'
}

/** Folders that hold what others made. */
const passedOver = new Set(['.git', 'node_modules'])

export interface WalkEnd {
  /** Why the walk ended before everything was seen; null when nothing was left out. */
  readonly cut: string | null
}

/**
 * Visits everything under a path in the order of names, without following a link, until `visit` says `stop`, a
 * limit is reached or `signal` aborts. A file is visited alone.
 */
export async function walk(
  workspace: Workspace,
  { path, signal, depth = 'all' }: Walk,
  visit: (visited: Visited) => Promise<'go_on' | 'stop'>,
): Promise<WalkEnd> {
  return workspace.reach(path, 'leave', async (reached, root) => {
    if (reached.name !== null && reached.stats?.isFile()) {
      await visit({ folder: reached.folder, name: reached.name, kind: 'file', path: reached.parts.join('/') })
      return { cut: null }
    }
    const hides = await workspace.hiding()
    const state: WalkState = {
      entries: 0,
      deadline: Date.now() + limits.searchMs,
      signal,
      depth,
      isHidden: (way) =>
        (depth === 'all' && passedOver.has(way.at(-1) ?? '')) || hides(join(root.path, ...way)),
    }
    const folder = await folderOf(reached)
    try {
      return { cut: await walkFolder({ folder, parts: reached.parts, state, visit }) }
    } finally {
      if (folder !== reached.folder) await folder.handle.close()
    }
  })
}

async function folderOf({ folder, name, stats }: Reached): Promise<Folder> {
  if (name === null) return folder
  if (stats === null) throw new ToolProblem('There is no such folder.')
  return openFolder(folder, name)
}

interface WalkState {
  entries: number
  /** Milliseconds since 1970. */
  readonly deadline: number
  readonly signal: AbortSignal
  readonly depth: 'all' | 'this_folder'
  readonly isHidden: (way: readonly string[]) => boolean
}

interface Walking {
  readonly folder: Folder
  readonly parts: readonly string[]
  readonly state: WalkState
  readonly visit: (visited: Visited) => Promise<'go_on' | 'stop'>
}

async function walkFolder(walking: Walking): Promise<string | null> {
  const { folder, parts, state, visit } = walking
  if (parts.length > limits.walkDepthMax) return `folders deeper than ${limits.walkDepthMax} were left out`
  let cut: string | null = null
  for (const entry of await entriesOf(folder)) {
    state.signal.throwIfAborted()
    state.entries += 1
    if (state.entries > limits.walkEntriesMax) return `only ${limits.walkEntriesMax} entries were looked at`
    if (Date.now() > state.deadline) return `it was stopped after ${limits.searchMs / 1_000} s`
    const way = [...parts, entry.name]
    if (state.isHidden(way)) continue
    if ((await visit({ ...entry, folder, path: way.join('/') })) === 'stop') return 'enough was found'
    if (entry.kind !== 'folder' || state.depth === 'this_folder') continue
    const below = await openFolder(folder, entry.name).catch(unlessGone)
    if (below === null) continue
    try {
      const ended = await walkFolder({ ...walking, folder: below, parts: way })
      if (ended !== null && !ended.startsWith('folders deeper')) return ended
      cut ??= ended
    } finally {
      await below.handle.close()
    }
  }
  return cut
}

/** What went away, changed its kind or is closed to us since it was listed is passed over. */
function unlessGone(error: unknown): null {
  const code = codeOf(error)
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP' || code === 'EACCES') return null
  throw error
}
