import type { Rejection } from './errors.ts'
import type { RecordedEvent } from './event.ts'
import { type EventOf, type EventSchemas, isEventOf, type RecordedOf } from './event-schema.ts'

/** What a command leads to: events to append (none: it was said before), or a refusal with its reason. */
export type Decision<Event> =
  | { readonly kind: 'accepted'; readonly events: readonly Event[] }
  | { readonly kind: 'rejected'; readonly rejection: Rejection }

export function accept<Event>(...events: Event[]): Decision<Event> {
  return { kind: 'accepted', events }
}

export function reject(rejection: Rejection): Decision<never> {
  return { kind: 'rejected', rejection }
}

/**
 * A stream's rules, in three pure parts. `decide` looks at the state and never at the world: time, ids and
 * answers come in with the command. `evolve` never refuses: the past has happened.
 */
export interface Decider<State, Command, Schemas extends EventSchemas> {
  readonly schemas: Schemas
  readonly initial: State
  decide(command: Command, state: State): Decision<EventOf<Schemas>>
  evolve(state: State, event: RecordedOf<EventOf<Schemas>>): State
}

/** Folds a stream's events; types that the decider does not know are skipped. */
export function fold<State, Command, Schemas extends EventSchemas>(
  decider: Decider<State, Command, Schemas>,
  events: Iterable<RecordedEvent>,
  from: State = decider.initial,
): State {
  let state = from
  for (const event of events) {
    if (isEventOf(decider.schemas, event))
      state = decider.evolve(state, event as RecordedOf<EventOf<Schemas>>)
  }
  return state
}
