import { expect } from 'vitest'
import { type Decider, type Decision, fold } from '../src/kernel/decider.ts'
import type { RecordedEvent } from '../src/kernel/event.ts'
import type { EventOf, EventSchemas } from '../src/kernel/event-schema.ts'
import { Recorder } from './projections/events.ts'

interface Given<State, Command, Event> {
  /** The state that the given events fold to. */
  readonly state: State
  when(command: Command): Then<State, Event>
}

interface Then<State, Event> {
  readonly decision: Decision<Event>
  /** The state after what was decided; the same state when it was nothing. */
  readonly state: State
  /** Exactly these events, of which only the fields that are named must agree. */
  thenDecides(...events: readonly object[]): Then<State, Event>
  thenNothing(): void
  thenRejects(rejection: object): void
}

/** Given, when and then for the rules of one kind of stream. */
export interface Specification<State, Command, Event> {
  given(...events: readonly Event[]): Given<State, Command, Event>
  /** Commands one after the other on a new stream: what was recorded, and the state carried along. */
  play(commands: Iterable<Command>): { readonly events: RecordedEvent[]; readonly state: State }
}

/**
 * Events are recorded as a store would give them back, and checked against their schemas: a decider that
 * decides what no log may hold fails here.
 */
export function specification<State, Command, Schemas extends EventSchemas>(
  decider: Decider<State, Command, Schemas>,
  stream: string,
): Specification<State, Command, EventOf<Schemas>> {
  type Event = EventOf<Schemas>
  const record = (recorder: Recorder, events: readonly Event[]) =>
    events.map((event) => recorder.add(stream, event.type, event.data))
  return {
    given(...events) {
      const recorder = new Recorder()
      const state = fold(decider, record(recorder, events))
      return {
        state,
        when(command) {
          const decision = decider.decide(command, state)
          const decided = decision.kind === 'accepted' ? decision.events : []
          return claims(decision, fold(decider, record(recorder, decided), state))
        },
      }
    },
    play(commands) {
      const recorder = new Recorder()
      let state = decider.initial
      for (const command of commands) {
        const decision = decider.decide(command, state)
        if (decision.kind === 'accepted') state = fold(decider, record(recorder, decision.events), state)
      }
      return { events: recorder.events, state }
    },
  }
}

function claims<State, Event>(decision: Decision<Event>, state: State): Then<State, Event> {
  const result: Then<State, Event> = {
    decision,
    state,
    thenDecides(...events) {
      expect(decision).toMatchObject({ kind: 'accepted', events })
      return result
    },
    thenNothing() {
      expect(decision).toEqual({ kind: 'accepted', events: [] })
    },
    thenRejects(rejection) {
      expect(decision).toMatchObject({ kind: 'rejected', rejection })
    },
  }
  return result
}
