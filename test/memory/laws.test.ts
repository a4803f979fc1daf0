import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { expect, test } from 'vitest'
import { memoryDecider } from '../../src/memory/decider.ts'
import { renderDocument } from '../../src/memory/document.ts'
import { resplit, slicesOf } from '../../src/memory/document-slices.ts'
import { headingsOf, sectionsAgree, splitSections } from '../../src/memory/markdown-sections.ts'
import { linesOf, mergeTexts } from '../../src/memory/merge.ts'
import { keeperOf } from '../../src/memory/ownership.ts'
import { seenOtherwise } from '../soak/memory-sections.ts'
import { generateDocument, generateText, mulberry32 } from './generated-texts.ts'
import { agent, applied, claims, imported, person, saves, writes } from './spec.ts'

/** A failing property prints its seed and path; give them to fc.assert to see it again. */
const runs = { numRuns: 200 }
const seeds = fc.integer({ min: 0, max: 2 ** 31 })
const texts = seeds.map((seed) => generateText(mulberry32(seed)))
const documents = seeds.map((seed) => generateDocument(mulberry32(seed)))

/** The document with a piece cut out and another put in, anywhere. */
const edits = fc
  .record({ before: documents, from: fc.nat(400), length: fc.nat(60), text: texts })
  .map(({ before, from, length, text }) => {
    const at = from % (before.length + 1)
    return { before, after: before.slice(0, at) + text + before.slice(at + length) }
  })

test('what is imported comes out with the same bytes', () => {
  const whole = fc.oneof(documents, fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }))
  fc.assert(
    fc.property(whole, (text) => {
      fc.pre(text.isWellFormed() && !text.includes('\0'))
      expect(renderDocument(imported(text))).toBe(text)
    }),
    runs,
  )
})

test('a second byte order mark is text', () => {
  expect(headingsOf('\uFEFF\uFEFF## Text\n\n## Section\n')).toEqual([
    { depth: 2, heading: 'Section', offset: 11, line: 3 },
  ])
})

test('headings are found where a full reading of the Markdown finds them', () => {
  fc.assert(
    fc.property(documents, (text) => {
      const full = fromMarkdown(text).children.flatMap((node) =>
        node.type === 'heading' ? [[node.depth, node.position?.start.line]] : [],
      )
      expect(headingsOf(text).map(({ depth, line }) => [depth, line])).toEqual(full)
    }),
    runs,
  )
})

/** A longer document, changed in several places. */
const manyEdits = fc
  .record({ parts: fc.array(documents, { maxLength: 6 }), changes: fc.array(edits, { maxLength: 3 }) })
  .map(({ parts, changes }) => {
    const pieces = [...parts, ...changes.map(({ before }) => before)]
    const edited = [...parts, ...changes.map(({ after }) => after)]
    const order = pieces.map((_, index) => (index * 5) % pieces.length)
    const whole = (of: readonly string[]) =>
      order.map((at, place) => `${of[at]}\n\n## Part ${place}\n\n`).join('')
    return { before: whole(pieces), after: whole(edited) }
  })

test('reading only what changed gives the sections that reading everything gives', () => {
  fc.assert(
    fc.property(fc.oneof(edits, manyEdits), ({ before, after }) => {
      const { preamble, sections } = splitSections(after)
      const plain = sections.map(({ heading, text }) => ({ heading, text }))
      const found = resplit(slicesOf(imported(before)), after)
      const foundPlain = found.sections.map(({ heading, text }) => ({ heading, text }))
      expect({ preamble: found.preamble, sections: foundPlain }).toEqual({ preamble, sections: plain })
    }),
    { numRuns: 600 },
  )
})

test('a person saves any text, byte for byte, and the log owns its sections', () => {
  fc.assert(
    fc.property(edits, ({ before, after }) => {
      const state = imported(before)
      const decision = memoryDecider.decide(saves(person, after, { via: 'disk' }), state)
      expect(decision.kind).toBe('accepted')
      const next = applied(state, decision.kind === 'accepted' ? decision.events : [])
      expect(renderDocument(next)).toBe(after)
      const headings = splitSections(after).sections.map((section) => section.heading)
      expect(next.sections.map((section) => section.heading)).toEqual(headings)
      expect(memoryDecider.decide(saves(person, after), next)).toMatchObject({ events: [] })
    }),
    runs,
  )
})

test('whatever an agent saves, foreign sections keep text, owner and order', () => {
  fc.assert(
    fc.property(edits, texts, ({ before, after }, text) => {
      const state = imported(before)
      for (const command of [
        saves(agent('backend-architect'), after),
        writes('backend-architect', 'System Architecture', text),
      ]) {
        const decision = memoryDecider.decide(command, state)
        const next = applied(state, decision.kind === 'accepted' ? decision.events : [])
        const foreign = (from: typeof state) =>
          from.sections
            .filter((section) => section.owner !== 'backend-architect')
            .map(({ section, heading, owner, text }) => ({ section, heading, owner, text }))
        expect(foreign(next)).toEqual(foreign(state))
        expect(next.preamble).toBe(state.preamble)
      }
    }),
    runs,
  )
})

