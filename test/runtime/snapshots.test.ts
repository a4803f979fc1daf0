import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { patternsPolicy } from '../../src/handoffs/routing/policy.ts'
import type { RecordedEvent } from '../../src/kernel/event.ts'
import { limits } from '../../src/kernel/limits.ts'
import { events as catalogue } from '../../src/runtime/catalogue.ts'
import { LogView } from '../../src/runtime/log-view.ts'
import { OpenWork } from '../../src/runtime/open-work.ts'
import { type Project, projectOn } from '../../src/runtime/project.ts'
import { memoryProjectionStore, type ProjectionStore } from '../../src/runtime/projection-store.ts'
import { Codec } from '../../src/store/codec.ts'
import { MemoryStore } from '../../src/store/memory.ts'
import type { EventStore } from '../../src/store/port.ts'
import { story } from '../projections/story.ts'

const clock = { now: () => Date.UTC(2026, 2, 2) }

async function givenLog(events: readonly RecordedEvent[] = []): Promise<EventStore> {
  const store = new MemoryStore({ codec: new Codec(catalogue), clock })
  for (const event of events) await append(store, event)
  return store
}

async function append(store: EventStore, event: RecordedEvent): Promise<void> {
  const expected = event.revision === 0 ? 'no_stream' : event.revision - 1
  await store.append(event.stream, [event], { expected })
}

/** One process on a log: `views` is what it shares with others. */
function process(store: EventStore, views?: ProjectionStore): Project {
  return projectOn({
    store,
    clock,
    policy: patternsPolicy,
    worker: 'w',
    ...(views === undefined ? {} : { views }),
  })
}

/** Everything that a process knows of workflows, agents and documents. */
function known({ work, view, reading }: Project): unknown {
  return JSON.parse(
    JSON.stringify({
      position: reading.position,
      workflows: [...work.workflows()].map((one) => ({
        ...one,
        handoffs: [...one.handoffs],
        sessions: [...one.sessions],
      })),
      open: [...work.open()].map(({ id }) => id).sort(),
      handoffs: [...work.workflows()].flatMap((one) =>
        [...one.handoffs.keys()].map((id) => work.workflowOfHandoff(id)?.id),
      ),
      sessions: [...work.workflows()].flatMap((one) =>
        [...one.sessions.keys()].map((id) => work.workflowOfSession(id)?.id),
      ),
      agents: view.agents(),
      streams: [...view.agentStreams()],
      definitions: view.agents().map(({ event }) => view.definedBy(event)),
      documents: view.documents(),
      asOf: view.asOf,
    }),
  )
}

/** A store that counts the events it gives. */
function counting(store: EventStore): EventStore & { given: number } {
  const counted = Object.assign(Object.create(store) as EventStore, {
    given: 0,
    async *readAll(options?: Parameters<EventStore['readAll']>[0]) {
      for await (const event of store.readAll(options)) {
        counted.given += 1
        yield event
      }
    },
    readStream: store.readStream.bind(store),
    lastPosition: store.lastPosition.bind(store),
  })
  return counted
}

/** So many finished workflows, one event each and one more that ends it. */
async function addWorkflows(store: EventStore, count: number): Promise<void> {
  const [started] = story().filter((event) => event.type === 'WorkflowStarted')
  const ended = { sessions: 0, handoffs: 0, unrouted: 0, failed: 0 }
  for (let index = 0; index < count; index += 1) {
    const stream = `workflow-many-${index}`
    const event = { ...started!, stream, id: crypto.randomUUID() }
    const end = { ...event, id: crypto.randomUUID(), type: 'WorkflowCompleted', data: ended }
    await store.append(stream, [event, end], { expected: 'no_stream' })
  }
}

test('wherever a snapshot is kept, what goes on from it knows the same as what read everything', async () => {
  const events = story()
  const whole = process(await givenLog(events))
  await whole.reading.refresh()
  for (let cut = 1; cut <= events.length; cut += 1) {
    const store = await givenLog(events.slice(0, cut))
    const views = memoryProjectionStore()
    const first = process(store, views)
    await first.reading.refresh()
    first.reading.keep()
    for (const event of events.slice(cut)) await append(store, event)
    const second = process(store, views)
    await second.reading.refresh()
    expect(known(second), `cut after ${cut}`).toEqual(known(whole))
  }
})

