import { accessSync, constants, existsSync, readdirSync, statfsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Check } from './doctor-check.ts'
import type { Settings } from './settings.ts'

/** Less is not enough for a run; a little more is worth a word. */
const freeMibMin = 64
const freeMibLittle = 512

/** The folders that are written to, or the nearest ones above them that are there. */
export function checkWriteAccess({ dir, memory, workspace }: Settings): Check[] {
  const places = [
    { check: 'write dir', folder: dir, flag: '--dir' },
    { check: 'write memory', folder: memory, flag: '--memory' },
    { check: 'write workspace', folder: workspace, flag: '--workspace' },
  ]
  return places.map(({ check, folder, flag }): Check => {
    const nearest = nearestFolder(folder)
    const found = nearest === folder ? folder : `${folder} will be made in ${nearest}`
    const problem = problemWith(nearest)
    if (problem === null) return { check, status: 'ok', found, remedy: null }
    const remedy = `Name another folder with ${flag}, or mend the rights of ${nearest}.`
    return { check, status: 'failed', found: `${nearest}: ${problem}`, remedy }
  })
}

export function checkFreeSpace({ dir, memory }: Settings): Check[] {
  const folders = new Map(
    [dir, memory].map((folder) => [deviceOf(nearestFolder(folder)), nearestFolder(folder)]),
  )
  return [...folders.values()].map((folder): Check => {
    const { bavail, bsize } = statfsSync(folder)
    const mib = Math.floor((bavail * bsize) / 1024 / 1024)
    const found = `${mib} MiB free at ${folder}`
    if (mib >= freeMibLittle) return { check: 'disk', status: 'ok', found, remedy: null }
    const remedy = 'Make room: a full disk stops work, and nothing that is recorded is lost.'
    return { check: 'disk', status: mib < freeMibMin ? 'failed' : 'note', found, remedy }
  })
}

/** What crashes and conflicts left behind. None of it is in the way; some of it somebody may want to read. */
export function checkStaleFiles({ dir, memory }: Settings): Check {
  const found = [
    ...named(memory, /^\..+\.daybook-.+\.(?:new|old)$/u),
    ...named(dir, /\.damaged(?:-|$)/u),
    ...named(join(dir, 'rendered'), /\.kept\.md$|\.new$/u),
  ]
  if (found.length === 0) return { check: 'stale files', status: 'ok', found: 'none', remedy: null }
  const remedy =
    'Those in the memory folder are looked after by "daybook rebuild"; *.kept.md holds text that was not taken over: read it, then delete it.'
  return { check: 'stale files', status: 'note', found: found.join(', '), remedy }
}

function named(folder: string, pattern: RegExp): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => pattern.test(name))
    .map((name) => join(folder, name))
}

function nearestFolder(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearestFolder(dirname(folder))
}

function problemWith(folder: string): string | null {
  if (!statSync(folder).isDirectory()) return 'this is a file, a folder was expected'
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
    return null
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EROFS'
      ? 'the file system is read-only'
      : 'it may not be written'
  }
}

function deviceOf(folder: string): number {
  return statSync(folder).dev
}
