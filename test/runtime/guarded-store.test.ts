import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { NewEvent } from '../../src/kernel/event.ts'
import { events } from '../../src/runtime/catalogue.ts'
import { GuardedStore } from '../../src/runtime/secrets/guarded-store.ts'
import type { Secrets } from '../../src/runtime/secrets/secrets.ts'
import { Codec } from '../../src/store/codec.ts'
import { MemoryStore } from '../../src/store/memory.ts'
import { eventId, person } from '../projections/events.ts'

const told = (index: number, ms: number): NewEvent => ({
  id: eventId(index),
  type: 'Told',
  version: 1,
  data: { ms },
  meta: { actor: person },
})

test('appends reach the store in the order in which they were asked for, however long each is looked at', async () => {
  const store = new MemoryStore({ codec: new Codec(events), clock: { now: () => Date.now() } })
  const slow = {
    json: async ([data, meta]: [{ ms: number }, unknown]) => {
      await delay(data.ms)
      if (data.ms === 13) throw new Error('cannot be looked at')
      return { value: [data, meta], redactions: [] }
    },
  } as unknown as Secrets
  const guarded = new GuardedStore(store, slow)
  const asked = [
    guarded.append('told-a', [told(1, 40)], { expected: 'no_stream' }),
    guarded.append('told-b', [told(2, 13)], { expected: 'no_stream' }),
    guarded.append('told-a', [told(3, 0)], { expected: 0 }),
    guarded.append('told-a', [told(4, 20)], { expected: 1 }),
  ]
  const ends = (await Promise.allSettled(asked)).map(({ status }) => status)
  expect(ends).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
  const ids = (await Array.fromAsync(store.readAll())).map(({ id }) => id)
  expect(ids).toEqual([1, 3, 4].map(eventId))
})