test('a new process reads what came after the snapshot, and no more', async () => {
  const events = story()
  const store = await givenLog(events.slice(0, -3))
  const views = memoryProjectionStore()
  const first = process(store, views)
  await first.reading.refresh()
  first.reading.keep()
  for (const event of events.slice(-3)) await append(store, event)
  const counted = counting(store)
  await process(counted, views).reading.refresh()
  expect(counted.given).toBe(3)
})

test('workflows that are over leave the memory, and are there when they are asked for', async () => {
  const count = limits.workflowsCachedMax + 50
  const store = await givenLog(story())
  await addWorkflows(store, count)
  const views = memoryProjectionStore()
  const project = process(store, views)
  await project.reading.refresh()
  project.reading.keep()
  const fresh = process(store)
  await fresh.reading.refresh()
  expect(known(project)).toEqual(known(fresh))
  expect([...project.work.workflows()]).toHaveLength(count + 1)
  expect(project.work.workflow('many-0')?.workflow.status).toBe('completed')
})

test('several processes keep one snapshot: none takes back what another kept', async () => {
  const events = story()
  const store = await givenLog()
  const views = memoryProjectionStore()
  const crew = [process(store, views), process(store, views), process(store, views)]
  for (const [index, event] of events.entries()) {
    await append(store, event)
    // Each lags behind in its own way.
    for (const [who, project] of crew.entries()) {
      if (index % (who + 2) !== 0) continue
      await project.reading.refresh()
      project.reading.keep()
    }
  }
  const whole = process(await givenLog(events))
  await whole.reading.refresh()
  for (const project of [...crew, process(store, views)]) {
    await project.reading.refresh()
    expect(known(project)).toEqual(known(whole))
  }
})

test('a snapshot that is thrown away while it is used is made again', async () => {
  const store = await givenLog(story())
  const views = memoryProjectionStore()
  const first = process(store, views)
  await first.reading.refresh()
  first.reading.keep()
  const second = process(store, views)
  await second.reading.refresh()
  views.clear()
  await second.reading.refresh()
  const whole = process(store)
  await whole.reading.refresh()
  expect(known(second)).toEqual(known(whole))
  second.reading.keep()
  const third = process(store, views)
  await third.reading.refresh()
  expect(known(third)).toEqual(known(whole))
})

test('a snapshot of another log is worth nothing', async () => {
  const views = memoryProjectionStore()
  const first = process(await givenLog(story()), views)
  await first.reading.refresh()
  first.reading.keep()
  const other = await givenLog(
    story().map((event) => ({ ...event, id: event.id.replace('01950000', '01960000') })),
  )
  const second = process(other, views)
  await second.reading.refresh()
  const whole = process(other)
  await whole.reading.refresh()
  expect(known(second)).toEqual(known(whole))
})

test('a snapshot that cannot be written disturbs nobody', async () => {
  const store = await givenLog(story())
  const views = memoryProjectionStore()
  const project = process(store, Object.assign(views, { commit: () => false }))
  await project.reading.refresh()
  project.reading.keep()
  await expect(project.reading.refresh()).resolves.toBeUndefined()
})

test('what is kept has the shape that its version stands for', () => {
  const foldings = [new OpenWork(async () => undefined), new LogView(null as never, async () => undefined)]
  for (const event of story()) for (const folding of foldings) folding.evolve(event)
  const kept = foldings.flatMap((folding) => [...folding.changed(null)]).sort()
  const digest = createHash('sha256').update(JSON.stringify(kept)).digest('hex').slice(0, 16)
  // When this fails, what processes keep has changed: count `shape` in src/runtime/snapshots.ts up, so that
  // nobody takes up what an older version kept, and put the new digest here.
  expect(digest).toBe('95dadd7ebda8c4f9')
})
