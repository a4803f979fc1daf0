import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { replaceFile } from '../replace-file.ts'
import type { PlannedFile } from './planned-file.ts'

/** What `init` did to the project's files, so that it can be taken back to the byte. */
export interface InitRecord {
  readonly files: readonly {
    readonly path: string
    /** As it was before the first `init`; null when there was none. */
    readonly before: string | null
    /** As the last `init` left it. */
    readonly after: string
  }[]
  /** Folders that were not there, the outermost first. */
  readonly folders: readonly string[]
  /** The log's end when it was set up; null until then. */
  readonly position: string | null
}

const fileOf = (dir: string) => join(dir, 'init.json')

/** null where nothing was set up, or by a Daybook that kept no record. */
export function readInitRecord(dir: string): InitRecord | null {
  if (!existsSync(fileOf(dir))) return null
  return JSON.parse(readFileSync(fileOf(dir), 'utf8')) as InitRecord
}

/** A second `init` keeps what the first one found. */
export async function recordInit(
  dir: string,
  { files, folders }: { readonly files: readonly PlannedFile[]; readonly folders: readonly string[] },
): Promise<void> {
  const known = readInitRecord(dir)
  const touched = files.filter(({ action }) => action !== 'keep')
  const all = new Map((known?.files ?? []).map((file) => [file.path, file]))
  for (const { path, before, text } of touched)
    all.set(path, { path, before: all.has(path) ? all.get(path)!.before : before, after: text })
  const record: InitRecord = {
    files: [...all.values()],
    folders: [...new Set([...(known?.folders ?? []), ...folders])],
    position: known?.position ?? null,
  }
  await replaceFile(fileOf(dir), `${JSON.stringify(record, null, 2)}\n`)
}

/** Says where the log ended when everything was in it: what comes later is somebody's work. */
export async function recordPosition(dir: string, position: string | null): Promise<void> {
  const known = readInitRecord(dir)
  if (known === null || known.position !== null) return
  await replaceFile(fileOf(dir), `${JSON.stringify({ ...known, position }, null, 2)}\n`)
}
