import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import type { HandoffCommand } from '../../src/handoffs/commands.ts'
import { handoffDecider } from '../../src/handoffs/decider.ts'
import { manualClock } from '../../src/kernel/clock.ts'
import { fold } from '../../src/kernel/decider.ts'
import { DaybookError } from '../../src/kernel/errors.ts'
import type { EventMeta, RecordedEvent } from '../../src/kernel/event.ts'
import { limits } from '../../src/kernel/limits.ts'
import { events as catalogue } from '../../src/runtime/catalogue.ts'
import { systemIds } from '../../src/runtime/ids.ts'
import { Streams } from '../../src/runtime/streams.ts'
import { handoff, workflow } from '../../src/runtime/targets.ts'
import { Codec } from '../../src/store/codec.ts'
import { MemoryLog, MemoryStore } from '../../src/store/memory.ts'
import { type EventStore, StoreError } from '../../src/store/port.ts'
import { ask, at, progress, route, take } from '../handoffs/handoff-spec.ts'
import { worker } from '../projections/events.ts'
import { start } from '../workflows/workflow-spec.ts'

const meta: EventMeta = { actor: worker, correlation: 'w1' }
const one = handoff('one')

let log: MemoryLog
let store: FaultyStore

beforeEach(() => {
  log = new MemoryLog()
  store = new FaultyStore(log)
})

/** A process of its own on the shared log. */
const streamsOn = (on: EventStore) => new Streams({ store: on, catalogue, ids: systemIds })
const another = () => streamsOn(new FaultyStore(log))

async function eventsOf(stream: string): Promise<RecordedEvent[]> {
  return Array.fromAsync(store.readStream(stream))
}

const types = async (stream: string) => (await eventsOf(stream)).map(({ type }) => type)

describe('a command', () => {
  test('is decided on the stream as it stands, and its events come back as the log has them', async () => {
    const streams = streamsOn(store)
    const outcome = await streams.execute(one, ask(), meta)
    expect(outcome).toMatchObject({
      kind: 'accepted',
      state: { status: 'requested' },
      events: [{ type: 'HandoffRequested', stream: 'handoff-one', revision: 0, meta: { correlation: 'w1' } }],
    })
    expect((await streams.load(one)).status).toBe('requested')
  })

  test('that was said before appends nothing, also in another process that has not read yet', async () => {
    await streamsOn(store).execute(one, ask(), meta)
    const again = await another().execute(one, ask(), meta)
    expect(again).toMatchObject({ kind: 'accepted', events: [], state: { status: 'requested' } })
    expect(await types(one.stream)).toEqual(['HandoffRequested'])
  })

  test('is refused only after a look at what others appended', async () => {
    const behind = streamsOn(store)
    await behind.load(one)
    await another().execute(one, ask(), meta)
    await another().execute(one, route(), meta)
    expect(await behind.execute(one, take(), meta)).toMatchObject({
      kind: 'accepted',
      state: { status: 'accepted' },
    })
    expect(await behind.execute(one, { type: 'CancelHandoff', by: worker, reason: '' }, meta)).toMatchObject({
      kind: 'accepted',
    })
    expect(await behind.execute(one, take(), meta)).toMatchObject({
      kind: 'rejected',
      rejection: { code: 'not_open' },
      state: { status: 'cancelled' },
    })
  })

  test('that breaks a schema is refused by the store, and nothing is remembered of it', async () => {
    const streams = streamsOn(store)
    await expect(streams.execute(one, ask({ need: 'lone \ud800' }), meta)).rejects.toMatchObject({
      code: 'invalid',
    })
    expect((await streams.load(one)).status).toBe('none')
  })
})

describe('many at one stream', () => {
  test('of several workers one gets the handoff, the others are told who has it', async () => {
    await streamsOn(store).execute(one, ask(), meta)
    await streamsOn(store).execute(one, route(), meta)
    const shared = another()
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        (index % 2 === 0 ? shared : another()).execute(one, take({ worker: `worker-${index}` }), meta),
      ),
    )
    const winners = outcomes.filter((outcome) => outcome.kind === 'accepted' && outcome.events.length > 0)
    expect(winners).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome.kind === 'rejected')).toHaveLength(11)
    expect(await types(one.stream)).toEqual(['HandoffRequested', 'HandoffRouted', 'HandoffAccepted'])
  })

  test('no command is lost and none is appended twice', async () => {
    const streams = streamsOn(store)
    for (const command of [ask(), route(), take({ worker: 'worker-1' })])
      await streams.execute(one, command, meta)
    const reports = Array.from({ length: 20 }, (_, index) =>
      progress({ note: `step ${index}`, steps: index + 1 }),
    )
    const outcomes = await Promise.all(
      reports.map((report, index) => (index % 3 === 0 ? streams : another()).execute(one, report, meta)),
    )
    const events = (await eventsOf(one.stream)).slice(3)
    expect(events.map(({ data }) => (data as { note: string }).note).sort()).toEqual(
      reports.map((report) => 'note' in report && report.note).sort(),
    )
    for (const outcome of outcomes) expect(outcome.kind === 'accepted' && outcome.events).toHaveLength(1)
    expect(await streams.load(one)).toEqual(fold(handoffDecider, await eventsOf(one.stream)))
  })

  test('each learns of its own events, however many look at the stream meanwhile', async () => {
    const streams = streamsOn(store)
    store.afterAppend = async () => void (await Promise.all([streams.load(one), streams.load(one)]))
    for (const command of [ask(), route(), take()]) {
      const outcome = await streams.execute(one, command, meta)
      expect(outcome.kind === 'accepted' && outcome.events).toHaveLength(1)
    }
  })

  test('somebody who is always quicker is given way to for a while, then it is said', async () => {
    const streams = streamsOn(store)
    await streams.execute(one, ask(), meta)
    let quicker = 0
    store.beforeAppend = async () => {
      quicker += 1
      throw new StoreError('wrong_expected', 'too late', { stream: one.stream })
    }
    const error = await streams.execute(one, route(), meta).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(DaybookError)
    expect(error).toMatchObject({ code: 'unavailable' })
    expect(quicker).toBe(limits.optimisticRetriesMax)
  })
})

