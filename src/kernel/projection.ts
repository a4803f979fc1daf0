import type { Json, RecordedEvent } from './event.ts'

/**
 * A pure fold from events to something people read. The same events give the same bytes: no clock, no
 * randomness, no locale, no order that the log does not give.
 *
 * State is plain JSON, one per key. Change `version` whenever `key`, `initial` or `evolve` change what they
 * give: stored states of another version are thrown away and folded again.
 */
export interface Projection<State extends Json = Json> {
  /** kebab-case, unique. */
  readonly name: string
  readonly version: number
  /** Which state an event belongs to; null when it belongs to none. */
  key(event: RecordedEvent): string | null
  readonly initial: State
  /** May return the same object when nothing changed; must not change it in place. */
  evolve(state: State, event: RecordedEvent): State
  /**
   * What is kept for good of a state as it is right after this event, so that one as of a moment is folded from
   * there and not from the log's start; null: nothing. Without it only the newest state is kept.
   */
  landmark?(state: State, event: RecordedEvent): State | null
  /** Markdown (or, for a document, its exact bytes as text). */
  render(state: State, key: string): string
}

/** Folds events through one projection: for tests, rebuilds and views as of a moment. */
export function project<State extends Json>(
  projection: Projection<State>,
  events: Iterable<RecordedEvent>,
  states: Map<string, State> = new Map(),
): Map<string, State> {
  for (const event of events) {
    const key = projection.key(event)
    if (key === null) continue
    states.set(key, projection.evolve(states.get(key) ?? projection.initial, event))
  }
  return states
}
