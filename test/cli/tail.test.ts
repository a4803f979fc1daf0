import { afterEach, describe, expect, test, vi } from 'vitest'
import { lastEvents } from '../../src/cli/asks/events.ts'
import { runningServer } from '../../src/cli/running-server.ts'
import { manualClock } from '../../src/kernel/clock.ts'
import type { RecordedEvent } from '../../src/kernel/event.ts'
import type { Daybook } from '../../src/runtime/daybook.ts'
import { Codec } from '../../src/store/codec.ts'
import { MemoryStore } from '../../src/store/memory.ts'
import type { EventStore } from '../../src/store/port.ts'
import { served } from '../api/given.ts'
import { happened, toyCatalogue } from '../contract/given.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

type Appending = (text: string) => Promise<void>

/** Everything of one type, by its text, until `last` is shown. */
async function shownUntil(
  last: string,
  tail: (given: Parameters<typeof lastEvents.here>[1]) => Promise<void>,
  wanted: { readonly type?: string; readonly count?: number } = {},
): Promise<string[]> {
  const shown: string[] = []
  const stop = new AbortController()
  const onEvent = ({ type, data }: RecordedEvent) => {
    if (type !== 'Raced') return
    const { text } = data as { text: string }
    shown.push(text)
    if (text === last) stop.abort()
  }
  await tail({ type: 'Raced', count: 10, ...wanted, onEvent, follow: stop.signal })
  return shown
}

const appendingTo =
  (store: EventStore): Appending =>
  async (text) => {
    await store.append('raced-a', [happened('Raced', { text })], { expected: 'any' })
  }

function around(log: EventStore, other: Partial<EventStore>): EventStore {
  return new Proxy(log, {
    get(target, name) {
      const value = (Reflect.get(other, name) ?? Reflect.get(target, name, target)) as unknown
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

const emptyLog = () => new MemoryStore({ codec: new Codec(toyCatalogue), clock: manualClock(0) })

describe('what is appended while tail -f turns from the last events to what comes is shown once', () => {
  test.each([[[]], [['before']]])('in a log here that held %j', async (before) => {
    const log = emptyLog()
    const append = appendingTo(log)
    for (const text of before) await append(text)
    await log.append('other-a', [happened('Other')], { expected: 'no_stream' })
    const store = around(log, {
      async lastPosition() {
        await append('before the end is known')
        const end = await log.lastPosition()
        await append('when the end is known')
        return end
      },
      async *readAll(options) {
        yield* log.readAll(options)
        await append('after the look back')
      },
      async *subscribe(options) {
        await append('the last')
        yield* log.subscribe(options)
      },
    })
    const daybook = { project: { store } } as unknown as Daybook
    const shown = await shownUntil('the last', (given) => lastEvents.here(daybook, given))
    expect(shown).toEqual([
      ...before,
      'before the end is known',
      'when the end is known',
      'after the look back',
      'the last',
    ])
  })

  test('also when nothing matched, and in a log that was empty', async () => {
    const log = emptyLog()
    const append = appendingTo(log)
    const store = around(log, {
      async *readAll(options) {
        yield* log.readAll(options)
        await append('after the look back')
        await append('the last')
      },
    })
    const daybook = { project: { store } } as unknown as Daybook
    const tail = (given: Parameters<typeof lastEvents.here>[1]) => lastEvents.here(daybook, given)
    expect(await shownUntil('the last', tail)).toEqual(['after the look back', 'the last'])
    expect(await shownUntil('the last', tail, { count: 1 })).toEqual(['the last'])
  })

  test.each([
    { before: [], behind: [2] },
    { before: [], behind: [1, 2] },
    { before: ['before'], behind: [1, 2] },
    { before: ['before'], behind: [2] },
  ])('at a server whose log held $before, behind answers $behind', async ({ before, behind }) => {
    const { url, daybook } = await served()
    const append = appendingTo(daybook.project.store)
    for (const text of before) await append(text)
    const asked = { last: 0 }
    const real = globalThis.fetch
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
      const address = String(input instanceof Request ? input.url : input)
      if (!address.includes('/v1/events')) return real(input, init)
      const query = new URL(address).searchParams
      if (query.get('last') === null) {
        await append('the last')
        return real(input, init)
      }
      asked.last += 1
      const answer = await real(input, init)
      if (behind.includes(asked.last)) await append(`behind answer ${asked.last}`)
      return answer
    })
    const server = runningServer(url, null)
    const shown = await shownUntil('the last', (given) => lastEvents.there(server, given))
    expect(asked.last).toBe(2)
    expect(shown).toEqual([...before, ...behind.map((nth) => `behind answer ${nth}`), 'the last'])
  })
})

test('tail reads no further back than it must', async () => {
  const log = emptyLog()
  for (let nth = 0; nth < 20; nth += 1) await appendingTo(log)(`${nth}`)
  let read = 0
  const store = around(log, {
    async *readAll(options) {
      for await (const event of log.readAll(options)) {
        read += 1
        yield event
      }
    },
  })
  const shown: unknown[] = []
  const onEvent = ({ data }: RecordedEvent) => shown.push((data as { text: string }).text)
  const daybook = { project: { store } } as unknown as Daybook
  await lastEvents.here(daybook, { count: 3, onEvent, follow: null })
  expect(shown).toEqual(['17', '18', '19'])
  expect(read).toBe(3)
})
