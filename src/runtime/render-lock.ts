import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readFile, rename, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { limits } from '../kernel/limits.ts'
import { codeOf, fileError } from './document-file.ts'
import { isGone, workerId } from './worker-id.ts'

/**
 * Lets one process at a time look after a document's file, so that none takes a rendering that another one is
 * about to replace for somebody's save. Nothing is lost without it, only done in vain: who waits too long for
 * a holder that does not answer goes on.
 */
export class RenderLock {
  readonly #folder: string
  readonly #worker = workerId()

  /** @param folder which all processes that render the documents share. */
  constructor(folder: string) {
    this.#folder = folder
  }

  async during<T>(document: string, work: () => Promise<T>): Promise<T> {
    const path = join(this.#folder, `${document}.lock`)
    const mine = `${this.#worker} ${randomUUID()}`
    await this.#take(path, mine)
    try {
      return await work()
    } finally {
      if ((await holderOf(path))?.who === mine) await unlink(path).catch(() => undefined)
    }
  }

  async #take(path: string, mine: string): Promise<void> {
    for (;;) {
      if (await begin(path, mine)) return
      const held = await holderOf(path)
      if (held !== null && isOver(held)) await letGo(path, held.who)
      else if (held !== null) await sleep(limits.renderLockPauseMs * (0.5 + Math.random()))
    }
  }
}

interface Held {
  readonly who: string
  readonly forMs: number
}

async function begin(path: string, mine: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600)
    await file.writeFile(mine)
    await file.close()
    return true
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false
    if (codeOf(cause) !== 'ENOENT') throw fileError(path, cause)
    await mkdir(dirname(path), { recursive: true }).catch((error: unknown) => {
      throw fileError(path, error)
    })
    return false
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

/** A holder that has only just begun has not said its name yet. */
function isOver({ who, forMs }: Held): boolean {
  if (forMs > limits.renderLockMs) return true
  return who !== '' && isGone(who.split(' ')[0] ?? '')
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
}
