import { limits } from '../kernel/limits.ts'

/**
 * Wakes those who wait for new events. Appends of this process announce themselves; `look`, asked every
 * `limits.subscriptionPollMs` while somebody waits, tells of other processes' appends.
 */
export class ChangeWatch {
  #generation = 0
  #timer: NodeJS.Timeout | undefined
  readonly #waiting = new Set<() => void>()
  readonly #look: (() => boolean) | undefined

  /** `look` returns whether the log changed since it was last asked; it must be quick and must not throw. */
  constructor(look?: () => boolean) {
    this.#look = look
  }

  /** Take it before reading; what is appended after that makes `changed` resolve. */
  get generation(): number {
    return this.#generation
  }

  /** Looks at once, instead of at the next turn of those who wait. */
  look(): void {
    if (this.#look?.()) this.announce()
  }

  announce(): void {
    this.#generation += 1
    for (const wake of [...this.#waiting]) wake()
  }

  /** Resolves when there may be news since `generation`, or when `signal` aborts. */
  async changed(generation: number, signal: AbortSignal): Promise<void> {
    if (generation !== this.#generation || signal.aborted) return
    await new Promise<void>((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake)
        signal.removeEventListener('abort', wake)
        this.#keepLooking()
        resolve()
      }
      this.#waiting.add(wake)
      signal.addEventListener('abort', wake, { once: true })
      this.#keepLooking()
    })
  }

  #keepLooking(): void {
    const look = this.#look
    if (look === undefined) return
    if (this.#waiting.size === 0) {
      clearInterval(this.#timer)
      this.#timer = undefined
    } else {
      this.#timer ??= setInterval(() => {
        if (look()) this.announce()
      }, limits.subscriptionPollMs)
    }
  }
}
