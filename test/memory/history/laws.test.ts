import fc from 'fast-check'
import { expect, test } from 'vitest'
import { blame, type LineOrigins, lineOrigins } from '../../../projections/line-origins.ts'
import { kebab } from '../../../src/kernel/words.ts'
import { memoryDecider } from '../../../src/memory/decider.ts'
import { emptyDocument, findSection, renderDocument } from '../../../src/memory/document.ts'
import { linesOf } from '../../../src/memory/merge.ts'
import { SectionTimelines } from '../../../src/memory/section-timeline.ts'
import { events as catalogue } from '../../../src/runtime/catalogue.ts'
import { SectionPasts } from '../../../src/runtime/memory/section-pasts.ts'
import { Codec } from '../../../src/store/codec.ts'
import { MemoryStore } from '../../../src/store/memory.ts'
import { claims, imported, person, recorded, saves } from '../spec.ts'
import { randomHistory } from './random-history.ts'

/** A failing property prints its seed and path; give them to fc.assert to see it again. */
const seeds = fc.integer({ min: 0, max: 2 ** 31 })
const edits = 20
const runs = { numRuns: 20 }

test('blame has every line of the document once, in order, at every revision', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const { events, states } = randomHistory(seed, edits)
      let state: LineOrigins = lineOrigins.initial
      for (const [index, event] of events.entries()) {
        state = lineOrigins.evolve(state, event)
        const lines = blame(state)
        expect(lines.map(({ text }) => text)).toEqual(linesOf(renderDocument(states[index]!)))
        expect(lines.map(({ line }) => line)).toEqual(lines.map((_, at) => at + 1))
      }
    }),
    runs,
  )
})

test('a line comes from an event after which it stood there, and a new line from the newest', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const { events, states } = randomHistory(seed, edits)
      let state: LineOrigins = lineOrigins.initial
      const linesAfter = states.map((one) => new Set(linesOf(renderDocument(one)).map(bare)))
      const revisionOf = new Map(events.map(({ id, revision }) => [id, revision]))
      for (const [index, event] of events.entries()) {
        state = lineOrigins.evolve(state, event)
        for (const line of blame(state)) {
          const revision = revisionOf.get(line.event)!
          // A byte order mark is on the line of the heading behind it, until that one is gone.
          if (line.text === mark) expect(renderDocument(states[revision]!).startsWith(mark)).toBe(true)
          else expect(linesAfter[revision]).toContain(bare(line.text))
          if (index > 0 && line.text !== mark && !linesAfter[index - 1]!.has(bare(line.text)))
            expect(revision).toBe(index)
        }
      }
    }),
    { ...runs, examples: [[8]] },
  )
})

/** Putting a text behind a heading may give its last line an ending; the words are the same. */
const mark = '\uFEFF'
const bare = (line: string) => line.replace(/^\uFEFF/u, '').replace(/[\r\n]+$/u, '')

test('a heading behind a byte order mark, and LF behind a CR that ended a text, are on one line with it', () => {
  const states = [imported('\uFEFF## A\n\none\n')]
  const decision = memoryDecider.decide(saves(person, '\uFEFF## B\n\none\n'), states[0]!)
  if (decision.kind === 'rejected') throw new Error(decision.rejection.message)
  const importing = memoryDecider.decide(
    { type: 'ImportDocument', document: 'insights', text: '\uFEFF## A\n\none\n', claims, idBase: 'old' },
    emptyDocument('insights'),
  )
  const events = [...(importing.kind === 'accepted' ? importing.events : []), ...decision.events].map(
    (event, revision) => recorded(event, revision),
  )
  const lines = blame(events.reduce(lineOrigins.evolve, lineOrigins.initial))
  expect(lines.map(({ text, event }) => [text, event])).toEqual([
    ['\uFEFF## B\n', events[1]!.id],
    ['\n', events[0]!.id],
    ['one\n', events[0]!.id],
  ])
  expect(lines[0]).toMatchObject({ heading: 'B' })
})

test('origins that nothing points at are let go, and no line loses its own', () => {
  const { events } = randomHistory(7, 250)
  let compacted: LineOrigins = lineOrigins.initial
  let largest = 0
  for (const event of events) {
    compacted = lineOrigins.evolve(compacted, event)
    largest = Math.max(largest, compacted.origins.length)
  }
  expect(largest).toBeLessThan(events.length)
  expect(blame(compacted).every(({ event }) => events.some(({ id }) => id === event))).toBe(true)
})

test('a section as of any revision is what the document had then, by id, heading or path', async () => {
  await fc.assert(
    fc.asyncProperty(seeds, async (seed) => {
      const { events, states } = randomHistory(seed, edits)
      const store = new MemoryStore({ codec: new Codec(catalogue), clock: { now: () => 0 } })
      for (const { id, type, version, data, meta } of events)
        await store.append('memory-insights', [{ id, type, version, data, meta }], { expected: 'any' })
      const log = await Array.fromAsync(store.readAll())
      const pasts = new SectionPasts(store)
      await pasts.warm('insights')
      const timelines = new SectionTimelines('insights')
      for (const event of events) timelines.evolve(event)
      for (const [index, state] of states.entries()) {
        for (const { section, heading } of state.sections) {
          for (const name of [section, heading, kebab(heading) || section, `## ${heading}`]) {
            const found = await pasts.find('insights', name, log[index]!.position)
            const expected = findSection(state, name)
            if (found === 'unknown') expect(timelines.find(name, index)).toBe('several')
            else expect(found).toEqual(expected)
          }
        }
        expect(await pasts.find('insights', 'No Such Heading', log[index]!.position)).toBe('unknown')
      }
    }),
    runs,
  )
})
