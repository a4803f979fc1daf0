import { readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

/** Where a hook looks before it loads anything that takes time; `resolveSettings` says the same with all checks. */
export interface HookPlaces {
  /** The project's folder: where Claude Code was started. */
  readonly folder: string
  /** Daybook's own folder. */
  readonly dir: string
  /** Where the documents are. */
  readonly memory: string
  /** The embedded log's file; null where a store is named. */
  readonly log: string | null
}

type Environment = Readonly<Record<string, string | undefined>>

/** Of the nearest folder upwards, in the same repository, that Daybook was set up in; null for none. */
export function hookPlaces(begin: string, env: Environment): HookPlaces | null {
  for (let folder = resolve(begin); ; folder = dirname(folder)) {
    const config = join(folder, 'daybook.config.json')
    if (isThere(config) || isThere(join(folder, '.daybook'))) return placesIn(folder, readConfig(config), env)
    if (folder === dirname(folder) || isThere(join(folder, '.git'))) return null
  }
}

function placesIn(
  folder: string,
  config: { readonly dir?: unknown; readonly memory?: unknown; readonly store?: unknown },
  env: Environment,
): HookPlaces {
  const named = (variable: string, configured: unknown, usual: string) =>
    resolve(folder, env[variable] || (typeof configured === 'string' ? configured : usual))
  const dir = named('DAYBOOK_DIR', config.dir, '.daybook')
  const isEmbedded = !env.DAYBOOK_STORE && config.store === undefined
  return {
    folder,
    dir,
    log: isEmbedded ? join(dir, 'log.db') : null,
    memory: named('DAYBOOK_MEMORY', config.memory, '.superagent/memory'),
  }
}

/** One that cannot be read says nothing here; whoever reads it later says what is wrong. */
function readConfig(path: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

/** The name of the document whose file a path may be; null for any other path. */
export function documentAt(
  path: string,
  { folder, memory }: Pick<HookPlaces, 'folder' | 'memory'>,
): string | null {
  const file = resolve(folder, path)
  const name = basename(file, '.md')
  if (name === basename(file)) return null
  return withoutLinks(dirname(file)) === withoutLinks(memory) ? name : null
}

function withoutLinks(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

/**
 * A name for a file that stands for these words: 64 bits of FNV-1a (draft-eastlake-fnv), from two offsets. Against
 * chance, not against anybody who wants two to be the same; a real digest would cost a hook a tenth of its time.
 */
export function shortName(...words: readonly string[]): string {
  const text = JSON.stringify(words)
  return [0x811c9dc5, 0x9747b28c].map((offset) => fnv(text, offset)).join('')
}

function fnv(text: string, offset: number): string {
  let hash = offset
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}
