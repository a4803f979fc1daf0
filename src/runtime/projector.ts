import { setTimeout as delay } from 'node:timers/promises'
import type { Diagnostic } from '../agents/events.ts'
import { DaybookError } from '../kernel/errors.ts'
import type { Json, Position } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import type { Projection } from '../kernel/projection.ts'
import { type EventStore, StoreError } from '../store/port.ts'
import { isHeldBy } from './held-by-log.ts'
import { landmarkBefore } from './landmarks.ts'
import { type Difference, differences } from './projection-check.ts'
import { fromAfter, isKnown, ProjectionFold } from './projection-fold.ts'
import type { ProjectionStore } from './projection-store.ts'

export interface ProjectorOptions {
  readonly store: EventStore
  readonly projections: readonly Projection[]
  readonly views: ProjectionStore
}

export interface Lag {
  /** Events of the log that are not folded in yet. */
  readonly events: number
  /** There are more than were counted. */
  readonly more: boolean
}

/**
 * Keeps projections folded up to the end of the log. Reads are of stored states, so they see what other
 * processes folded too; a state and its checkpoint always belong together.
 */
export class Projector {
  readonly #store: EventStore
  readonly #views: ProjectionStore
  readonly #projections: ReadonlyMap<string, Projection>
  #fold: ProjectionFold
  #checked = false
  #closed = false
  #running: Promise<Position | null> | null = null
  #next: Promise<Position | null> | null = null
  readonly #mended: Diagnostic[] = []

  constructor({ store, projections, views }: ProjectorOptions) {
    this.#store = store
    this.#views = views
    this.#projections = new Map(projections.map((projection) => [projection.name, projection]))
    this.#fold = new ProjectionFold(projections, views)
  }

