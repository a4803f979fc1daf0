import type { Diagnostic } from '../agents/events.ts'
import type { Json, Position, RecordedEvent } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import type { Projection } from '../kernel/projection.ts'
import { events as catalogue } from './catalogue.ts'
import { landmarkKey, landmarksOf } from './landmarks.ts'
import type { Checkpoint, FoldedStates, ProjectionStore } from './projection-store.ts'

/** One projection on its way through the log. */
interface Lane {
  readonly projection: Projection
  /** What is stored, as far as this process knows. */
  committed: Checkpoint | null
  reached: Checkpoint | null
  readonly states: Map<string, Json>
  readonly changed: Set<string>
  /** JSON of states to be kept for good, by key and position. */
  readonly landmarks: Map<string, string>
  failure: Diagnostic | null
}

/**
 * Folds events into many projections at once and hands what changed to the projection store in batches. A
 * projection that throws is left where it was last stored and takes no part any more; the others go on.
 */
export class ProjectionFold {
  readonly #views: ProjectionStore
  readonly #lanes: readonly Lane[]
  /** Those that did not fail: asked for with every event. */
  #working: readonly Lane[]

  constructor(projections: readonly Projection[], views: ProjectionStore) {
    this.#views = views
    this.#lanes = projections.map((projection) => ({
      projection,
      committed: views.checkpoint(projection),
      reached: null,
      states: new Map(),
      changed: new Set(),
      landmarks: new Map(),
      failure: null,
    }))
    for (const lane of this.#lanes) lane.reached = lane.committed
    this.#working = this.#lanes
  }

  /** Takes up what other processes stored, and forgets what was folded and not committed. */
  refresh(): void {
    for (const lane of this.#lanes) {
      const stored = this.#views.checkpoint(lane.projection)
      const moved = stored?.position !== lane.committed?.position
      if (moved || lane.reached !== lane.committed) forget(lane)
      lane.committed = moved ? stored : lane.committed
      lane.reached = lane.committed
    }
  }

  /** The checkpoint that all working projections have stored; null for the log's start. */
  get committed(): Checkpoint | null {
    return lowest(this.#working.map((lane) => lane.committed))
  }

  /** The distinct stored checkpoints. */
  get checkpoints(): Checkpoint[] {
    const stored = this.#lanes.flatMap((lane) => lane.committed ?? [])
    return [...new Map(stored.map((checkpoint) => [checkpoint.event, checkpoint])).values()]
  }

  /** True when no projection is left that works. */
  get idle(): boolean {
    return this.#working.length === 0
  }

  get failures(): Diagnostic[] {
    return this.#lanes.flatMap((lane) => lane.failure ?? [])
  }

  apply(event: RecordedEvent): void {
    const reached = {
      position: event.position,
      event: event.id,
      stream: event.stream,
      revision: event.revision,
    }
    const known = isKnown(event)
    for (const lane of this.#working) {
      if (lane.reached !== null && event.position <= lane.reached.position) continue
      if (known) this.#evolve(lane, event)
      lane.reached = reached
    }
  }

  /** Stores what changed. False: another process was quicker, and what was folded here has to be forgotten. */
  commit(): boolean {
    const folded = this.#working.flatMap((lane) => this.#folded(lane))
    if (folded.length === 0) return true
    if (!this.#views.commit(folded)) return false
    for (const lane of this.#working) {
      lane.committed = lane.reached
      lane.changed.clear()
      lane.landmarks.clear()
      if (lane.states.size > limits.projectionStatesCachedMax) lane.states.clear()
    }
    return true
  }

  #evolve(lane: Lane, event: RecordedEvent): void {
    try {
      const key = lane.projection.key(event)
      if (key === null) return
      const state = this.#state(lane, key)
      const next = lane.projection.evolve(state, event)
      lane.states.set(key, next)
      if (next !== state) lane.changed.add(key)
      const landmark = lane.projection.landmark?.(next, event) ?? null
      if (landmark !== null) lane.landmarks.set(landmarkKey(key, event.position), stateJson(landmark, key))
    } catch (error) {
      this.#fail(lane, error, `at the event ${event.id} (${event.type})`)
    }
  }

  #state(lane: Lane, key: string): Json {
    const held = lane.states.get(key)
    if (held !== undefined) return held
    const stored = lane.committed === null ? undefined : this.#views.read(lane.projection, key)
    return stored === undefined ? lane.projection.initial : (JSON.parse(stored) as Json)
  }

  #folded(lane: Lane): FoldedStates[] {
    const { projection, committed, reached } = lane
    if (reached === null || reached === committed) return []
    try {
      const states = new Map([...lane.changed].map((key) => [key, stateJson(lane.states.get(key), key)]))
      const reach = { from: committed?.position ?? null, to: reached }
      const folded = [{ projection, ...reach, states }]
      if (projection.landmark === undefined) return folded
      return [...folded, { projection: landmarksOf(projection), ...reach, states: new Map(lane.landmarks) }]
    } catch (error) {
      this.#fail(lane, error, 'when its state was to be stored')
      return []
    }
  }

  #fail(lane: Lane, error: unknown, where: string): void {
    // Its state may have been read while another process stored a newer one: then the fault is not its own.
    if (this.#views.checkpoint(lane.projection)?.position !== lane.committed?.position) return
    const reason = error instanceof Error ? error.message : String(error)
    const message = `The projection "${lane.projection.name}" failed ${where}: ${reason}. It stays as it was; mend it and run "daybook rebuild".`
    lane.failure = { code: 'projection_failed', message }
    this.#working = this.#working.filter((other) => other !== lane)
    forget(lane)
    lane.reached = lane.committed
  }
}

/** False for data of a version that is newer than this Daybook: nobody here can read it. */
export function isKnown(event: RecordedEvent): boolean {
  return event.version <= (catalogue.get(event.type)?.version ?? event.version)
}

function stateJson(state: Json | undefined, key: string): string {
  const json = JSON.stringify(state) as string | undefined
  if (json === undefined) throw new TypeError(`the state of "${key}" is ${typeof state}, which is no JSON`)
  return json
}

function forget(lane: Lane): void {
  lane.states.clear()
  lane.changed.clear()
  lane.landmarks.clear()
}

function lowest(checkpoints: readonly (Checkpoint | null)[]): Checkpoint | null {
  return checkpoints.reduce(
    (low, one) => (low === null || one === null ? null : one.position < low.position ? one : low),
    checkpoints[0] ?? null,
  )
}

/** Where to go on reading after a checkpoint. */
export function fromAfter(checkpoint: { position: Position } | null): 'start' | { after: Position } {
  return checkpoint === null ? 'start' : { after: checkpoint.position }
}
