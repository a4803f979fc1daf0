import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { projections } from '../../projections/index.ts'
import { manualClock } from '../../src/kernel/clock.ts'
import type { NewEvent, Position, RecordedEvent } from '../../src/kernel/event.ts'
import { type Projection, project } from '../../src/kernel/projection.ts'
import { events as catalogue } from '../../src/runtime/catalogue.ts'
import {
  memoryProjectionStore,
  openProjectionStore,
  type ProjectionStore,
} from '../../src/runtime/projection-store.ts'
import { Projector, projectAt } from '../../src/runtime/projector.ts'
import { Codec } from '../../src/store/codec.ts'
import { MemoryLog, MemoryStore } from '../../src/store/memory.ts'
import type { EventStore } from '../../src/store/port.ts'
import { person, Recorder } from '../projections/events.ts'
import { story } from '../projections/story.ts'

const counter: Projection<{ notes: string[] }> = {
  name: 'counter',
  version: 1,
  key: (event) => (event.type === 'Noted' ? event.stream : null),
  initial: { notes: [] },
  evolve: (state, event) => ({ notes: [...state.notes, (event.data as { text: string }).text] }),
  render: (state) => `${state.notes.join('\n')}\n`,
}

const fragile: Projection<{ seen: number }> = {
  ...counter,
  name: 'fragile',
  initial: { seen: 0 },
  evolve(state, event) {
    if ((event.data as { text: string }).text === 'a stone') throw new Error('hit by a stone')
    return { seen: state.seen + 1 }
  },
  render: (state) => `${state.seen}\n`,
}

function openLog(log = new MemoryLog()): MemoryStore {
  const clock = manualClock(Date.UTC(2026, 2, 1))
  const store = new MemoryStore({ codec: new Codec(catalogue), clock, log })
  onTestFinished(() => store.close())
  return store
}

async function append(store: EventStore, events: readonly RecordedEvent[]): Promise<Position> {
  let last: Position | undefined
  for (const { id, type, version, data, meta, stream } of events) {
    const event: NewEvent = { id, type, version, data, meta }
    last = (await store.append(stream, [event], { expected: 'any' })).position
  }
  return last!
}

function notes(texts: readonly string[], stream = 'toy-1'): RecordedEvent[] {
  const log = new Recorder({ actor: person })
  for (const text of texts) log.add(stream, 'Noted', { text })
  return log.events
}

/** The same with ids of their own, so that they can follow others in one log. */
function more(texts: readonly string[], first: number): RecordedEvent[] {
  return notes([...Array.from({ length: first }, () => ''), ...texts]).slice(first)
}

function views(kind: 'file' | 'memory', folder: string): ProjectionStore {
  const opened = kind === 'file' ? openProjectionStore(join(folder, 'views.db')) : memoryProjectionStore()
  onTestFinished(() => opened.close())
  return opened
}

async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'daybook-views-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

