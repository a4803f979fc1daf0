import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rename, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { Clock } from '../kernel/clock.ts'
import { limits } from '../kernel/limits.ts'
import { codeOf, writeDurably } from './document-file.ts'
import { replaceFile } from './replace-file.ts'
import { isGone } from './worker-id.ts'

const Holder = z.object({
  worker: z.string(),
  agent: z.string(),
  session: z.string(),
  workflow: z.string(),
  /** Key of the tool call whose command runs. */
  call: z.string(),
  /** Milliseconds since 1970; a holder on another machine is believed until then. */
  until: z.number(),
})

/** Whose command may be writing documents right now. */
export type Holder = Omit<z.infer<typeof Holder>, 'until'>

const pauseMs = 50

/**
 * Says that a command of an agent runs in reach of the rendered documents, to every process that renders them:
 * what changes on disk meanwhile is that agent's, and told apart after it. One command at a time, so that a
 * change has one author. A file, so that it outlives a crash and tells whose work was cut off.
 */
export class CommandHold {
  readonly #path: string
  readonly #clock: Clock

  constructor(folder: string, clock: Clock) {
    this.#path = join(folder, 'command.hold.json')
    this.#clock = clock
  }

  /** Waits until nobody holds it; `cleanUp` is called for a holder that is gone, before it is taken over. */
  async take(
    holder: Holder,
    { signal, cleanUp }: { signal: AbortSignal; cleanUp: () => Promise<void> },
  ): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true })
    const until = this.#clock.now() + limits.bashMsMax + limits.leaseMs
    for (;;) {
      signal.throwIfAborted()
      if (await this.#begin(JSON.stringify({ ...holder, until }))) return
      if ((await this.left()) === null) await sleep(pauseMs, undefined, { signal }).catch(() => undefined)
      else await cleanUp()
    }
  }

  /** The file appears whole or not at all. False: another one is there. */
  async #begin(text: string): Promise<boolean> {
    const prepared = `${this.#path}.${randomUUID()}.new`
    await writeDurably(prepared, text, 0o600)
    try {
      await link(prepared, this.#path)
      return true
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false
      throw error
    } finally {
      await unlink(prepared)
    }
  }

  /** Whether a command runs now, in this process or another. */
  async isHeld(): Promise<boolean> {
    const now = await this.#read()
    return now !== null && !this.#isOver(now)
  }

  /** Whoever held it and is gone; null when nobody did, or somebody still does. */
  async left(): Promise<Holder | null> {
    const now = await this.#read()
    return now !== null && this.#isOver(now) ? now : null
  }

  /** Leaves it to whoever comes next to settle what the command did, as if this process had died. */
  async abandon(holder: Holder): Promise<void> {
    if ((await this.#read())?.call === holder.call)
      await replaceFile(this.#path, JSON.stringify({ ...holder, until: 0 }))
  }

  /** Lets go, if it is still held for this call. */
  async release({ call }: Holder): Promise<void> {
    const now = await this.#read()
    if (now?.call !== call) return
    const aside = `${this.#path}.${randomUUID()}.over`
    await rename(this.#path, aside).catch(() => undefined)
    await unlink(aside).catch(() => undefined)
  }

  #isOver({ worker, until }: z.infer<typeof Holder>): boolean {
    return isGone(worker) || until < this.#clock.now()
  }

  async #read(): Promise<z.infer<typeof Holder> | null> {
    const text = await readFile(this.#path, 'utf8').catch(() => null)
    if (text === null) return null
    const read = Holder.safeParse(parsed(text))
    return read.success ? read.data : nobody
  }
}

/** Of a file that cannot be read: it is let go, and what changed on disk stays nobody's. */
const nobody = { worker: '', agent: '', session: '', workflow: '', call: '', until: 0 }

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
