import { constants, existsSync } from 'node:fs'
import { type FileHandle, open, opendir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { assert } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'

/** A folder that is held open: whatever its path leads to later, the handle stays with this folder. */
export interface Folder {
  readonly handle: FileHandle
  /** Absolute and free of links when it was opened. */
  readonly path: string
}

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants

/** Node has no `openat`; on Linux a name under `/proc/self/fd/N` is looked up in the folder that N holds open. */
const byHandle = process.platform === 'linux' && existsSync('/proc/self/fd')
/** `O_NOFOLLOW_ANY` of macOS: a link anywhere in the path is an error. */
const noFollowAny = process.platform === 'darwin' ? 0x2000_0000 : 0

/** What to give to the file system for a name in a folder. */
export function inside({ handle, path }: Folder, name: string): string {
  assert(
    name !== '' && name !== '.' && name !== '..' && !name.includes('/'),
    'a name in a folder is one name',
  )
  return byHandle ? `/proc/self/fd/${handle.fd}/${name}` : join(path, name)
}

/** The workspace's own folder, which may be named through links. */
export async function openRoot(path: string): Promise<Folder> {
  const real = await realpath(path)
  return { handle: await open(real, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), path: real }
}

/** A folder in a folder; a link in its place is an error (ELOOP or ENOTDIR), never followed. */
export async function openFolder(parent: Folder, name: string): Promise<Folder> {
  const handle = await openInside(parent, name, { flags: O_RDONLY | O_DIRECTORY })
  return { handle, path: join(parent.path, name) }
}

/** Opens a name in a folder; a link in its place is an error, never followed. */
export function openInside(
  parent: Folder,
  name: string,
  { flags, mode }: { flags: number; mode?: number },
): Promise<FileHandle> {
  return open(inside(parent, name), flags | O_NOFOLLOW | noFollowAny, mode)
}

export interface Entry {
  readonly name: string
  /** `other`: links, devices, pipes and sockets, which tools leave alone. */
  readonly kind: 'file' | 'folder' | 'other'
}

/** What is in a folder, by name; at most `limits.walkEntriesMax`. */
export async function entriesOf({ handle, path }: Folder): Promise<Entry[]> {
  const entries: Entry[] = []
  for await (const entry of await opendir(byHandle ? `/proc/self/fd/${handle.fd}` : path)) {
    entries.push({
      name: entry.name,
      kind: entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : 'other',
    })
    if (entries.length >= limits.walkEntriesMax) break
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}
