import { v7 } from 'uuid'
import { describe, expect, test } from 'vitest'
import { patternsPolicy } from '../../src/handoffs/routing/policy.ts'
import { manualClock } from '../../src/kernel/clock.ts'
import { type NewEvent, type RecordedEvent, shortPosition } from '../../src/kernel/event.ts'
import { events as catalogue } from '../../src/runtime/catalogue.ts'
import { type Project, projectOn } from '../../src/runtime/project.ts'
import { memoryProjectionStore, type ProjectionStore } from '../../src/runtime/projection-store.ts'
import { type Moments, resolveWhen } from '../../src/runtime/when.ts'
import { Codec } from '../../src/store/codec.ts'
import { MemoryStore } from '../../src/store/memory.ts'

const startMs = Date.UTC(2026, 2, 1, 9, 0, 0)
const secondMs = 1_000
const iso = (second: number) => new Date(startMs + second * secondMs).toISOString()

/** A log whose events were recorded at these seconds, as an import brings them; the clock stands at second 10,000. */
async function logged(seconds: readonly number[], views?: ProjectionStore): Promise<Project> {
  const clock = manualClock(startMs + 10_000 * secondMs)
  const store = new MemoryStore({ codec: new Codec(catalogue), clock })
  for (const [index, second] of seconds.entries()) {
    const meta = { actor: { kind: 'unknown' as const, id: 'import' }, recordedAt: iso(second) }
    const id = v7({ msecs: startMs + second * secondMs - 5 })
    const event: NewEvent = { id, type: 'Noted', version: 1, data: { index }, meta }
    await store.append(`session-s${index % 3}`, [event], { expected: 'any' })
  }
  return projectOn({ store, clock, policy: patternsPolicy, ...(views === undefined ? {} : { views }) })
}

const place = async (moments: Moments, when: string) => {
  const found = await resolveWhen(moments, when)
  return found === null ? null : Number(shortPosition(found))
}

test('a position, an event and the end of a session mean what they name', async () => {
  const project = await logged([0, 1, 2, 3, 4, 5, 6])
  const events: RecordedEvent[] = await Array.fromAsync(project.store.readAll())
  expect(await place(project, '3')).toBe(3)
  expect(await place(project, '0')).toBe(0)
  for (const [index, event] of events.entries())
    expect(await place(project, `event:${event.id}`)).toBe(index + 1)
  expect(await place(project, 'session:s0')).toBe(7)
  expect(await place(project, 'session:s2')).toBe(6)
})

test('a time is the last event recorded at or before it, in any zone and precision', async () => {
  const project = await logged([0, 1, 2, 2, 3])
  expect(await place(project, iso(2))).toBe(4)
  expect(await place(project, '2026-03-01T09:00:01Z')).toBe(2)
  expect(await place(project, '2026-03-01T09:00:01.999Z')).toBe(2)
  expect(await place(project, '2026-03-01T09:00:01.999999999Z')).toBe(2)
  expect(await place(project, '2026-03-01T11:00:01+02:00')).toBe(2)
  expect(await place(project, '2026-03-01T11:00:01+0200')).toBe(2)
  expect(await place(project, '2026-03-01T04:30:01-04:30')).toBe(2)
  // As a query without its plus sign escaped gives it.
  expect(await place(project, '2026-03-01T11:00:01 02:00')).toBe(2)
  expect(await place(project, '2026-03-01T09:00:01')).toBe(2)
  expect(await place(project, '2026-03-01T09:00')).toBe(1)
  expect(await place(project, '2026-03-01')).toBeNull()
  expect(await place(project, '2026-02-28T23:59:59Z')).toBeNull()
})

test('a relative time counts back from now', async () => {
  const project = await logged([0, 1, 2, 3])
  expect(await place(project, 'now')).toBe(4)
  expect(await place(project, '1 minute ago')).toBe(4)
  expect(await place(project, '9998 seconds ago')).toBe(3)
  expect(await place(project, '9999 Seconds  AGO')).toBe(2)
  expect(await place(project, '1 day ago')).toBeNull()
})

