import { existsSync, readFileSync } from 'node:fs'
import { readdir, rm, rmdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { DaybookError } from '../../kernel/errors.ts'
import { openStore } from '../open-store.ts'
import { replaceFile } from '../replace-file.ts'
import type { Settings } from '../settings.ts'
import { withoutHooks, withoutServer } from './claude-files.ts'
import { withoutIgnored } from './ignored.ts'
import { type InitRecord, readInitRecord } from './init-record.ts'
import { within } from './planned-file.ts'

export interface UndoneFile {
  readonly path: string
  /** cleaned: somebody changed it since, and only what `init` wrote was taken out. left: it is somebody else's by now. */
  readonly action: 'deleted' | 'restored' | 'cleaned' | 'left'
}

export interface UndoneInit {
  readonly files: readonly UndoneFile[]
  /** kept: things happened since, and they are in it. It stays out of git by a .gitignore of its own. */
  readonly log: 'deleted' | 'kept'
}

/**
 * Takes back what `init` wrote: a file that is as `init` left it is as it was before, to the byte; one that somebody
 * changed since keeps their changes. Agent files and documents were never touched. The log is deleted only when
 * nothing came into it since.
 *
 * Rejects with `not_found` where nothing was set up.
 */
export async function undoInit(settings: Settings, folder: string): Promise<UndoneInit> {
  const { dir } = settings
  const record = readInitRecord(dir)
  if (record === null) {
    const message = `${dir}: "daybook init" has set up nothing here that could be taken back.`
    throw new DaybookError('not_found', message)
  }
  const log = (await hasGrown(settings, record)) ? 'kept' : 'deleted'
  const files: UndoneFile[] = []
  for (const file of record.files) {
    const action = await undoFile(file, { folder, dir })
    if (action !== null) files.push({ path: file.path, action })
  }
  await removeOwn(dir, log)
  for (const made of record.folders.toReversed()) await rmdir(made).catch(() => undefined)
  return { files, log }
}

type Recorded = InitRecord['files'][number]

async function undoFile(
  { path, before, after }: Recorded,
  { folder, dir }: { folder: string; dir: string },
): Promise<UndoneFile['action'] | null> {
  if (!existsSync(path)) return null
  const now = readFileSync(path, 'utf8')
  if (now === after) {
    if (before === null) await rm(path)
    else await replaceFile(path, before)
    return before === null ? 'deleted' : 'restored'
  }
  const cleaned = withoutOurs(path, now, within(folder, dir) ?? dir)
  if (cleaned === null || cleaned === now) return 'left'
  await replaceFile(path, cleaned)
  return 'cleaned'
}

/** null for a file of which nobody can say what in it is ours. */
function withoutOurs(path: string, text: string, dir: string): string | null {
  try {
    if (basename(path) === 'settings.json') return withoutHooks(path, text)
    if (basename(path) === '.mcp.json') return withoutServer(path, text)
  } catch (error) {
    if (error instanceof DaybookError) return null
    throw error
  }
  return basename(path) === '.gitignore' ? withoutIgnored(text, dir) : null
}

async function hasGrown({ store, dir }: Settings, { position }: InitRecord): Promise<boolean> {
  if (!store.startsWith('sqlite:')) return true
  if (!existsSync(join(dir, 'log.db'))) return false
  const log = await openStore(store, { clock: { now: () => Date.now() }, mode: 'read' })
  try {
    return (await log.lastPosition()) !== position
  } finally {
    await log.close()
  }
}

/** Of a log that stays: its files, and what keeps git from seeing them. */
const kept = /^(?:log\.db(?:-wal|-shm)?|\.gitignore)$/u

async function removeOwn(dir: string, log: UndoneInit['log']): Promise<void> {
  for (const name of await readdir(dir))
    if (log === 'deleted' || !kept.test(name)) await rm(join(dir, name), { recursive: true })
}
