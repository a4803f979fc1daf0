import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { projections } from '../../projections/index.ts'
import { type Projection, project } from '../../src/kernel/projection.ts'
import {
  memoryProjectionStore,
  openProjectionStore,
  type ProjectionStore,
} from '../../src/runtime/projection-store.ts'
import { Projector } from '../../src/runtime/projector.ts'
import { MemoryLog } from '../../src/store/memory.ts'
import { story } from '../projections/story.ts'
import { append, counter, fragile, more, notes, openLog } from './projector-given.ts'

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
