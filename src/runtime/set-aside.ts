import type { Clock } from '../kernel/clock.ts'
import { limits } from '../kernel/limits.ts'

interface Met {
  readonly untilMs: number
  readonly times: number
  readonly problem: unknown
}

/** Handoffs that met a problem here: others may have more luck, and here each waits twice as long as before. */
export class SetAside {
  readonly #clock: Clock
  readonly #until = new Map<string, Met>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How often in a row it met a problem; the last one is kept. */
  add(handoff: string, problem: unknown): number {
    const times = (this.#until.get(handoff)?.times ?? 0) + 1
    const waitMs = Math.min(limits.setAsideMsMax, limits.setAsideMsMin * 2 ** (times - 1))
    this.#until.set(handoff, { untilMs: this.#clock.now() + waitMs, times, problem })
    return times
  }

  clear(handoff: string): void {
    this.#until.delete(handoff)
  }

  /** Those whose time is not over. */
  handoffs(): string[] {
    const now = this.#clock.now()
    return [...this.#until].filter(([, { untilMs }]) => untilMs > now).map(([handoff]) => handoff)
  }

  /** The last problem of each handoff that has not gone on since. */
  *problems(): IterableIterator<[handoff: string, problem: unknown]> {
    for (const [handoff, { problem }] of this.#until) yield [handoff, problem]
  }

  get isEmpty(): boolean {
    return this.handoffs().length === 0
  }
}
