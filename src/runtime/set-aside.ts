import type { Clock } from '../kernel/clock.ts'
import { limits } from '../kernel/limits.ts'

/** Handoffs that met a problem here: others may have more luck, and here each waits twice as long as before. */
export class SetAside {
  readonly #clock: Clock
  readonly #until = new Map<string, { readonly untilMs: number; readonly times: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How often in a row it met a problem. */
  add(handoff: string): number {
    const times = (this.#until.get(handoff)?.times ?? 0) + 1
    const waitMs = Math.min(limits.setAsideMsMax, limits.setAsideMsMin * 2 ** (times - 1))
    this.#until.set(handoff, { untilMs: this.#clock.now() + waitMs, times })
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

  get isEmpty(): boolean {
    return this.handoffs().length === 0
  }
}
