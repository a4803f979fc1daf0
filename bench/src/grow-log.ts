import { v7 } from 'uuid'
import type { NewEvent, RecordedEvent } from '../../src/kernel/event.ts'
import { limits } from '../../src/kernel/limits.ts'
import { openDaybook } from '../../src/runtime/daybook.ts'
import type { Settings } from '../../src/runtime/settings.ts'
import { startWorkflow } from '../../src/runtime/start-workflow.ts'
import { Worker } from '../../src/runtime/worker.ts'
import { defaultLimits } from '../../src/runtime/workflow-defaults.ts'
import type { EventStore } from '../../src/store/port.ts'

/**
 * Fills a log with `events` events or a few more: a rehearsed workflow with all that belongs to it, again and
 * again under other ids. The memory's stream goes on from copy to copy, as it does in life.
 */
export async function growLog(settings: Settings, events: number): Promise<number> {
  const daybook = await openDaybook(settings, { agents: 'sync', documents: 'sync' })
  try {
    const { project } = daybook
    // The second one finds sections to write, which can be written again as they are.
    await rehearse(daybook)
    const before = await project.store.lastPosition()
    await rehearse(daybook)
    const template = await Array.fromAsync(project.store.readAll({ from: { after: before! } }))
    return await repeat(project.store, template, events)
  } finally {
    await daybook.close()
  }
}

async function rehearse(daybook: Awaited<ReturnType<typeof openDaybook>>): Promise<void> {
  const { project, roster, person, modelFor } = daybook
  const workflow = await startWorkflow(project, {
    goal: 'Design the endpoint that lists invoices',
    roster,
    entry: null,
    by: person,
    limits: defaultLimits,
    model: 'rehearsal',
    rehearsal: true,
  })
  await new Worker({ project, modelFor, workflow }).drain()
}

async function repeat(
  store: EventStore,
  template: readonly RecordedEvent[],
  events: number,
): Promise<number> {
  const heads = new Map<string, number>()
  for (const { stream, revision } of template) heads.set(stream, revision)
  let written = Number(await store.lastPosition())
  const waiting: Promise<unknown>[] = []
  const tails = new Map<string, Promise<unknown>>()
  for (let copy = 1; written < events; copy += 1) {
    for (const event of template) {
      const shared = event.stream.startsWith('memory-') || event.stream.startsWith('agent-')
      const stream = shared ? event.stream : renamed(event.stream, copy)
      const head = heads.get(stream) ?? -1
      heads.set(stream, head + 1)
      const expected = head < 0 ? 'no_stream' : head
      // One after the other in a stream: what a store does before it appends takes longer for some events.
      const appended = (tails.get(stream) ?? Promise.resolve()).then(() =>
        store.append(stream, [copied(event, copy)], { expected }),
      )
      tails.set(stream, appended)
      waiting.push(appended)
      written += 1
      if (waiting.length >= limits.groupCommitAppendsMax) {
        await Promise.all(waiting.splice(0))
        tails.clear()
      }
    }
  }
  await Promise.all(waiting)
  return written
}

/** Ids of workflows, handoffs and sessions with the copy's number; of agents' and others' events as they are. */
function copied(event: RecordedEvent, copy: number): NewEvent {
  const { type, version } = event
  const json = JSON.stringify({ data: event.data, meta: event.meta }).replaceAll(
    /"(workflow|handoff|session|parent|correlation)":"([^"]+)"/gu,
    (_, field, id) => `"${field}":"${id}-${copy}"`,
  )
  const { data, meta } = JSON.parse(json) as Pick<RecordedEvent, 'data' | 'meta'>
  const { recordedAt: _, ...rest } = meta
  return { id: v7(), type, version, data, meta: rest }
}

function renamed(stream: string, copy: number): string {
  return `${stream}-${copy}`
}
