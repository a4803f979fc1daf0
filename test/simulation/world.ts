import type { Timers } from '../../src/runtime/timers.ts'
import type { Chance } from './chance.ts'

/** A process of the simulated world: when it dies, nothing that it waits for ever comes back to it. */
export interface Process {
  readonly name: string
  alive: boolean
  /** It stands still until then and does not know it: a machine that was suspended, or one that swaps. */
  frozenUntilMs: number
}

interface Due {
  atMs: number
  readonly order: number
  /** null: of the world itself, whoever lives. */
  readonly process: Process | null
  readonly act: () => void
  off: boolean
}

export const startMs = Date.UTC(2026, 2, 1, 9)

/**
 * Time and everything that will happen in it. Whatever waits in the code under test waits here: the next thing
 * happens when all that the one before it set in motion has come to rest. No real time passes.
 */
export class World {
  readonly chance: Chance
  #nowMs = startMs
  #order = 0
  readonly #heap: Due[] = []
  /** Things that happened. */
  steps = 0

  constructor(chance: Chance) {
    this.chance = chance
  }

  readonly clock = { now: () => Math.floor(this.#nowMs) }

  get nowMs(): number {
    return this.#nowMs
  }

  /** Lets `act` happen after so many milliseconds, unless the process is dead by then. */
  after(process: Process | null, ms: number, act: () => void): () => void {
    const due = { atMs: this.#nowMs + ms, order: this.#order, process, act, off: false }
    this.#order += 1
    this.#push(due)
    return () => {
      due.off = true
    }
  }

  timersOf(process: Process): Timers {
    return {
      after: (ms, act) => this.after(process, ms, act),
      every: (ms, act) => {
        let callOff = () => {}
        const again = () => {
          callOff = this.after(process, ms, () => {
            again()
            act()
          })
        }
        again()
        return () => callOff()
      },
      random: () => this.chance.next(),
    }
  }

  sleep(process: Process | null, ms: number): Promise<void> {
    return new Promise((resolve) => void this.after(process, ms, resolve))
  }

  /** Lets things happen until `isOver` says so, or nothing is left to happen. */
  run(isOver: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = () => {
        try {
          if (isOver() || !this.#happen()) return resolve()
        } catch (error) {
          return reject(error)
        }
        // A tick begins only after every microtask, and those that follow from them.
        queueMicrotask(() => process.nextTick(step))
      }
      process.nextTick(step)
    })
  }

  #happen(): boolean {
    for (;;) {
      const due = this.#pop()
      if (due === undefined) return false
      if (due.off || due.process?.alive === false) continue
      const thawsMs = due.process?.frozenUntilMs ?? 0
      if (thawsMs > due.atMs) {
        due.atMs = thawsMs
        this.#push(due)
        continue
      }
      this.#nowMs = Math.max(this.#nowMs, due.atMs)
      this.steps += 1
      due.act()
      return true
    }
  }

  #push(due: Due): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(due)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(due, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = due
  }

  #pop(): Due | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let at = 0
    for (;;) {
      let child = at * 2 + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1
      if (!isBefore(heap[child]!, last)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
    return first
  }
}

function isBefore(a: Due, b: Due): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}
