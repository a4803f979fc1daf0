import { lstat } from 'node:fs/promises'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { watch } from 'chokidar'
import { limits } from '../kernel/limits.ts'

export interface DocumentWatch {
  readonly folder: string
  /** Documents that are looked after. Asked again and again. */
  readonly documents: () => Promise<readonly string[]>
  readonly pathOf: (document: string) => string
  /** Takes in what stands on disk. */
  readonly look: (document: string) => Promise<void>
  readonly signal: AbortSignal
  readonly onProblem: (problem: Error) => void
  /** How often files are compared although the system told of nothing. */
  readonly lookMs?: number
}

/**
 * Looks at documents when their files change, until `signal` aborts. The system tells of changes where it can;
 * besides, every file's time and size are compared every few seconds, and every second where it cannot: what
 * is missed is noticed late, not never.
 */
export async function watchDocuments(options: DocumentWatch): Promise<void> {
  const { folder, signal } = options
  const told = new AbortController()
  // Renderings are prepared in hidden files beside the documents.
  const ignored = (path: string) => path !== folder && basename(path).startsWith('.')
  const watcher = watch(folder, { ignoreInitial: true, depth: 0, ignored, followSymlinks: false })
  let lookMs = options.lookMs ?? limits.watchLookMs
  const wake = wakener()
  watcher.on('all', wake.now)
  watcher.on('error', () => {
    lookMs = Math.min(lookMs, limits.watchPollMs)
  })
  const stop = () => {
    told.abort()
    wake.now()
  }
  signal.addEventListener('abort', stop, { once: true })
  const seen = new Map<string, string>()
  try {
    while (!signal.aborted) {
      await lookAtAll(options, seen)
      await wake.within(lookMs)
      // A save is several changes.
      await sleep(limits.watchPauseMs, undefined, { signal: told.signal }).catch(() => undefined)
    }
  } finally {
    signal.removeEventListener('abort', stop)
    await watcher.close()
  }
}

async function lookAtAll(options: DocumentWatch, seen: Map<string, string>): Promise<void> {
  const { documents, pathOf, look, signal, onProblem } = options
  const problem = (error: unknown) => {
    if (!signal.aborted) onProblem(error as Error)
  }
  for (const document of (await documents().catch(problem)) ?? []) {
    // Taken before the look: what is saved while it looks is seen by the next one.
    const before = await printOf(pathOf(document))
    if (signal.aborted) return
    if (seen.get(document) === before) continue
    await look(document).then(() => seen.set(document, before), problem)
  }
}

/** Changes whenever the file does. */
async function printOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeMs, ctimeMs, mode } = await lstat(path)
    return `${ino} ${size} ${mtimeMs} ${ctimeMs} ${mode}`
  } catch {
    return 'none'
  }
}

/** Wakes whoever waits; a call while nobody does is not lost. */
function wakener() {
  let waiting: (() => void) | null = null
  let called = false
  return {
    now: () => {
      called = true
      waiting?.()
    },
    within: (ms: number) =>
      new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer)
          waiting = null
          called = false
          resolve()
        }
        const timer = setTimeout(done, ms)
        waiting = done
        if (called) done()
      }),
  }
}
