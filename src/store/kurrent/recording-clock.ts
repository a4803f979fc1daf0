import type { Clock } from '../../kernel/clock.ts'
import type { NewEvent, RecordedEvent } from '../../kernel/event.ts'

/**
 * Stamps `recordedAt`. The server keeps a time of its own, but that one does not travel to another store, so
 * the stamp is part of the metadata and is set before the append: the later of now and of every time that
 * this store has read or written. Two processes append without knowing of each other, so on this store an
 * event may bear a slightly earlier time than the one before it; as of a time, the running maximum counts.
 */
export class RecordingClock {
  readonly #clock: Clock
  #latest = ''

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The same events, each with a time; one that came with an event is kept. */
  stamp(events: readonly NewEvent[]): NewEvent[] {
    let latest = later(this.#latest, new Date(this.#clock.now()).toISOString())
    return events.map((event) => {
      const recordedAt = event.meta?.recordedAt ?? latest
      latest = later(latest, recordedAt)
      return { ...event, meta: { ...event.meta, recordedAt } }
    })
  }

  /** Notes the times of events that were read, or are valid and about to be written. */
  saw(events: readonly NewEvent[] | readonly RecordedEvent[]): void {
    for (const event of events) this.#latest = later(this.#latest, event.meta.recordedAt ?? '')
  }
}

function later(a: string, b: string): string {
  return a < b ? b : a
}
