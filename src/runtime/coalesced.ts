interface Slot {
  readonly running: Promise<void>
  next: Promise<void> | null
}

/** Runs a piece of work one at a time per key. What is asked for meanwhile is one more run for all who asked. */
export class Coalesced {
  readonly #work: (key: string) => Promise<void>
  readonly #slots = new Map<string, Slot>()

  constructor(work: (key: string) => Promise<void>) {
    this.#work = work
  }

  /** Settles with a run that began after the call. */
  run(key: string): Promise<void> {
    const slot = this.#slots.get(key)
    if (slot === undefined) return this.#begin(key)
    slot.next ??= slot.running
      .catch(() => undefined)
      .then(() => {
        this.#slots.delete(key)
        return this.#begin(key)
      })
    return slot.next
  }

  /** Resolves when everything that was asked for so far is over, well or not. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#slots.values()].map(({ running, next }) => next ?? running))
  }

  #begin(key: string): Promise<void> {
    const running = this.#work(key)
    const slot: Slot = { running, next: null }
    this.#slots.set(key, slot)
    const free = () => {
      if (slot.next === null && this.#slots.get(key) === slot) this.#slots.delete(key)
    }
    running.then(free, free)
    return running
  }
}