describe('a store in trouble', () => {
  test('that lost its answer after it wrote gets the same ids once more, and keeps one copy', async () => {
    const streams = streamsOn(store)
    const sent: string[][] = []
    store.beforeAppend = async (_, events) => void sent.push(events.map(({ id }) => id))
    let lost = 2
    store.afterAppend = async () => {
      lost -= 1
      if (lost >= 0) throw new StoreError('unknown_outcome', 'the answer was lost')
    }
    const outcome = await streams.execute(one, ask(), meta)
    expect(sent).toHaveLength(3)
    expect(new Set(sent.flat()).size).toBe(1)
    expect(outcome.kind === 'accepted' && outcome.events).toHaveLength(1)
    expect(await types(one.stream)).toEqual(['HandoffRequested'])
  })

  test('that was away comes back', async () => {
    let away = 3
    store.beforeAppend = async () => {
      away -= 1
      if (away >= 0) throw new StoreError('unavailable', 'away')
    }
    expect(await streamsOn(store).execute(one, ask(), meta)).toMatchObject({ kind: 'accepted' })
  })

  test('that answers what no retry mends is asked once', async () => {
    let asked = 0
    store.beforeAppend = async () => {
      asked += 1
      throw new StoreError('disk_full', 'full')
    }
    await expect(streamsOn(store).execute(one, ask(), meta)).rejects.toMatchObject({ code: 'disk_full' })
    expect(asked).toBe(1)
  })
})

describe('what is kept of streams', () => {
  test('is bounded, and what was let go is read again', async () => {
    const streams = streamsOn(store)
    const count = limits.streamsCachedMax + 20
    for (let index = 0; index < count; index += 1) await streams.execute(workflow(`w${index}`), start(), meta)
    store.reads.clear()
    expect((await streams.load(workflow('w0'))).status).toBe('running')
    expect(store.reads.get('workflow-w0')).toEqual([0])
    await streams.load(workflow(`w${count - 1}`))
    expect(store.reads.get(`workflow-w${count - 1}`)).toEqual([1])
    for (let index = 0; index < count; index += 1) {
      const outcome = await streams.execute(workflow(`w${index}`), start(), meta)
      expect(outcome).toMatchObject({ kind: 'accepted', events: [], state: { status: 'running' } })
    }
  })

  test('is right also when it was let go while it was read', async () => {
    const streams = streamsOn(store)
    for (const command of [ask(), route()]) await streams.execute(one, command, meta)
    await another().execute(one, take(), meta)
    store.duringRead = async (stream) => {
      if (stream !== one.stream) return
      store.duringRead = null
      for (let index = 0; index < limits.streamsCachedMax; index += 1)
        await streams.execute(workflow(`w${index}`), start(), meta)
    }
    const state = await streams.load(one)
    expect(state).toEqual(fold(handoffDecider, await eventsOf(one.stream)))
    expect(state.request).not.toBe(null)
  })

  test('is what a fold of the stream gives, in whatever order several processes speak', async () => {
    const commands = fc.constantFrom<HandoffCommand>(
      ask(),
      route(),
      take(),
      take({ worker: 'worker-3', takeover: 'expired', now: at(59) }),
      progress({ steps: 3 }),
      progress({ leaseUntil: at(45) }),
      { type: 'ExpireHandoff', reason: 'Too late.' },
      { type: 'RedriveHandoff', by: worker, reason: 'Again.' },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat({ max: 2 }), commands), { maxLength: 25 }), async (said) => {
        const fresh = new MemoryLog()
        const processes = [0, 1, 2].map(() => streamsOn(new FaultyStore(fresh)))
        await Promise.all(said.map(([who, command]) => processes[who]!.execute(one, command, meta)))
        const events = await Array.fromAsync(new FaultyStore(fresh).readStream(one.stream))
        for (const streams of processes) expect(await streams.load(one)).toEqual(fold(handoffDecider, events))
      }),
      { numRuns: 40 },
    )
  })
})

/** A memory store that fails, and lets others in, where a test says. */
class FaultyStore extends MemoryStore {
  beforeAppend: ((stream: string, events: readonly { id: string }[]) => Promise<void>) | null = null
  afterAppend: (() => Promise<void>) | null = null
  duringRead: ((stream: string) => Promise<void>) | null = null
  /** By stream: from which revision it was read. */
  readonly reads = new Map<string, number[]>()

  constructor(shared: MemoryLog) {
    super({ codec: new Codec(catalogue), clock: manualClock(Date.UTC(2026, 2, 1)), log: shared })
  }

  override async append(...[stream, events, options]: Parameters<EventStore['append']>) {
    await this.beforeAppend?.(stream, events)
    const appended = await super.append(stream, events, options)
    await this.afterAppend?.()
    return appended
  }

  override async *readStream(...[stream, options]: Parameters<EventStore['readStream']>) {
    this.reads.set(stream, [...(this.reads.get(stream) ?? []), options?.from ?? 0])
    yield* super.readStream(stream, options)
    await this.duringRead?.(stream)
  }
}