test('however old the document is that an agent began from, sections that are not its own now stay as they are', () => {
  const owners = fc.constantFrom('backend-architect', 'frontend-developer', null)
  const owned = edits.map(({ before, after }) => ({
    before: `${before}\n\n## System Architecture\n\nold\n`,
    after: `${after}\n\n## System Architecture\n\nnew\n`,
  }))
  let saved = 0
  let refused = 0
  fc.assert(
    fc.property(owned, fc.nat(), owners, ({ before, after }, which, owner) => {
      const base = imported(before)
      const section = base.sections[which % base.sections.length]?.section ?? ''
      const common = { document: 'insights', actor: person, via: 'cli' } as const
      const given = memoryDecider.decide({ type: 'AssignSection', section, owner, ...common }, base)
      const now = applied(base, given.kind === 'accepted' ? given.events : [])
      const command = saves(agent('backend-architect'), after, { base })
      const decision = memoryDecider.decide(command, now)
      const next = applied(now, decision.kind === 'accepted' ? decision.events : [])
      if (decision.kind === 'accepted' && decision.events.length > 0) saved += 1
      else refused += 1
      const mine = new Set(
        now.sections
          .filter((one) => keeperOf(now, one, claims) === 'backend-architect')
          .map((one) => one.section),
      )
      const foreign = (from: typeof now) =>
        from.sections
          .filter(
            (one) => !mine.has(one.section) && now.sections.some(({ section }) => section === one.section),
          )
          .map(({ section, heading, owner, text }) => ({ section, heading, owner, text }))
      expect(foreign(next)).toEqual(foreign(now))
      expect(next.preamble).toBe(now.preamble)
    }),
    runs,
  )
  expect(Math.min(saved, refused)).toBeGreaterThan(10)
})

test('what an agent writes is what a reader of the file finds', () => {
  fc.assert(
    fc.property(documents, texts, (before, text) => {
      const state = imported(before)
      fc.pre(sectionsAgree(before))
      const decision = memoryDecider.decide(writes('backend-architect', 'System Architecture', text), state)
      fc.pre(decision.kind === 'accepted')
      const next = applied(state, decision.kind === 'accepted' ? decision.events : [])
      const read = splitSections(renderDocument(next)).sections.map((section) => section.heading)
      expect(read).toEqual(next.sections.map((section) => section.heading))
      expect(sectionsAgree(renderDocument(next))).toBe(true)
    }),
    runs,
  )
})

test('two edits from one document meet without a loss: what was added stands, or the conflict holds it', () => {
  fc.assert(
    fc.property(edits, texts, ({ before, after }, text) => {
      const base = imported(before)
      const first = memoryDecider.decide(writes('backend-architect', 'System Architecture', text), base)
      const now = applied(base, first.kind === 'accepted' ? first.events : [], agent('backend-architect'))
      const second = memoryDecider.decide(saves(person, after, { base, via: 'disk', idBase: 'mine' }), now)
      expect(second.kind).toBe('accepted')
      const events = second.kind === 'accepted' ? second.events : []
      const next = applied(now, events)
      if (sectionsAgree(before) && sectionsAgree(after)) expect(seenOtherwise(next)).toBe(false)
      const kept = [renderDocument(next), ...events.map((event) => JSON.stringify(event.data))].join('\n')
      const known = new Set(linesOf(before).map((line) => line.trim()))
      for (const line of linesOf(after).filter((line) => line.trim() !== '' && !known.has(line.trim())))
        expect(kept.includes(line.trim()) || kept.includes(JSON.stringify(line.trim()).slice(1, -1))).toBe(
          true,
        )
    }),
    runs,
  )
})

test('merging is lawful: nothing is lost where one side did nothing, and sides may be swapped', () => {
  fc.assert(
    fc.property(texts, texts, texts, (base, ours, theirs) => {
      expect(linesOf(ours).join('')).toBe(ours)
      expect(mergeTexts(base, base, theirs)).toEqual({ kind: 'merged', text: theirs })
      expect(mergeTexts(base, ours, base)).toEqual({ kind: 'merged', text: ours })
      expect(mergeTexts(base, ours, ours)).toEqual({ kind: 'merged', text: ours })
      expect(mergeTexts(base, ours, theirs).kind).toBe(mergeTexts(base, theirs, ours).kind)
    }),
    runs,
  )
})

const templates = join(import.meta.dirname, '../../../shared/corpus/superagent-zero-2/memory-templates')
if (!existsSync(templates)) console.warn(`skipped: no memory templates in ${templates}`)

test.skipIf(!existsSync(templates))(
  'real memory files come out with the same bytes, and take a section',
  () => {
    for (const name of readdirSync(templates)) {
      for (const eol of ['\n', '\r\n']) {
        const text = readFileSync(join(templates, name), 'utf8').replaceAll('\n', eol)
        const state = imported(text)
        expect(renderDocument(state)).toBe(text)
        const decision = memoryDecider.decide(writes('backend-architect', 'System Architecture', 'x'), state)
        if (decision.kind === 'rejected') throw new Error(`${name}: ${decision.rejection.message}`)
        const next = renderDocument(applied(state, decision.events))
        const heading = '## System Architecture'
        expect(splitSections(next).sections.at(-1)?.text).toBe(`${heading}${eol}${eol}x${eol}`)
        expect(next.startsWith(text)).toBe(true)
      }
    }
  },
)
