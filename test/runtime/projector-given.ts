import { onTestFinished } from 'vitest'
import { manualClock } from '../../src/kernel/clock.ts'
import type { NewEvent, Position, RecordedEvent } from '../../src/kernel/event.ts'
import type { Projection } from '../../src/kernel/projection.ts'
import { events as catalogue } from '../../src/runtime/catalogue.ts'
import { Codec } from '../../src/store/codec.ts'
import { MemoryLog, MemoryStore } from '../../src/store/memory.ts'
import type { EventStore } from '../../src/store/port.ts'
import { person, Recorder } from '../projections/events.ts'

/** Collects the texts of the toy events `Noted`, by stream. */
export const counter: Projection<{ notes: string[] }> = {
  name: 'counter',
  version: 1,
  key: (event) => (event.type === 'Noted' ? event.stream : null),
  initial: { notes: [] },
  evolve: (state, event) => ({ notes: [...state.notes, (event.data as { text: string }).text] }),
  render: (state) => `${state.notes.join('\n')}\n`,
}

export const fragile: Projection<{ seen: number }> = {
  name: 'fragile',
  version: counter.version,
  key: counter.key,
  initial: { seen: 0 },
  evolve(state, event) {
    if ((event.data as { text: string }).text === 'a stone') throw new Error('hit by a stone')
    return { seen: state.seen + 1 }
  },
  render: (state) => `${state.seen}\n`,
}

export function openLog(log = new MemoryLog()): MemoryStore {
  const clock = manualClock(Date.UTC(2026, 2, 1))
  const store = new MemoryStore({ codec: new Codec(catalogue), clock, log })
  onTestFinished(() => store.close())
  return store
}

export async function append(store: EventStore, events: readonly RecordedEvent[]): Promise<Position> {
  let last: Position | undefined
  for (const { id, type, version, data, meta, stream } of events) {
    const event: NewEvent = { id, type, version, data, meta }
    last = (await store.append(stream, [event], { expected: 'any' })).position
  }
  return last!
}

export function notes(texts: readonly string[], stream = 'toy-1'): RecordedEvent[] {
  const log = new Recorder({ actor: person })
  for (const text of texts) log.add(stream, 'Noted', { text })
  return log.events
}

/** The same with ids of their own, so that they can follow others in one log. */
export function more(texts: readonly string[], first: number): RecordedEvent[] {
  return notes([...Array.from({ length: first }, () => ''), ...texts]).slice(first)
}
