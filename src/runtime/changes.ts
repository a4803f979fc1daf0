import type { Position } from '../kernel/event.ts'

/** Keys of kept states, each with the position of its last change. */
export class Changes {
  readonly #at = new Map<string, Position>()

  note(key: string, position: Position): void {
    this.#at.set(key, position)
  }

  /** Keys that changed after `position`; all that are noted for null. */
  after(position: Position | null): string[] {
    return [...this.#at].filter(([, at]) => position === null || at > position).map(([key]) => key)
  }

  /** Forgets what changed up to there. */
  settle(upTo: Position): void {
    for (const [key, at] of this.#at) if (at <= upTo) this.#at.delete(key)
  }

  clear(): void {
    this.#at.clear()
  }
}
