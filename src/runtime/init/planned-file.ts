import { existsSync, readFileSync } from 'node:fs'
import { isAbsolute, relative } from 'node:path'

/** A file that setting up would write, whole. `keep`: it is as it should be. */
export interface PlannedFile {
  readonly path: string
  readonly action: 'create' | 'change' | 'keep'
  /** As it would be. */
  readonly text: string
  /** As it is; null when there is none. */
  readonly before: string | null
}

export function plannedFile(path: string, textOf: (before: string | null) => string): PlannedFile {
  const before = existsSync(path) ? readFileSync(path, 'utf8') : null
  const text = textOf(before)
  return { path, before, text, action: before === null ? 'create' : before === text ? 'keep' : 'change' }
}

/** The path inside `folder`; null for one outside. */
export function within(folder: string, path: string): string | null {
  const inside = relative(folder, path)
  return inside === '' || inside.startsWith('..') || isAbsolute(inside) ? null : inside
}
