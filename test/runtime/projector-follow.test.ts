import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { projections } from '../../projections/index.ts'
import type { Position } from '../../src/kernel/event.ts'
import { memoryProjectionStore, openProjectionStore } from '../../src/runtime/projection-store.ts'
import { Projector, projectAt } from '../../src/runtime/projector.ts'
import type { EventStore } from '../../src/store/port.ts'
import { append, counter, fragile, more, notes, openLog } from './projector-given.ts'

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

test('once closed, a fold says so', async () => {
  const store = openLog()
  await append(store, notes(['one']))
  const folder = await mkdtemp(join(tmpdir(), 'daybook-views-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const views = openProjectionStore(join(folder, 'views.db'))
  const projector = new Projector({ store, projections: [counter], views })
  await projector.catchUp()
  projector.close()
  await append(store, more(['two'], 1))
  await expect(projector.catchUp()).rejects.toMatchObject({ code: 'closed' })
})
