import type { Stats } from 'node:fs'
import { lstat, mkdir, readlink } from 'node:fs/promises'
import { isAbsolute, relative, resolve } from 'node:path'
import { limits } from '../kernel/limits.ts'
import { type Folder, inside, openFolder } from './folder.ts'
import { codeOf, fileProblem, shown, ToolProblem } from './problem.ts'

/** Where a path leads, with its folder held open; whoever asked closes the folder unless it is the root. */
export interface Reached {
  readonly folder: Folder
  /** Its name in the folder; null for the root itself. */
  readonly name: string | null
  /** The way from the root, without links. */
  readonly parts: readonly string[]
  /** Of what stands there, never of a link; null when nothing does. */
  readonly stats: Stats | null
}

/** A path as a model writes it, as parts below the root. Only words are looked at, not the file system. */
export function partsOf(path: string, roots: readonly string[]): string[] {
  if (path.length > limits.toolPathCharsMax) throw new ToolProblem(`${shown(path)}: the path is too long.`)
  if (path.includes('\0')) throw new ToolProblem(`${shown(path)}: the path has a NUL character.`)
  const within = roots.map((root) => partsWithin(root, path)).find((parts) => parts !== null)
  if (within === undefined) throw outside(path)
  return within
}

function partsWithin(root: string, path: string): string[] | null {
  const way = relative(root, resolve(root, path))
  if (way === '') return []
  return way === '..' || way.startsWith('../') || isAbsolute(way) ? null : way.split('/')
}

function outside(path: string): ToolProblem {
  return new ToolProblem(
    `${shown(path)} leads out of the workspace. Tools work inside it only: give a path relative to it.`,
  )
}

interface Way {
  /** As it was asked for, for messages. */
  readonly path: string
  readonly parts: readonly string[]
  /** `make`: folders that are missing on the way are made. */
  readonly missing: 'make' | 'leave'
}

/**
 * Goes down from the root, one open folder at a time. Links are read and walked by the same rules, so they may
 * lead anywhere inside the root and nowhere else; what becomes a link between look and open is refused.
 */
export async function descend(root: Folder, way: Way): Promise<Reached> {
  let pending = [...way.parts]
  let done: string[] = []
  let folder = root
  let links = 0
  try {
    for (;;) {
      const [name] = pending
      if (name === undefined) return { folder, name: null, parts: done, stats: null }
      const stats = await standing(folder, name)
      if (stats?.isSymbolicLink()) {
        links += 1
        if (links > limits.toolLinksMax)
          throw new ToolProblem(`${shown(way.path)}: too many symbolic links follow each other.`)
        const target = await readlink(inside(folder, name))
        const from = resolve(root.path, ...done)
        const parts = partsWithin(root.path, resolve(from, target))
        if (parts === null) throw outside(way.path)
        pending = [...parts, ...pending.slice(1)]
        done = []
        await leave(folder, root)
        folder = root
        continue
      }
      if (pending.length === 1) return { folder, name, parts: [...done, name], stats }
      if (stats === null && way.missing === 'leave')
        return { folder, name, parts: [...done, ...pending], stats }
      if (stats === null) await mkdir(inside(folder, name)).catch(unlessThere)
      const next = await openFolder(folder, name)
      await leave(folder, root)
      folder = next
      done.push(name)
      pending.shift()
    }
  } catch (error) {
    await leave(folder, root)
    throw fileProblem(way.path, error)
  }
}

export async function leave(folder: Folder, root: Folder): Promise<void> {
  if (folder !== root) await folder.handle.close()
}

async function standing(folder: Folder, name: string): Promise<Stats | null> {
  try {
    return await lstat(inside(folder, name))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}

function unlessThere(error: unknown): void {
  if (codeOf(error) !== 'EEXIST') throw error
}