describe.each(['file', 'memory'] as const)('views in a %s', (kind) => {
  test('are what the projections give for the whole log', async () => {
    const store = openLog()
    const last = await append(store, story())
    const projector = new Projector({ store, projections, views: views(kind, await temporary()) })
    expect(projector.position).toBeNull()
    expect(await projector.lag()).toEqual({ events: story().length, more: false })
    expect(await projector.catchUp()).toBe(last)
    expect(projector.position).toBe(last)
    expect(await projector.lag()).toEqual({ events: 0, more: false })
    for (const projection of projections) {
      for (const [key, state] of project(projection, story())) {
        expect(projector.render(projection.name, key)).toBe(projection.render(state, key))
      }
    }
    expect(await projector.check()).toEqual([])
  })

  test('go on where they were, and a second reader sees what the first folded', async () => {
    const store = openLog()
    const shared = views(kind, await temporary())
    await append(store, notes(['one', 'two']))
    await new Projector({ store, projections: [counter], views: shared }).catchUp()
    const second = new Projector({ store, projections: [counter], views: shared })
    expect(second.get('counter', 'toy-1')).toEqual({ notes: ['one', 'two'] })
    await append(store, more(['three'], 2))
    await second.catchUp()
    expect(second.get('counter', 'toy-1')).toEqual({ notes: ['one', 'two', 'three'] })
  })

  test('of another version are folded again', async () => {
    const store = openLog()
    const shared = views(kind, await temporary())
    await append(store, notes(['one']))
    await new Projector({ store, projections: [counter], views: shared }).catchUp()
    const next: Projection<{ notes: string[] }> = {
      ...counter,
      version: 2,
      evolve: (state) => ({ notes: [...state.notes, 'v2'] }),
    }
    const projector = new Projector({ store, projections: [next], views: shared })
    expect(projector.get('counter', 'toy-1')).toBeUndefined()
    await projector.catchUp()
    expect(projector.get('counter', 'toy-1')).toEqual({ notes: ['v2'] })
  })

  test('two writers on one store lose and repeat nothing', async () => {
    const log = new MemoryLog()
    const folder = await temporary()
    const shared = views(kind, folder)
    const other = kind === 'file' ? views(kind, folder) : shared
    const writers = [shared, other].map(
      (one) => new Projector({ store: openLog(log), projections: [counter], views: one }),
    )
    const store = openLog(log)
    const texts = Array.from({ length: 60 }, (_, index) => `note ${index}`)
    for (const event of notes(texts)) {
      await append(store, [event])
      await Promise.all(writers.map((writer) => writer.catchUp()))
    }
    expect(writers[0]!.get('counter', 'toy-1')).toEqual({ notes: texts })
    expect(await writers[1]!.check()).toEqual([])
  })

  test('that another process folded further are taken up, and what was held of them is forgotten', async () => {
    const log = new MemoryLog()
    const folder = await temporary()
    const shared = views(kind, folder)
    const other = kind === 'file' ? views(kind, folder) : shared
    const [first, second] = [shared, other].map(
      (one) => new Projector({ store: openLog(log), projections: [counter], views: one }),
    )
    const texts = ['one', 'two', 'three']
    for (const [index, writer] of [first!, second!, first!].entries()) {
      await append(openLog(log), more([texts[index]!], index))
      await writer.catchUp()
    }
    expect(second!.get('counter', 'toy-1')).toEqual({ notes: texts })
    expect(await first!.check()).toEqual([])
  })

  test('of another log are thrown away', async () => {
    const shared = views(kind, await temporary())
    const first = openLog()
    await append(first, notes(['one', 'two', 'three']))
    await new Projector({ store: first, projections: [counter], views: shared }).catchUp()
    const older = openLog()
    await append(older, more(['only'], 7))
    const projector = new Projector({ store: older, projections: [counter], views: shared })
    await projector.catchUp()
    expect(projector.get('counter', 'toy-1')).toEqual({ notes: ['only'] })
    expect(projector.diagnostics).toMatchObject([{ code: 'views_of_another_log' }])
  })
})

test('a state that is not what the log gives is found and named, and a rebuild mends it', async () => {
  const store = openLog()
  const shared = memoryProjectionStore()
  const position = await append(store, notes(['one', 'two']))
  const projector = new Projector({ store, projections: [counter, fragile], views: shared })
  await projector.catchUp()
  const from = shared.checkpoint(counter)!
  const states = new Map([
    ['toy-1', '{"notes":["one","zwei"]}'],
    ['toy-9', '{"notes":[]}'],
  ])
  shared.commit([{ projection: counter, from: position, to: from, states }])
  expect(await projector.check()).toEqual([
    {
      projection: 'counter',
      key: 'toy-1',
      firstDifference: 'notes[1]: stored "zwei", the log gives "two"',
    },
    { projection: 'counter', key: 'toy-9', firstDifference: 'is stored, and the log does not give it' },
  ])
  await projector.rebuild()
  expect(await projector.check()).toEqual([])
  expect(projector.keys('counter')).toEqual(['toy-1'])
})

test('a projection that throws is left out with a reason, and the others go on', async () => {
  const store = openLog()
  const projector = new Projector({ store, projections: [fragile, counter], views: memoryProjectionStore() })
  await append(store, notes(['one']))
  await projector.catchUp()
  await append(store, more(['two', 'a stone', 'three'], 1))
  await projector.catchUp()
  expect(projector.get('counter', 'toy-1')).toEqual({ notes: ['one', 'two', 'a stone', 'three'] })
  expect(projector.get('fragile', 'toy-1')).toEqual({ seen: 1 })
  expect(projector.diagnostics).toEqual([
    { code: 'projection_failed', message: expect.stringContaining('hit by a stone') },
  ])
  expect(await projector.check()).toMatchObject([{ projection: 'fragile', key: '' }])
})

