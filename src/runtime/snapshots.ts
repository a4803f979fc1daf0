import { DaybookError } from '../kernel/errors.ts'
import type { Position } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import type { EventStore } from '../store/port.ts'
import { isHeldBy } from './held-by-log.ts'
import type { Kept } from './log-reading.ts'
import type { Checkpoint, ProjectionId, ProjectionStore } from './projection-store.ts'

/** Reads one kept state, as JSON; undefined for a key that has none. */
export type Recall = (key: string) => string | undefined

/** A folding whose states can be kept, each under a key of its own. */
export interface Keepable {
  /** Takes up what is needed at once; `recall` stays good for what is asked for later. */
  restore(recall: Recall): void
  /** JSON of the states that changed after `after`, by key; of all of them for null. */
  changed(after: Position | null): ReadonlyMap<string, string>
  /** Every change up to there is kept: what is not needed at hand may be let go and recalled later. */
  kept(upTo: Position, recall: Recall): void
  forget(): void
}

/** Change the number whenever what is folded, or how it is written, changes. */
const shape = 5

/**
 * Keeps what processes fold for themselves (open work, agents, documents) in the projection store, as of one
 * checkpoint, so that a process begins where the last one was. Disposable: without it everything is folded
 * from the log's start. Any number of processes may share it.
 */
export class Snapshots implements Kept {
  readonly #store: EventStore
  readonly #views: ProjectionStore
  readonly #foldings: readonly Keepable[]
  readonly #id: ProjectionId
  /** What changed after it is at hand; all before it is kept. */
  #base: Position | null = null
  readonly #recall: Recall = (key) => this.#views.read(this.#id, key)
  #folded = 0

  constructor({
    store,
    views,
    foldings,
    version,
  }: {
    readonly store: EventStore
    readonly views: ProjectionStore
    readonly foldings: readonly Keepable[]
    /** Of Daybook: another one may fold the same events to something else. */
    readonly version: string
  }) {
    this.#store = store
    this.#views = views
    this.#foldings = foldings
    // In the name, so that two versions on one file do not throw each other's states away.
    this.#id = { name: `runtime@${version}.${shape}`, version: 1 }
  }

  async restore(): Promise<Checkpoint | null> {
    const checkpoint = this.#views.checkpoint(this.#id)
    if (checkpoint === null) return null
    if (!(await isHeldBy(this.#store, checkpoint))) {
      // Of another log, and so is everything else there.
      this.#views.clear()
      return null
    }
    for (const folding of this.#foldings) folding.restore(this.#recall)
    // What was read belongs together when nobody kept anything meanwhile.
    if (this.#views.checkpoint(this.#id)?.position !== checkpoint.position) return this.restore()
    this.#base = checkpoint.position
    return checkpoint
  }

  isLost(): boolean {
    if (this.#base === null) return false
    const stored = this.#views.checkpoint(this.#id)
    return stored === null || stored.position < this.#base
  }

  forget(): void {
    for (const folding of this.#foldings) folding.forget()
    this.#base = null
    this.#folded = 0
  }

  /** A snapshot that cannot be written is none: the next process folds more. */
  keep(reached: Checkpoint, when: 'if_due' | 'now'): void {
    try {
      this.#keep(reached, when)
    } catch (error) {
      if (!(error instanceof DaybookError)) throw error
    }
  }

  #keep(reached: Checkpoint, when: 'if_due' | 'now'): void {
    if (when === 'if_due') this.#folded += 1
    const due = when === 'now' ? this.#folded > 0 : this.#folded >= limits.snapshotEvents
    if (!due || this.isLost()) return
    this.#folded = 0
    if (this.#isKept(reached)) this.#done(reached.position)
  }

  #isKept(reached: Checkpoint): boolean {
    const stored = this.#views.checkpoint(this.#id)
    // Another process kept as much: what it folded from the same events is the same.
    if (stored !== null && stored.position >= reached.position) return true
    const from = stored?.position ?? null
    const states = new Map(this.#foldings.flatMap((folding) => [...folding.changed(from)]))
    return this.#views.commit([{ projection: this.#id, from, to: reached, states }])
  }

  #done(upTo: Position): void {
    this.#base = upTo
    for (const folding of this.#foldings) folding.kept(upTo, this.#recall)
  }
}
