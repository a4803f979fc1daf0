import type { Position, RecordedEvent } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import type { Folding } from './log-reading.ts'
import type { Keepable, Recall } from './snapshots.ts'

/** Up to and including `position`, no event was recorded later than `latestMs`. */
interface Mark {
  readonly position: Position
  readonly latestMs: number
}

interface Marks {
  readonly marks: readonly Mark[]
  /** Events from one mark to the next; doubles when there are too many marks. */
  readonly interval: number
  readonly events: number
  readonly latestMs: number
  readonly reached: Position | null
}

const none: Marks = { marks: [], interval: 64, events: 0, latestMs: 0, reached: null }
const key = 'time-marks'

/**
 * How late it was at some places of the log, so that a time is found without reading all of it. `recordedAt` may
 * go backwards in an imported log; its running maximum cannot.
 */
export class TimeMarks implements Folding, Keepable {
  #state: Marks = none

  /** The last marked place at or before which nothing was recorded after `instantMs`; null: read from the start. */
  before(instantMs: number): Position | null {
    const { marks } = this.#state
    let low = 0
    let high = marks.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (marks[middle]!.latestMs <= instantMs) low = middle + 1
      else high = middle
    }
    return marks[low - 1]?.position ?? null
  }

  evolve({ position, meta }: RecordedEvent): void {
    const { marks, interval } = this.#state
    const events = this.#state.events + 1
    const latestMs = Math.max(this.#state.latestMs, Date.parse(meta.recordedAt))
    this.#state = { marks, interval, events, latestMs, reached: position }
    if (events % interval !== 0) return
    const more = [...marks, { position, latestMs }]
    this.#state =
      more.length < limits.timeMarksMax
        ? { ...this.#state, marks: more }
        : { ...this.#state, marks: more.filter((_, index) => index % 2 === 1), interval: interval * 2 }
  }

  restore(recall: Recall): void {
    this.#state = JSON.parse(recall(key) ?? 'null') ?? none
  }

  changed(after: Position | null): ReadonlyMap<string, string> {
    const { reached } = this.#state
    if (reached === null || (after !== null && reached <= after)) return new Map()
    return new Map([[key, JSON.stringify(this.#state)]])
  }

  kept(): void {}

  forget(): void {
    this.#state = none
  }
}
