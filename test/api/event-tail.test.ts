import { expect, onTestFinished, test } from 'vitest'
import { eventFrames } from '../../src/api/event-stream.ts'
import { type Interest, tailOf } from '../../src/api/event-tail.ts'
import type { NewEvent, Position } from '../../src/kernel/event.ts'
import { limits } from '../../src/kernel/limits.ts'
import { events as catalogue } from '../../src/runtime/catalogue.ts'
import { systemIds } from '../../src/runtime/ids.ts'
import { Codec } from '../../src/store/codec.ts'
import { MemoryStore } from '../../src/store/memory.ts'
import type { EventStore } from '../../src/store/port.ts'

const everything: Interest = { name: 'everything', workflow: null, matches: () => true }
const ofWorkflow = (workflow: string): Interest => ({
  name: workflow,
  workflow,
  matches: ({ meta }) => meta.correlation === workflow,
})

/** A log that counts how often it is asked. */
function given() {
  const store = new MemoryStore({ codec: new Codec(catalogue), clock: { now: () => Date.now() } })
  const asked = { readAll: 0, subscribe: 0 }
  const counting = new Proxy<EventStore>(store, {
    get(target, name) {
      if (name === 'readAll' || name === 'subscribe') asked[name] += 1
      const value = Reflect.get(target, name) as unknown
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const append = async (count: number, workflow = 'w') => {
    for (let left = count; left > 0; left -= 500) {
      const events = Array.from({ length: Math.min(left, 500) }, () => noted(workflow))
      await store.append('notes', events, { expected: 'any' })
    }
  }
  return { store: counting, asked, append }
}

function noted(correlation: string): NewEvent {
  const meta = { actor: { kind: 'worker', id: 'test' } as const, correlation }
  return { id: systemIds.next(), type: 'Noted', version: 1, data: { text: 'x'.repeat(200) }, meta }
}

function follow(
  store: EventStore,
  { interest = everything, after = null as Position | null, heartbeatMs = 60_000 } = {},
) {
  const left = new AbortController()
  onTestFinished(() => left.abort())
  const following = { store, after, filter: undefined, interest, heartbeatMs }
  return { frames: eventFrames(following, left.signal), leave: () => left.abort() }
}

const idsIn = (frames: string) => [...frames.matchAll(/^id: (\d+)\ndata/gmu)].map(([, id]) => Number(id))

async function take(frames: AsyncGenerator<string, void>, count: number): Promise<number[]> {
  const ids: number[] = []
  while (ids.length < count) {
    const { value, done } = await frames.next()
    if (done === true) throw new Error(`ended after ${ids.length}`)
    ids.push(...idsIn(value))
  }
  return ids
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

test('many clients cost one subscription, and none that is up to date reads the store', async () => {
  const { store, asked, append } = given()
  await append(10)
  const after = await store.lastPosition()
  const clients = Array.from({ length: 50 }, () => follow(store, { after }))
  const taken = clients.map(({ frames }) => take(frames, 20))
  await expect.poll(() => tailOf(store).end).toBe(after)
  await append(20)
  for (const ids of await Promise.all(taken)) expect(ids).toEqual(upTo(30).slice(10))
  expect(asked).toEqual({ readAll: 0, subscribe: 1 })
})

test('a client that is slower than the tail is long misses nothing and sees nothing twice', async () => {
  const { store, append } = given()
  await append(700)
  const slow = follow(store)
  const quick = follow(store)
  const total = 700 + limits.eventTailEvents * 2 + 123
  const quickly = take(quick.frames, total)
  const first = await take(slow.frames, 1)
  await append(total - 700)
  expect(await quickly).toEqual(upTo(total))
  const rest = await take(slow.frames, total - first.length)
  expect([...first, ...rest]).toEqual(upTo(total))
})

test('whoever leaves at any frame goes on behind it, while others write', async () => {
  const { store, append } = given()
  const total = 3_000
  const writing = (async () => {
    for (let count = 0; count < total; count += 60) await append(60)
  })()
  const seen: number[] = []
  while (seen.length < total) {
    const last = seen.at(-1)
    const after = last === undefined ? null : (String(last).padStart(20, '0') as Position)
    const client = follow(store, { after })
    const wanted = Math.min(total - seen.length, 1 + (seen.length % 97))
    seen.push(...(await take(client.frames, wanted)))
    client.leave()
    await client.frames.return()
  }
  await writing
  expect(seen).toEqual(upTo(total))
})

test('a client is told only of what it asked for, and not woken for the rest', async () => {
  const { store, append } = given()
  const one = follow(store, { interest: ofWorkflow('one') })
  const first = take(one.frames, 1)
  await append(40, 'other')
  await append(1, 'one')
  await append(1, 'other')
  expect(await first).toEqual([41])
})

test('a client for which nothing comes reads nothing, however far the log goes on; its place moves on', async () => {
  const { store, asked, append } = given()
  await append(1)
  const after = await store.lastPosition()
  const { frames } = follow(store, { interest: ofWorkflow('quiet'), after, heartbeatMs: 10 })
  await frames.next()
  const heard = frames.next()
  await expect.poll(() => tailOf(store).end).toBe(after)
  await append(limits.eventTailEvents * 2, 'other')
  await heard
  for (let place = ''; !place.endsWith(String(limits.eventTailEvents * 2 + 1)); ) {
    const { value } = await frames.next()
    place = /^id: (\d+)$/mu.exec(value as string)?.[1] ?? place
  }
  expect(asked).toEqual({ readAll: 0, subscribe: 1 })
})

test('when the last client leaves, nobody reads the log any more; the next one begins again', async () => {
  const { store, asked, append } = given()
  await append(3)
  const one = follow(store)
  expect(await take(one.frames, 3)).toEqual([1, 2, 3])
  one.leave()
  await one.frames.return()
  await append(3)
  const two = follow(store)
  expect(await take(two.frames, 6)).toEqual(upTo(6))
  expect(asked.subscribe).toBe(2)
})

test('a tail that breaks ends its streams; who comes back goes on where it was', async () => {
  const { store, append } = given()
  await append(2)
  let broken = true
  const failing = new Proxy<EventStore>(store, {
    get(target, name) {
      if (name === 'subscribe' && broken)
        return () => ({
          [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('the store is away')) }),
        })
      const value = Reflect.get(target, name) as unknown
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const one = follow(failing)
  await expect(take(one.frames, 3)).rejects.toThrow('the store is away')
  broken = false
  const two = follow(failing)
  const taken = take(two.frames, 5)
  await append(3)
  expect(await taken).toEqual(upTo(5))
})
