import { expect, test, vi } from 'vitest'
import { blame, lineOrigins } from '../../../projections/line-origins.ts'
import type { Position } from '../../../src/kernel/event.ts'
import { limits } from '../../../src/kernel/limits.ts'
import { landmarkBefore, landmarksOf } from '../../../src/runtime/landmarks.ts'
import { blameDocument } from '../../../src/runtime/memory/blame-document.ts'
import { memoryEventsOf } from '../../../src/runtime/memory/memory-events.ts'
import { memoryProjectionStore, type ProjectionStore } from '../../../src/runtime/projection-store.ts'
import { Projector } from '../../../src/runtime/projector.ts'
import { edited, opened, person, written } from '../../projections/events.ts'
import { MemoryGiven } from './memory-given.ts'

const apart = limits.documentSnapshotRevisions
const revisions = apart * 3 + 20

/** Edits that each replace one of ten lines, so that lines of many ages stand side by side. */
async function longLog(given: MemoryGiven): Promise<void> {
  const lines = Array.from({ length: 10 }, (_, line) => `- line ${line}\n`)
  for (let from = 0; from < revisions; from += 250) {
    const events = Array.from({ length: Math.min(250, revisions - from) }, (_, offset) => {
      const edit = from + offset
      lines[(edit * 7) % (edit % 3 === 0 ? 10 : 4)] = `- said at ${edit}\n`
      const text = `## Part\n\n${lines.join('')}`
      const change = edit === 0 ? opened('s', null, text) : written('s', text)
      const about = { version: 1, meta: { actor: person } }
      return {
        id: given.project.ids.next(),
        type: 'DocumentEdited',
        data: edited('insights', [change]),
        ...about,
      }
    })
    await given.store.append('memory-insights', events, { expected: 'any' })
  }
}

function projectorOf(given: MemoryGiven, views: ProjectionStore): Projector {
  return new Projector({ store: given.store, projections: [lineOrigins], views })
}

async function positions(given: MemoryGiven): Promise<Position[]> {
  return Array.fromAsync(memoryEventsOf(given.store, 'insights'), ({ position }) => position)
}

const landmarksIn = (views: ProjectionStore) => views.keys(landmarksOf(lineOrigins)).length

test('blame as of any moment is what folding everything before it gives, with what was kept and without', async () => {
  const given = new MemoryGiven()
  await longLog(given)
  const views = memoryProjectionStore()
  const kept = { project: given.project, projector: projectorOf(given, views) }
  await kept.projector.catchUp()
  expect(landmarksIn(views)).toBe(3)
  const at = await positions(given)
  for (const revision of [0, 1, apart - 1, apart, apart + 1, 2 * apart + 200, revisions - 1]) {
    let folded = lineOrigins.initial
    for await (const event of memoryEventsOf(given.store, 'insights', { until: at[revision]! }))
      folded = lineOrigins.evolve(folded, event)
    const asked = { document: 'insights', at: String(Number(at[revision])) }
    expect(await blameDocument(kept, asked)).toEqual(blame(folded))
  }
})

test('blame as of a moment reads from what was kept, not from the first event', async () => {
  const given = new MemoryGiven()
  await longLog(given)
  const projector = projectorOf(given, memoryProjectionStore())
  await projector.catchUp()
  const at = (await positions(given))[2 * apart + 200]!
  const reading = vi.spyOn(given.store, 'readStream')
  await blameDocument({ project: given.project, projector }, { document: 'insights', at: String(Number(at)) })
  const asked = reading.mock.calls.filter(([stream]) => stream === 'memory-insights')
  expect(asked.map(([, options]) => options?.from)).toEqual([2 * apart + 1])
})

test('what was kept goes with the views, and comes again', async () => {
  const given = new MemoryGiven()
  await longLog(given)
  const views = memoryProjectionStore()
  const projector = projectorOf(given, views)
  await projector.catchUp()
  await longLog(given)
  await projectorOf(given, views).catchUp()
  expect(landmarksIn(views)).toBe(6)
  await projector.rebuild()
  expect(landmarksIn(views)).toBe(6)
  expect(await projector.check()).toEqual([])
})

test('a large document is kept more seldom', async () => {
  const given = new MemoryGiven()
  const text = 'x'.repeat(limits.documentSnapshotCharsPerRevision * apart * 2 - 5_000)
  const large = { type: 'DocumentEdited', version: 1, data: edited('insights', [{ kind: 'preface', text }]) }
  const first = { id: given.project.ids.next(), ...large, meta: { actor: person } }
  await given.store.append('memory-insights', [first], { expected: 'no_stream' })
  await longLog(given)
  const views = memoryProjectionStore()
  await projectorOf(given, views).catchUp()
  const last = (await positions(given)).at(-1)!
  const found = landmarkBefore(views, lineOrigins, { key: 'insights', until: last })
  expect([landmarksIn(views), JSON.parse(found ?? 'null')?.document.revision]).toEqual([1, 2 * apart])
})