  /** The projections' names, in their order. */
  get names(): string[] {
    return [...this.#projections.keys()]
  }

  /** Up to where every working projection is folded and stored; null: nothing is. */
  get position(): Position | null {
    return this.#fold.committed?.position ?? null
  }

  /** Projections that failed, and what happened to the stored states. */
  get diagnostics(): Diagnostic[] {
    return [...this.#views.diagnostics, ...this.#mended, ...this.#fold.failures]
  }

  /** Counts at most `limits.projectionLagEventsMax` events. */
  async lag(): Promise<Lag> {
    if (this.#fold.idle) return { events: 0, more: false }
    const limit = limits.projectionLagEventsMax
    let events = 0
    for await (const _ of this.#store.readAll({ from: fromAfter(this.#fold.committed), limit })) events += 1
    return { events, more: events === limit }
  }

  /**
   * Folds and stores everything that was in the log when it was called. Resolves with the position reached.
   * May be called at any time, by several processes at once. Rejects with the store's errors.
   */
  catchUp(): Promise<Position | null> {
    if (this.#running === null) {
      this.#running = this.#foldAll().finally(() => {
        this.#running = null
      })
      return this.#running
    }
    // The running one may have read past the end already, so what came since needs another.
    this.#next ??= this.#running
      .catch(() => null)
      .then(() => {
        this.#next = null
        return this.catchUp()
      })
    return this.#next
  }

  /** Folds what comes, until `signal` aborts. */
  async follow(signal: AbortSignal): Promise<void> {
    await this.catchUp()
    for await (const item of this.#store.subscribe({ from: fromAfter(this.#fold.committed), signal })) {
      if (item.kind !== 'event' || item.event.position <= (this.position ?? '')) continue
      await this.catchUp()
      // Events come in bursts, and storing what they change costs as much for one as for many.
      await delay(limits.projectionPauseMs, undefined, { signal }).catch(() => undefined)
    }
  }

  /** Resolves once everything up to `position` is folded; rejects with `unavailable` after `timeoutMs`. */
  async waitFor(position: Position, timeoutMs: number = limits.storeTimeoutMs): Promise<void> {
    const pauses = Math.ceil(timeoutMs / limits.subscriptionPollMs)
    for (let pause = 0; pause <= pauses; pause += 1) {
      if (position <= (this.position ?? '')) return
      if (position <= ((await this.catchUp()) ?? '')) return
      if (this.#fold.idle) return
      await delay(limits.subscriptionPollMs)
    }
    throw new StoreError(
      'unavailable',
      `The views did not reach ${position} within ${timeoutMs} ms; they are at ${this.position ?? 'the start'}.`,
    )
  }

  /** A state as it is stored; undefined for a key that no event has. Call `catchUp` or `waitFor` before. */
  get(projection: string, key: string): Json | undefined {
    const json = this.#views.read(this.#named(projection), key)
    return json === undefined ? undefined : (JSON.parse(json) as Json)
  }

  /**
   * The last state that was kept for good at or before `until`; undefined when there is none: then it is folded
   * from the start. Call `catchUp` before.
   */
  landmark(projection: string, key: string, until: Position): Json | undefined {
    const json = landmarkBefore(this.#views, this.#named(projection), { key, until })
    return json === undefined ? undefined : (JSON.parse(json) as Json)
  }

  /** Keys in the order of their code units. */
  keys(projection: string): string[] {
    return this.#views.keys(this.#named(projection)).sort()
  }

  /** Markdown, or a document's exact text; undefined for a key that no event has. */
  render(projection: string, key: string): string | undefined {
    const state = this.get(projection, key)
    return state === undefined ? undefined : this.#named(projection).render(state, key)
  }

  /** Throws away every stored state and folds again. Projections that failed get another chance. */
  async rebuild(): Promise<Position | null> {
    this.#views.clear()
    this.#fold = new ProjectionFold([...this.#projections.values()], this.#views)
    return this.catchUp()
  }

  /**
   * Catches up, folds everything once more in memory up to the same events, and compares with what is
   * stored. Empty: not a byte differs. A projection that failed is a difference.
   */
  async check(): Promise<Difference[]> {
    await this.catchUp()
    const failed = this.#fold.failures.map(({ message }) => message)
    return differences({
      store: this.#store,
      views: this.#views,
      projections: [...this.#projections.values()],
      failed,
    })
  }

  /** Closes the stored views; the log stays open. A fold under way rejects with `closed`. */
  close(): void {
    this.#closed = true
    this.#views.close()
  }

  async #foldAll(): Promise<Position | null> {
    try {
      return await this.#foldToEnd()
    } catch (error) {
      if (!this.#closed) throw error
      throw new StoreError('closed', 'The views are closed.', { cause: error })
    }
  }

  async #foldToEnd(): Promise<Position | null> {
    if (!this.#checked) await this.#checkLog()
    for (let attempt = 0; attempt < limits.optimisticRetriesMax; attempt += 1) {
      // A rebuild begins a new fold; this one belongs to the fold it started with.
      const fold = this.#fold
      fold.refresh()
      if (fold.idle || (await this.#foldOnce(fold))) return this.position
    }
    throw new StoreError(
      'unavailable',
      `${this.#views.description} is so busy that ${limits.optimisticRetriesMax} attempts to store views were too late. Try again.`,
    )
  }

  /** False when another process, or a rebuild, was quicker. */
  async #foldOnce(fold: ProjectionFold): Promise<boolean> {
    let pending = 0
    for await (const event of this.#store.readAll({ from: fromAfter(fold.committed) })) {
      fold.apply(event)
      pending += 1
      if (pending < limits.projectionBatchEvents) continue
      if (!fold.commit()) return false
      pending = 0
    }
    return fold.commit() && fold === this.#fold
  }

  /** States folded from another log (an older copy, an import) are worth nothing for this one. */
  async #checkLog(): Promise<void> {
    for (const checkpoint of this.#fold.checkpoints) {
      if (await isHeldBy(this.#store, checkpoint)) continue
      const message = `${this.#views.description} was folded from another log than ${this.#store.description}: its event ${checkpoint.event} is not there. It was begun again.`
      this.#mended.push({ code: 'views_of_another_log', message })
      this.#views.clear()
      break
    }
    this.#checked = true
  }

  #named(name: string): Projection {
    const projection = this.#projections.get(name)
    if (projection !== undefined) return projection
    const known = this.names.join(', ')
    throw new DaybookError('usage', `There is no projection "${name}"; there are ${known}.`)
  }
}

/**
 * Folds the log's beginning through one projection, up to and including `until` (the whole log without it),
 * and touches nothing that is stored. With `key`, only that state.
 */
export async function projectAt<State extends Json>(
  store: EventStore,
  projection: Projection<State>,
  { until, key }: { readonly until?: Position; readonly key?: string } = {},
): Promise<Map<string, State>> {
  const states = new Map<string, State>()
  for await (const event of store.readAll(until === undefined ? {} : { until })) {
    const own = isKnown(event) ? projection.key(event) : null
    if (own === null || (key !== undefined && own !== key)) continue
    states.set(own, projection.evolve(states.get(own) ?? projection.initial, event))
  }
  return states
}