test('a projection whose state is no JSON is left out as well', async () => {
  const store = openLog()
  const strange = { ...counter, name: 'strange', evolve: () => (() => 1) as never }
  const projector = new Projector({ store, projections: [strange, counter], views: memoryProjectionStore() })
  await append(store, notes(['one']))
  await projector.catchUp()
  expect(projector.get('strange', 'toy-1')).toBeUndefined()
  expect(projector.get('counter', 'toy-1')).toEqual({ notes: ['one'] })
  expect(projector.diagnostics).toMatchObject([{ code: 'projection_failed' }])
})

test('what is appended while a fold is at its end is folded by the next call', async () => {
  const store = openLog()
  await append(store, notes(['one']))
  const atEnd = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  const paused = new Proxy(store, {
    get(target, name) {
      if (name !== 'readAll') return Reflect.get(target, name, target).bind?.(target)
      return async function* readAll(options: Parameters<EventStore['readAll']>[0]) {
        yield* target.readAll(options)
        atEnd.resolve()
        await goOn.promise
      }
    },
  })
  const projector = new Projector({ store: paused, projections: [counter], views: memoryProjectionStore() })
  const first = projector.catchUp()
  await atEnd.promise
  const position = await append(store, more(['two'], 1))
  const second = projector.catchUp()
  goOn.resolve()
  expect(await first).not.toBe(position)
  expect(await second).toBe(position)
})

test('what is appended is followed until the signal says stop', async () => {
  const store = openLog()
  await append(store, notes(['one']))
  const projector = new Projector({ store, projections: [counter], views: memoryProjectionStore() })
  const stop = new AbortController()
  const following = projector.follow(stop.signal)
  for (let count = 1; count < 20; count += 1) {
    const position = await append(store, more([`note ${count}`], count))
    await projector.waitFor(position)
    expect(projector.position).toBe(position)
  }
  stop.abort()
  await following
  expect(projector.get('counter', 'toy-1')).toMatchObject({ notes: { length: 20 } })
})

test('following alone keeps the views up to date', async () => {
  const store = openLog()
  const shared = memoryProjectionStore()
  const projector = new Projector({ store, projections: [counter], views: shared })
  const stop = new AbortController()
  onTestFinished(() => stop.abort())
  const following = projector.follow(stop.signal)
  const position = await append(store, notes(['one', 'two']))
  await expect.poll(() => projector.position).toBe(position)
  stop.abort()
  await following
})

test('a wait for a position that never comes ends with an error', async () => {
  const store = openLog()
  const last = await append(store, notes(['one']))
  const projector = new Projector({ store, projections: [counter], views: memoryProjectionStore() })
  const beyond = `9${last.slice(1)}` as Position
  await expect(projector.waitFor(beyond, 60)).rejects.toMatchObject({ code: 'unavailable' })
})

test('as of a position is the fold of the log up to it, and touches nothing', async () => {
  const store = openLog()
  const until = await append(store, notes(['one', 'two']))
  await append(store, more(['three'], 2))
  const shared = memoryProjectionStore()
  const projector = new Projector({ store, projections: [counter], views: shared })
  await projector.catchUp()
  const then = await projectAt(store, counter, { until, key: 'toy-1' })
  expect([...then]).toEqual([['toy-1', { notes: ['one', 'two'] }]])
  expect([...(await projectAt(store, counter, { key: 'toy-2' }))]).toEqual([])
  expect(projector.get('counter', 'toy-1')).toMatchObject({ notes: { length: 3 } })
})

test('a projection that does not exist is refused with the names of those that do', () => {
  const projector = new Projector({
    store: openLog(),
    projections: [counter],
    views: memoryProjectionStore(),
  })
  expect(() => projector.get('conter', 'a')).toThrow('There is no projection "conter"; there are counter.')
})

test('events of a version that nobody here can read are skipped', async () => {
  const store = openLog()
  const [event] = notes(['one'])
  const newer = { ...event!, type: 'SummaryRecorded', version: 99, stream: 'session-s', data: { x: 1 } }
  await append(store, [newer])
  const projector = new Projector({ store, projections, views: memoryProjectionStore() })
  await projector.catchUp()
  expect(projector.diagnostics).toEqual([])
  expect(projector.keys('decision-log')).toEqual([])
})
