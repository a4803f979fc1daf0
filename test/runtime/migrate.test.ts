import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { patternsPolicy } from '../../src/handoffs/routing/policy.ts'
import { renderDocument } from '../../src/memory/document.ts'
import { systemClock } from '../../src/runtime/daybook.ts'
import { viewAt } from '../../src/runtime/log-view.ts'
import { migrateLog } from '../../src/runtime/migrate.ts'
import { openStore } from '../../src/runtime/open-store.ts'
import { projectOn } from '../../src/runtime/project.ts'
import { type Proof, prove } from '../../src/runtime/proof/prove.ts'
import { resolveWhen } from '../../src/runtime/when.ts'
import type { EventStore } from '../../src/store/port.ts'
import { givenDaybook, givenFolder, rehearse } from '../coordinators/given-log.ts'
import { givenServer } from '../store/kurrent/given-server.ts'

/** A log with a rehearsed workflow, and an empty one on the test server. */
async function givenLogs() {
  const folder = await givenFolder()
  const daybook = await givenDaybook(folder)
  await rehearse(daybook, 'Design the endpoint that lists invoices')
  const server = await givenServer()
  const to = await given(server.url)
  return { folder, daybook, from: daybook.project.store, to, server }
}

async function given(url: string): Promise<EventStore> {
  const store = await openStore(url, { clock: systemClock })
  onTestFinished(() => store.close())
  return store
}

/** Of the one workflow that there is, from this log alone. */
async function proofOf(store: EventStore): Promise<Proof> {
  const project = projectOn({ store, clock: systemClock, policy: patternsPolicy })
  await project.work.refresh()
  const [work] = [...project.work.workflows()]
  return prove(project, work!.id)
}

async function documentAt(store: EventStore, event: string): Promise<string> {
  const until = await resolveWhen({ store, clock: systemClock }, `event:${event}`)
  const state = (await viewAt(store, until!)).document('insights')
  return state === null ? '' : renderDocument(state)
}

test('a log moves to KurrentDB and back, and is the same log each time', async () => {
  const { folder, from, to } = await givenLogs()
  const there = await migrateLog({ from, to, appendsAtOnce: 1 })
  expect(there).toMatchObject({ already: 0, imported: there.events })
  expect(there.moments).toBeGreaterThan(0)
  const back = await given(`sqlite:${join(folder, 'back.db')}`)
  expect(await migrateLog({ from: to, to: back, appendsAtOnce: 64 })).toMatchObject({
    events: there.events,
    digest: there.digest,
  })
  const edits = (await Array.fromAsync(from.readStream('memory-insights'))).map(({ id }) => id)
  const memories = new Set<string>()
  for (const edit of edits) {
    const bytes = await documentAt(from, edit)
    memories.add(bytes)
    expect([await documentAt(to, edit), await documentAt(back, edit)]).toEqual([bytes, bytes])
  }
  expect(memories.size).toBeGreaterThan(1)
  const proof = await proofOf(from)
  expect(proof).toMatchObject({ intact: true, firstDifference: null })
  expect(proof.calls).toBeGreaterThan(0)
  expect([await proofOf(to), await proofOf(back)]).toEqual([proof, proof])
})

test('a migration that was broken off goes on where it was', async () => {
  const { from, to, server } = await givenLogs()
  let copied = 0
  const broken = migrateLog({
    from,
    to,
    appendsAtOnce: 1,
    onCopied: (events) => {
      copied = events
      if (events > 40) throw new Error('pulled the plug')
    },
  })
  await expect(broken).rejects.toThrow('pulled the plug')
  expect(copied).toBeGreaterThan(40)
  server.faults.appends.push('cut_after_storing')
  const done = await migrateLog({ from, to, appendsAtOnce: 1 })
  expect(done.already).toBeGreaterThanOrEqual(40)
  expect(done.imported + done.already).toBe(done.events)
  expect(await migrateLog({ from, to, appendsAtOnce: 1 })).toMatchObject({
    imported: 0,
    already: done.events,
  })
})

test('what is appended to the old log meanwhile comes along', async () => {
  const { daybook, from, to } = await givenLogs()
  let late: Promise<unknown> | undefined
  const { events } = await migrateLog({
    from,
    to,
    appendsAtOnce: 1,
    onCompared: (compared) => {
      if (compared === 10) late ??= rehearse(daybook, 'Write the release notes for the upgrade')
    },
  })
  await late
  const again = await migrateLog({ from, to, appendsAtOnce: 1 })
  expect(again.events).toBeGreaterThanOrEqual(events)
  expect(again.events).toBe((await Array.fromAsync(from.readAll())).length)
})

test('a log that holds something else is not touched', async () => {
  const { from, to } = await givenLogs()
  const actor = { kind: 'person', id: 'somebody' } as const
  const stranger = { id: crypto.randomUUID(), type: 'Noted', version: 1, data: {}, meta: { actor } }
  await to.append('memory-other', [stranger], { expected: 'no_stream' })
  await expect(migrateLog({ from, to, appendsAtOnce: 1 })).rejects.toMatchObject({ code: 'rejected' })
  expect(await Array.fromAsync(to.readAll())).toHaveLength(1)
})

test('a copy that is not the same is found out', async () => {
  const { from, to } = await givenLogs()
  const forged: EventStore = Object.assign(Object.create(to) as EventStore, {
    append: (
      stream: string,
      events: Parameters<EventStore['append']>[1],
      options: Parameters<EventStore['append']>[2],
    ) =>
      to.append(
        stream,
        events.map((event) => ({ ...event, meta: { ...event.meta, key: 'forged' } })),
        options,
      ),
    readAll: (options?: object) => to.readAll(options),
    lastPosition: () => to.lastPosition(),
  })
  await expect(migrateLog({ from, to: forged, appendsAtOnce: 1 })).rejects.toMatchObject({
    code: 'rejected',
    message: expect.stringContaining('differs'),
  })
})
