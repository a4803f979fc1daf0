import { randomUUID } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { link, readdir, readFile, rename, stat, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { limits } from '../kernel/limits.ts'
import { codeOf, fileError } from './document-file.ts'
import { isGone, workerId } from './worker-id.ts'

/**
 * Lets one process at a time look after a document's file, so that none takes a rendering that another one is
 * about to replace for somebody's save. Nothing is lost without it, only done in vain: a holder whose process is
 * no more is noticed at once, and who waits too long for a holder that does not answer goes on.
 */
export class RenderLock {
  readonly #folder: string
  readonly #onWait: (line: string) => void
  readonly #worker = workerId()

  /**
   * @param folder which all processes that render the documents share.
   * @param onWait told for people when a wait takes longer than `limits.renderLockToldMs`: for whom, and for how long.
   */
  constructor(folder: string, onWait: (line: string) => void = () => undefined) {
    this.#folder = folder
    this.#onWait = onWait
  }

  async during<T>(document: string, work: () => Promise<T>): Promise<T> {
    const path = join(this.#folder, `${document}.lock`)
    const mine = `${this.#worker} ${randomUUID()}`
    await this.#take(path, mine)
    try {
      return await work()
    } finally {
      held.delete(path)
      if ((await holderOf(path))?.who === mine) await unlink(path).catch(() => undefined)
    }
  }

  /** The lock is there with its holder's name or not at all, whenever a process ends. */
  async #take(path: string, mine: string): Promise<void> {
    const named = writeName(path, mine)
    const beganMs = performance.now()
    let told = false
    try {
      while (!begin(named, path)) {
        const holder = await holderOf(path)
        if (holder === null) continue
        if (isOver(holder)) {
          await letGo(path, holder.who)
          continue
        }
        if (!told && performance.now() - beganMs >= limits.renderLockToldMs) {
          told = true
          this.#onWait(waitLine(path, holder))
        }
        await sleep(limits.renderLockPauseMs * (0.5 + Math.random()))
      }
    } finally {
      held.delete(named)
      await unlink(named).catch(() => undefined)
    }
  }
}

/** Locks of this process and the names that it wants some with, by path, with what stands in them. */
const held = new Map<string, string>()

// A process that is told to end in the middle of its work, such as by a reader that went away, runs no more promises.
process.on('exit', () => {
  for (const [path, mine] of held) {
    try {
      if (readFileSync(path, 'utf8') === mine) unlinkSync(path)
    } catch {
      // Whoever wants it sees that this process is no more.
    }
  }
})

interface Held {
  readonly who: string
  readonly forMs: number
}

/**
 * Writes who wants the lock beside it; gives the path. This and taking the lock are done without a pause, so that a
 * process which ends in good order knows what it has.
 */
function writeName(path: string, mine: string): string {
  const named = `${path}.${randomUUID()}.new`
  try {
    mkdirSync(dirname(path), { recursive: true })
    held.set(named, mine)
    writeFileSync(named, mine, { flag: 'wx', mode: 0o600 })
  } catch (cause) {
    held.delete(named)
    throw fileError(path, cause)
  }
  return named
}

/** False while another one holds it. */
function begin(named: string, path: string): boolean {
  try {
    linkSync(named, path)
    held.set(path, held.get(named) ?? '')
    return true
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false
    throw fileError(path, cause)
  }
}

/** null: nobody holds it. */
async function holderOf(path: string): Promise<Held | null> {
  try {
    const [who, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)])
    return { who, forMs: Date.now() - mtimeMs }
  } catch {
    return null
  }
}

/** Earlier versions made the lock before they wrote their name into it, and may have ended in between. */
function isOver({ who, forMs }: Held): boolean {
  if (forMs > limits.renderLockMs) return true
  return who === '' ? forMs > limits.renderLockToldMs : isDead({ who })
}

function isDead({ who }: Pick<Held, 'who'>): boolean {
  return isGone(who.split(' ')[0] ?? '')
}

function waitLine(path: string, { who, forMs }: Held): string {
  const [host = '', pid = ''] = who.split(':')
  const whose = pid === '' ? 'another process' : `process ${pid} of ${host}`
  const seconds = Math.max(1, Math.ceil((limits.renderLockMs - forMs) / 1_000))
  return `Waits for ${whose}, which holds ${path}; at most ${seconds} s more.`
}

/** Takes the lock of a holder that is over away, and no other that came meanwhile. */
async function letGo(path: string, who: string): Promise<void> {
  const aside = `${path}.${randomUUID()}.over`
  try {
    await rename(path, aside)
  } catch {
    return
  }
  const taken = await readFile(aside, 'utf8').catch(() => who)
  if (taken !== who) await link(aside, path).catch(() => undefined)
  await unlink(aside).catch(() => undefined)
  await sweep(path)
}

/** What processes that ended while they took a lock left beside it. */
async function sweep(path: string): Promise<void> {
  const folder = dirname(path)
  const names = await readdir(folder).catch(() => [])
  const left = names.filter((name) => name.startsWith(`${basename(path)}.`) && /\.(?:new|over)$/u.test(name))
  for (const name of left) {
    const holder = await holderOf(join(folder, name))
    const isLeft = holder !== null && (holder.who === '' ? isOver(holder) : isDead(holder))
    if (isLeft) await unlink(join(folder, name)).catch(() => undefined)
  }
}
