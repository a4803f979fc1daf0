import type { Position, RecordedEvent } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import { type EventStore, StoreError } from '../store/port.ts'
import type { Checkpoint } from './projection-store.ts'
import { sleep, systemTimers, type Timers } from './timers.ts'

/** What is folded from the log while it is read. Each event comes once and in the log's order. */
export interface Folding {
  evolve(event: RecordedEvent): void
}

/** Foldings kept beside the log, so that a new process need not read it from its start. */
export interface Kept {
  /** Puts the foldings where they were last kept; null when nothing fit for this log is kept. */
  restore(): Promise<Checkpoint | null>
  /** True when what was restored is there no more: everything is to be folded from the start again. */
  isLost(): boolean
  /** May keep the foldings as they are now, after `reached`. */
  keep(reached: Checkpoint, when: 'if_due' | 'now'): void
  /** Puts the foldings back to nothing. */
  forget(): void
}

/**
 * The one reading of the log in this process: every event is read and decoded once, for all that is folded
 * from it. The foldings are always as of the same position.
 */
export class LogReading {
  readonly #store: EventStore
  readonly #foldings: readonly Folding[]
  readonly #kept: Kept | null
  readonly #timers: Timers
  #reached: Checkpoint | null = null
  #state: 'new' | 'begun' = 'new'
  /** The store's mark before the last whole reading. */
  #seen: { readonly mark: number; readonly atMs: number } | null = null
  #running: Promise<void> | null = null
  #next: Promise<void> | null = null
  readonly #waiting = new Set<() => void>()

  constructor({
    store,
    foldings,
    kept = null,
    timers = systemTimers,
  }: {
    readonly store: EventStore
    readonly foldings: readonly Folding[]
    readonly kept?: Kept | null
    readonly timers?: Timers
  }) {
    this.#store = store
    this.#foldings = foldings
    this.#kept = kept
    this.#timers = timers
  }

  /** Of the last event folded; null when none is. */
  get position(): Position | null {
    return this.#reached?.position ?? null
  }

  /** Folds everything that was in the log when it was called. Calls at the same time share a reading. */
  refresh(): Promise<void> {
    if (this.#isUpToDate()) return Promise.resolve()
    if (this.#running === null) {
      this.#running = this.#read().finally(() => {
        this.#running = null
      })
      return this.#running
    }
    // The running one may have passed the end already, so what came since needs another.
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = null
        return this.refresh()
      })
    return this.#next
  }

  /** Folds what comes, as it comes, until `signal` aborts. A store that is away is waited for. */
  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.refresh()
        for await (const item of this.#store.subscribe({ from: this.#from, signal }))
          if (item.kind === 'event') this.#fold(item.event)
      } catch (error) {
        if (signal.aborted) return
        if (!(error instanceof StoreError && error.retryable)) throw error
        await sleep(this.#timers, limits.reconnectMsMax, signal)
      }
    }
  }

  /** Resolves when something after `position` is folded, after `timeoutMs`, or when `signal` aborts. */
  async moved(
    position: Position | null,
    { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ): Promise<void> {
    if (this.position !== position || signal.aborted) return
    await new Promise<void>((resolve) => {
      const wake = () => {
        callOff()
        this.#waiting.delete(wake)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      const callOff = this.#timers.after(timeoutMs, wake)
      this.#waiting.add(wake)
      signal.addEventListener('abort', wake, { once: true })
    })
  }

  /** Keeps the foldings for the next process. */
  keep(): void {
    if (this.#reached !== null) this.#kept?.keep(this.#reached, 'now')
  }

  /** Whether a store that can tell says so; what is kept beside the log is looked at every `limits.keptLookMs`. */
  #isUpToDate(): boolean {
    if (this.#seen === null) return false
    if (performance.now() - this.#seen.atMs > limits.keptLookMs) return false
    return this.#store.mark?.() === this.#seen.mark
  }

  get #from() {
    return this.#reached === null ? ('start' as const) : { after: this.#reached.position }
  }

  async #read(): Promise<void> {
    if (this.#kept?.isLost()) {
      this.#kept.forget()
      this.#reached = null
    }
    if (this.#state === 'new') this.#reached = (await this.#kept?.restore()) ?? null
    this.#state = 'begun'
    const mark = this.#store.mark?.()
    for await (const event of this.#store.readAll({ from: this.#from })) this.#fold(event)
    this.#seen = mark === undefined ? null : { mark, atMs: performance.now() }
  }

  #fold(event: RecordedEvent): void {
    const { position, id, stream, revision } = event
    // A reading and a following meet the same events; each is folded by whoever comes first.
    if (this.#reached !== null && position <= this.#reached.position) return
    for (const folding of this.#foldings) folding.evolve(event)
    this.#reached = { position, event: id, stream, revision }
    this.#kept?.keep(this.#reached, 'if_due')
    for (const wake of [...this.#waiting]) wake()
  }
}