test('where imported times go backwards, what counts is the latest so far', async () => {
  const project = await logged([10, 5, 30, 20, 20, 40])
  expect(await place(project, iso(5))).toBeNull()
  expect(await place(project, iso(10))).toBe(2)
  expect(await place(project, iso(20))).toBe(2)
  expect(await place(project, iso(30))).toBe(5)
  expect(await place(project, iso(39))).toBe(5)
  expect(await place(project, iso(40))).toBe(6)
})

describe('on a long log', () => {
  // A walk that often goes back, long enough that marks are thinned out.
  const seconds = Array.from({ length: 700 }, (_, index) => index + ((index * 7919) % 101))
  const expected = (second: number) => {
    const beyond = seconds.findIndex((one) => one > second)
    return beyond === 0 ? null : beyond < 0 ? seconds.length : beyond
  }

  test('marks find every time where reading from the start finds it, also when recalled from a snapshot', async () => {
    const views = memoryProjectionStore()
    const project = await logged(seconds, views)
    const { store, clock } = project
    await project.reading.refresh()
    project.reading.keep()
    const later = projectOn({ store, clock, policy: patternsPolicy, views })
    for (let second = -1; second < 810; second += 13) {
      expect(await place({ store, clock }, iso(second))).toBe(expected(second))
      expect(await place(project, iso(second))).toBe(expected(second))
      expect(await place(later, iso(second))).toBe(expected(second))
    }
  })

  test('a time is read from the nearest mark, and an id from its own time', async () => {
    const project = await logged(seconds)
    const events = await Array.fromAsync(project.store.readAll())
    await project.reading.refresh()
    const counted = counting(project)
    await place(counted.moments, iso(650))
    expect(counted.read()).toBeLessThan(150)
    expect(await place(counted.moments, `event:${events[600]!.id}`)).toBe(601)
    expect(counted.read()).toBeLessThan(400)
  })

  test('an id whose time is wrong is found all the same', async () => {
    const project = await logged(seconds)
    const meta = { actor: { kind: 'unknown' as const, id: 'import' }, recordedAt: iso(3) }
    const event = {
      id: v7({ msecs: startMs + 9_000_000 * secondMs }),
      type: 'Noted',
      version: 1,
      data: {},
      meta,
    }
    await project.store.append('session-odd', [event], { expected: 'no_stream' })
    expect(await place(counting(project).moments, `event:${event.id}`)).toBe(701)
  })
})

test('what is no moment, or none yet, is refused with what is expected', async () => {
  const project = await logged([0, 1, 2])
  const wrong = [
    '',
    'yesterday',
    '-1',
    '1.5',
    '2026-13-01',
    '2026-02-30',
    '2026-03-01T25:00',
    'event:',
    'session:',
  ]
  for (const when of [
    ...wrong,
    'event:a b',
    'last week',
    '3 fortnights ago',
    'ago',
    '2026-03-01T09:00:00+99:99',
  ])
    await expect(resolveWhen(project, when), when).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/expected/u),
    })
  for (const when of ['4', '99999999999999999999', iso(10_001), '2999-01-01'])
    await expect(resolveWhen(project, when), when).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('future'),
    })
  for (const when of [`event:${v7()}`, 'session:nobody'])
    await expect(resolveWhen(project, when), when).rejects.toMatchObject({ code: 'not_found' })
  const empty = await logged([])
  expect(await place(empty, 'now')).toBeNull()
  await expect(resolveWhen(empty, '1')).rejects.toMatchObject({
    message: expect.stringContaining('is empty'),
  })
})

/** A store that cannot look ids up, as a remote one, and counts what it is made to read. */
function counting({ store, clock, times, reading }: Project) {
  let read = 0
  async function* readAll(options?: Parameters<typeof store.readAll>[0]) {
    for await (const event of store.readAll(options)) {
      read += 1
      yield event
    }
  }
  const slow = new Proxy(store, {
    get: (target, name) => {
      if (name === 'find') return undefined
      if (name === 'readAll') return readAll
      const value = Reflect.get(target, name, target) as unknown
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return { moments: { store: slow, clock, times, reading }, read: () => read }
}
