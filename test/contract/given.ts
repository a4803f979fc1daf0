import { v7 } from 'uuid'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import type { Clock } from '../../src/kernel/clock.ts'
import type { EventMeta, Json, NewEvent, RecordedEvent } from '../../src/kernel/event.ts'
import { type Catalogue, catalogue } from '../../src/kernel/event-schema.ts'
import { text } from '../../src/kernel/words.ts'
import { Codec } from '../../src/store/codec.ts'
import { type EventStore, StoreError, type SubscriptionItem } from '../../src/store/port.ts'

/** What a backend can be made to do. Claims about a fault that is absent are skipped, with a reason. */
export interface Faults {
  /** The backend takes requests and does not answer, until `restore`. It may or may not carry them out. */
  silence?(): void | Promise<void>
  restore?(): void | Promise<void>
  /** Every open connection ends, without a word; new ones work. */
  killConnections?(): void | Promise<void>
}

/** An empty log and a store on it. */
export interface OpenedLog {
  readonly store: EventStore
  /** One more store on the same log, as another process would open it. */
  another(): Promise<EventStore>
  readonly faults?: Faults
  /** Ends what is not a store: servers, folders. All stores are closed before. */
  dispose(): Promise<void>
}

export type OpenLog = (given: { readonly codec: Codec; readonly clock: Clock }) => Promise<OpenedLog>

/** Opens a log that closes itself when its test is over. */
export type Given = (clock?: Clock) => Promise<OpenedLog>

export const systemClock: Clock = { now: () => Date.now() }

/** `Measured` has a past: version 1 had seconds. Every other type is unknown, and takes any JSON. */
export const toyCatalogue: Catalogue = catalogue(
  [
    {
      Noted: z.object({ text: text(300_000) }),
      Measured: z.object({ ms: z.number() }),
    },
  ],
  { Measured: [(data) => ({ ms: (data as { seconds: number }).seconds * 1000 })] },
)

export function givenWith(open: OpenLog): Given {
  return async (clock = systemClock) => {
    const opened = await open({ codec: new Codec(toyCatalogue), clock })
    const stores = [opened.store]
    onTestFinished(async () => {
      await opened.faults?.restore?.()
      await Promise.all(stores.map((store) => store.close()))
      await opened.dispose()
    })
    return {
      ...opened,
      another: async () => {
        const store = await opened.another()
        stores.push(store)
        return store
      },
    }
  }
}

export const actor = { kind: 'person', id: 'tester' } as const

/** An event of an unknown type: any JSON goes. */
export function happened(type: string, data: unknown = {}, meta: Partial<EventMeta> = {}): NewEvent {
  return { id: v7(), type, version: 1, data, meta: { actor, ...meta } }
}

export function noted(said = 'a note', meta: Partial<EventMeta> = {}): NewEvent {
  return happened('Noted', { text: said }, meta)
}

export function notes(count: number): NewEvent[] {
  return Array.from({ length: count }, (_, index) => noted(`note ${index}`))
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}

export function textsOf(events: readonly RecordedEvent[]): Json[] {
  return events.map((event) => (event.data as { text: string }).text)
}

/** The error that `doing` ends with; fails when it succeeds or fails with anything but a StoreError. */
export async function refusal(doing: Promise<unknown>): Promise<StoreError> {
  const outcome = await doing.then(
    (value) => new Error(`expected a StoreError, got ${JSON.stringify(value)}`),
    (error: unknown) => error,
  )
  if (outcome instanceof StoreError) return outcome
  throw outcome
}

/** A subscription read in the background: what it gave so far, and a way to wait for more. */
export interface Following {
  readonly items: SubscriptionItem[]
  events(): RecordedEvent[]
  /** Resolves once `enough` holds; rejects when the subscription ends or 8 seconds pass before that. */
  until(enough: () => boolean): Promise<void>
  /** Resolves once history is over. */
  caughtUp(): Promise<void>
  /** Aborts; resolves when the iteration has ended. */
  stop(): Promise<void>
  /** Resolves when the iteration ends, with the error it ended with. */
  readonly ended: Promise<unknown>
}

export function follow(
  store: EventStore,
  options: Omit<Parameters<EventStore['subscribe']>[0], 'signal'> = { from: 'start' },
): Following {
  const controller = new AbortController()
  const items: SubscriptionItem[] = []
  const waiting = new Set<() => void>()
  const look = () => {
    for (const waiter of [...waiting]) waiter()
  }
  let over = false
  const run = async () => {
    for await (const item of store.subscribe({ ...options, signal: controller.signal })) {
      items.push(item)
      look()
    }
  }
  const ended = run().then(
    () => undefined,
    (error: unknown) => error,
  )
  void ended.then(() => {
    over = true
    look()
  })
  onTestFinished(() => controller.abort())
  const until = (enough: () => boolean) =>
    new Promise<void>((resolve, reject) => {
      const settle = (outcome: () => void) => {
        clearTimeout(timer)
        waiting.delete(waiter)
        outcome()
      }
      const seen = () => items.map((item) => item.kind).join(' ')
      const waiter = () => {
        if (enough()) settle(resolve)
        else if (over)
          void ended.then((error) => settle(() => reject(error ?? new Error(`ended early: ${seen()}`))))
      }
      const timer = setTimeout(() => settle(() => reject(new Error(`waited too long: ${seen()}`))), 40_000)
      waiting.add(waiter)
      waiter()
    })
  return {
    items,
    events: () => items.flatMap((item) => (item.kind === 'event' ? [item.event] : [])),
    until,
    caughtUp: () => until(() => items.some((item) => item.kind === 'caught_up')),
    async stop() {
      controller.abort()
      await ended
    },
    ended,
  }
}

/** Skips a claim out loud: what cannot be shown here is said, not hidden. */
export function skipLoudly(skip: (note: string) => void, reason: string): void {
  console.warn(`SKIPPED: ${reason}`)
  skip(reason)
}
