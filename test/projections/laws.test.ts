import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { projections } from '../../projections/index.ts'
import { type Json, position, type RecordedEvent } from '../../src/kernel/event.ts'
import { type Projection, project } from '../../src/kernel/projection.ts'
import { agent, answered, called, edited, opened, Recorder, started, summary, written } from './events.ts'
import { story } from './story.ts'

const runs = { numRuns: 40, seed: 20260301 }

test('names are unique and in kebab case, versions count from 1', () => {
  const names = projections.map((projection) => projection.name)
  expect(new Set(names).size).toBe(names.length)
  for (const { name, version } of projections) {
    expect(name).toMatch(/^[a-z]+(?:-[a-z]+)*$/u)
    expect(version).toBeGreaterThanOrEqual(1)
  }
})

describe.each(projections.map((projection) => [projection.name, projection] as const))(
  '%s',
  (_, projection) => {
    test('folded in two halves through JSON, it is what it is folded at once, in any interleaving', () => {
      fc.assert(
        fc.property(interleavings(), fc.nat(), (events, cut) => {
          const half = cut % (events.length + 1)
          const first = throughJson(project(projection, events.slice(0, half)))
          const both = project(projection, events.slice(half), first)
          expect(json(both)).toEqual(json(project(projection, events)))
        }),
        runs,
      )
    })

    test('no state is changed in place', () => {
      const frozen = freezing(projection)
      expect(json(project(frozen, story()))).toEqual(json(project(projection, story())))
    })

    test('event types that nobody knows change nothing', () => {
      const strangers = story().flatMap((event) => [
        { ...event, type: 'SomethingElseHappened', data: { any: 'thing' } },
        event,
      ])
      expect(json(project(projection, strangers))).toEqual(json(project(projection, story())))
    })

    test('the same states give the same bytes, also after JSON', () => {
      const states = project(projection, story())
      for (const [key, state] of throughJson(states)) {
        expect(projection.render(state, key)).toBe(projection.render(states.get(key)!, key))
      }
    })

    test('agents named like parts of JavaScript are agents like others', () => {
      for (const name of ['__proto__', 'constructor', 'hasOwnProperty']) {
        const log = new Recorder({ correlation: 'constructor' })
        log.add('agent-odd', 'AgentRetired', { name, source: 'odd.md', reason: 'Never registered.' })
        log.add('session-constructor', 'ModelAnswered', answered('c', 'Nobody started this session.'))
        log.add('session-constructor', 'SummaryRecorded', summary({ 'Key Decision': 'x', Monitoring: 'y' }))
        const events = [...log.events, ...sessionOf(name, 's-odd', 'odd')]
        const states = project(freezing(projection), events)
        expect(json(throughJson(states))).toEqual(json(states))
        for (const [key, state] of states)
          expect(projection.render(state, key)).not.toMatch(/undefined|\[native code\]/u)
      }
    })
  },
)

/** Several sessions that write, summarize and end at the same time: every stream in its own order. */
function interleavings(): fc.Arbitrary<RecordedEvent[]> {
  const streams = new Map<string, RecordedEvent[]>()
  const together = [
    ...story(),
    ...sessionOf('joker', 's-3', 'notes'),
    ...sessionOf('server-designer', 's-4', 'plan', { rehearsal: true }),
  ]
  together.forEach((event, index) => {
    const id = `${event.id.slice(0, 24)}${index.toString(16).padStart(12, '0')}`
    streams.set(event.stream, [...(streams.get(event.stream) ?? []), { ...event, id }])
  })
  return fc.array(fc.nat(), { minLength: together.length, maxLength: together.length }).map((choices) => {
    const left = [...streams.values()].map((events) => [...events])
    return choices.map((choice, index) => {
      const open = left.filter((events) => events.length > 0)
      const event = open[choice % open.length]!.shift()!
      return { ...event, position: position(index + 1) }
    })
  })
}

function sessionOf(name: string, session: string, document: string, meta: { rehearsal?: true } = {}) {
  const log = new Recorder({ actor: agent(name), ...meta })
  const stream = `session-${session}`
  log.add(stream, 'SessionStarted', started(name, 'Write it down'))
  log.add(stream, 'ModelCalled', called(`${session}-1`, 1, 'Write it down'))
  log.add(stream, 'ModelAnswered', answered(`${session}-1`, 'I did.', { costUsd: 0.1 }))
  const first = '## Notes\n\n- **Queue Choice**: none yet - Rationale: small\n- [ ] p95 of uploads\n'
  log.add(`memory-${document}`, 'DocumentEdited', edited(document, [opened('n', name, first)], session))
  const second = '## Notes\n\n- **Queue Choice**: SQLite - Rationale: small\n- [x] p95 of uploads checked\n'
  log.add(`memory-${document}`, 'DocumentEdited', edited(document, [written('n', second)], session))
  const fields = { 'Key Decision': 'SQLite as the queue because it is small', Monitoring: 'p95 of uploads' }
  log.add(stream, 'SummaryRecorded', summary({ ...fields, Dependencies: 'the disk' }))
  log.add(stream, 'SessionCompleted', { notes: [] })
  return log.events
}

function throughJson(states: Map<string, Json>): Map<string, Json> {
  return new Map([...states].map(([key, state]) => [key, JSON.parse(JSON.stringify(state)) as Json]))
}

/** Bytes, so that an order that changed is a difference too. */
function json(states: Map<string, Json>): [string, string][] {
  return [...states].map(([key, state]) => [key, JSON.stringify(state)])
}

function freezing(projection: Projection): Projection {
  return {
    ...projection,
    initial: deepFreeze(projection.initial),
    evolve: (state, event) => deepFreeze(projection.evolve(state, deepFreeze(event))),
  }
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.values(value).forEach(deepFreeze)
  return Object.freeze(value)
}
