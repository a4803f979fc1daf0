import { expect, test } from 'vitest'
import { limits } from '../../../src/kernel/limits.ts'
import { type Document, emptyDocument, evolveDocument } from '../../../src/memory/document.ts'
import { documentUntil } from '../../../src/runtime/memory/document-at.ts'
import { memoryEventsOf } from '../../../src/runtime/memory/memory-events.ts'
import type { Project } from '../../../src/runtime/project.ts'
import { memoryProjectionStore } from '../../../src/runtime/projection-store.ts'
import { edited, opened, person, written } from '../../projections/events.ts'
import { MemoryGiven } from './memory-given.ts'

const revisions = limits.documentSnapshotRevisions * 3 + 20

/** Many short edits of two documents, as a log holds them. */
async function longLog(given: MemoryGiven): Promise<void> {
  for (const document of ['insights', 'project']) {
    for (let from = 0; from < revisions; from += 250) {
      const events = Array.from({ length: Math.min(250, revisions - from) }, (_, offset) => {
        const edit = from + offset
        const text = `## Part\n\nWords ${edit} of ${document}.\n`
        const change = edit === 0 ? opened('s', null, text) : written('s', text)
        const data = edited(document, [change])
        return {
          id: given.project.ids.next(),
          type: 'DocumentEdited',
          version: 1,
          data,
          meta: { actor: person },
        }
      })
      await given.store.append(`memory-${document}`, events, { expected: 'any' })
    }
  }
}

/** Folded from the document's first event, by nobody's snapshot. */
async function foldedTo({ store }: Project, document: string, revision: number): Promise<[Document, string]> {
  let state = emptyDocument(document)
  let last = ''
  for await (const event of memoryEventsOf(store, document)) {
    if (event.revision > revision) break
    state = evolveDocument(state, event)
    last = event.position
  }
  return [state, last]
}

const places = [0, 1, 499, 500, 501, 999, 1000, 1250, 1500, revisions - 1]

test('a document as of any event is the fold of what came before, with snapshots and without', async () => {
  const views = memoryProjectionStore()
  const given = new MemoryGiven(views)
  await longLog(given)
  await given.project.reading.refresh()
  given.project.reading.keep()
  const restored = given.another(views)
  const without = given.another()
  for (const document of ['insights', 'project']) {
    for (const revision of places) {
      const [expected, position] = await foldedTo(given.project, document, revision)
      for (const project of [given.project, restored, without])
        expect(await documentUntil(project, document, position as never)).toEqual(expected)
    }
  }
  views.clear()
  const [expected, position] = await foldedTo(given.project, 'insights', 1_300)
  expect(await documentUntil(restored, 'insights', position as never)).toEqual(expected)
  expect(await documentUntil(given.another(views), 'insights', position as never)).toEqual(expected)
})

test('a new process reads one document from its nearest snapshot, not from its first event', async () => {
  const views = memoryProjectionStore()
  const given = new MemoryGiven(views)
  await longLog(given)
  await given.project.reading.refresh()
  given.project.reading.keep()
  const project = given.another(views)
  await project.reading.refresh()
  const [, position] = await foldedTo(project, 'project', 1_020)
  expect(project.past.nearest('project', position as never)?.revision).toBe(1_000)
  expect(project.past.nearest('nothing', position as never)).toBeNull()
})

test('two processes that keep snapshots in turn lose none of each other', async () => {
  const views = memoryProjectionStore()
  const given = new MemoryGiven(views)
  await longLog(given)
  await given.project.reading.refresh()
  given.project.reading.keep()
  const [one, two] = [given.another(views), given.another(views)]
  await one.reading.refresh()
  await two.reading.refresh()
  await longLog(given)
  await one.reading.refresh()
  one.reading.keep()
  await longLog(given)
  await two.reading.refresh()
  two.reading.keep()
  const last = await given.store.lastPosition()
  const project = given.another(views)
  await project.reading.refresh()
  const kept = new Set<number>()
  for await (const event of memoryEventsOf(given.store, 'insights')) {
    const near = project.past.nearest('insights', event.position)
    if (near !== null) kept.add(near.revision)
  }
  expect([...kept]).toEqual(
    [500, 1000, 1500, 2000, 2500, 3000, 3500, 4000, 4500].filter((at) => at < revisions * 3),
  )
  expect(project.past.nearest('insights', last!)?.revision).toBe(4_500)
})

test('a large document is kept more seldom, so that its snapshots are never more than its log', async () => {
  const given = new MemoryGiven()
  const events = (text: string, count: number) =>
    Array.from({ length: count }, () => {
      const data = edited('insights', [{ kind: 'preface', text }])
      return {
        id: given.project.ids.next(),
        type: 'DocumentEdited',
        version: 1,
        data,
        meta: { actor: person },
      }
    })
  const large = 'x'.repeat(200 * limits.documentSnapshotCharsPerRevision + 100_000)
  await given.store.append('memory-insights', events(large, 1), { expected: 'any' })
  for (let part = 0; part < 4; part += 1) {
    const changes = Array.from({ length: 250 }, (_, index) => {
      const change =
        part + index === 0 ? opened('s', null, '## A\n') : written('s', `## A\n${part} ${index}\n`)
      return {
        id: given.project.ids.next(),
        type: 'DocumentEdited',
        version: 1,
        data: edited('insights', [change]),
        meta: { actor: person },
      }
    })
    await given.store.append('memory-insights', changes, { expected: 'any' })
  }
  await given.project.reading.refresh()
  const last = (await given.store.lastPosition())!
  expect(given.project.past.nearest('insights', last)?.revision).toBe(1_000)
})
