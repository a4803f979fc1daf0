import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Document, findSection, renderDocument } from '../../src/memory/document.ts'
import { changesBetween, settle } from '../../src/memory/document-changes.ts'
import { draftOfSection } from '../../src/memory/draft.ts'
import type { MemoryChange } from '../../src/memory/events.ts'
import { splitSections } from '../../src/memory/markdown-sections.ts'
import { run, runOnAll, seenOtherwise, type WriteRule, writeByRule } from '../soak/memory-sections.ts'
import { drawsAfter, generateDocument, generateText, mulberry32 } from './generated-texts.ts'
import { agent, applied, given, imported, writes } from './spec.ts'

const quiet = () => {}

test('no text of an agent makes either parser see other sections than the log owns', () => {
  const seed = Number(process.env.DAYBOOK_SEED ?? Date.now() % 2 ** 31)
  const lines: string[] = []
  const { escapes, written, refused } = run({ seed, count: 2_000, report: (line) => lines.push(line) })
  console.log(lines.join('\n'))
  expect(escapes).toEqual([])
  expect(written).toBeGreaterThan(400)
  expect(Object.keys(refused)).toEqual(expect.arrayContaining(['opens_section', 'open_block']))
})

const seeds = fc.integer({ min: 0, max: 2 ** 31 })
const texts = seeds.map((seed) => generateText(mulberry32(seed)))
const documents = seeds.map((seed) => generateDocument(mulberry32(seed)))

/** After what the rule lets an agent write, both parsers find the sections that the log owns; others' stay theirs. */
function sectionsStay(rule: WriteRule) {
  return fc.property(documents, texts, (before, text) => {
    const state = imported(before)
    fc.pre(!seenOtherwise(state))
    const after = rule(state, text)
    fc.pre(after !== null)
    expect(seenOtherwise(after)).toBe(false)
    const read = splitSections(renderDocument(after)).sections.map((section) => section.heading)
    expect(read).toEqual(after.sections.map((section) => section.heading))
    expect(foreign(after)).toEqual(foreign(state))
  })
}

function foreign({ sections }: Document) {
  const others = sections.filter(({ owner }) => owner !== 'backend-architect')
  return others.map(({ section, owner, text }) => ({ section, owner, text }))
}

test('one section stays one section, with its owner: the property', () => {
  const found = fc.check(
    sectionsStay((state, text) => writeByRule(state, text)),
    { numRuns: 500 },
  )
  const escapes = found.failed ? 1 : 0
  console.log(`seed ${found.seed}: ${found.numRuns} written, ${found.numSkips} refused, ${escapes} escapes`)
  expect(found.failed ? fc.defaultReportMessage(found) : null).toBeNull()
})

/** Writes what it is given when `allows` says so: the rule under test, made weaker. */
function weakened(allows: (text: string) => boolean): WriteRule {
  return (state, text) => {
    if (!allows(text)) return null
    const write = { section: 'System Architecture', text, headings: ['System Architecture'] }
    const draft = draftOfSection(state, write)
    const settled = settle(draft, state.eol, (index) => `new-${index}`)
    const changes = changesBetween(state, settled, () => 'backend-architect')
    return changes.length === 0 ? null : edited(state, changes)
  }
}

function edited(state: Document, changes: MemoryChange[]): Document {
  const data = { document: 'insights', changes, via: 'tool' as const }
  return applied(state, [{ type: 'DocumentEdited', data }], agent('backend-architect'))
}

const weaker: readonly [string, (text: string) => boolean][] = [
  ['one that takes everything', () => true],
  ['one that looks for "## " at the start of a line', (text) => !/^ {0,3}##\s/mu.test(text)],
  ['one that counts fences', (text) => (text.match(/^```/gmu)?.length ?? 0) % 2 === 0],
]

test.each(weaker)('the search finds escapes through a weaker rule: %s', (_, allows) => {
  const { escapes, escaped } = run({ seed: 1, count: 300, report: quiet, rule: weakened(allows) })
  expect(escaped).toBeGreaterThan(0)
  expect(escapes.length).toBeGreaterThan(0)
})

test.each(weaker)('a weaker rule fails the property: %s', (_, allows) => {
  const found = fc.check(sectionsStay(weakened(allows)), { numRuns: 300, seed: 1, endOnFailure: true })
  expect(found).toMatchObject({
    failed: true,
    errorInstance: expect.objectContaining({ name: 'AssertionError' }),
  })
})

test('all processors together say what one alone says of the same parts', async () => {
  const lines: string[] = []
  const all = await runOnAll({ seed: 9, count: 300, report: (line) => lines.push(line) })
  const first = run({ seed: 9, count: 250, report: quiet })
  const last = run({ seed: drawsAfter(9, 2 ** 16), count: 50, report: quiet })
  expect(all).toMatchObject({ texts: 300, written: first.written + last.written, escaped: 0 })
  expect(lines.at(-1)).toContain('300 texts')
})

test('the same seed gives the same run', () => {
  const report = quiet
  expect(run({ seed: 5, count: 50, report })).toEqual(run({ seed: 5, count: 50, report }))
})

test.each(['- item\n</script>\nOther\n---\n', '    code\n-\n   ## Other ##\n'])(
  'text that two parsers read differently is refused: %j',
  (text) => {
    given(imported(''))
      .when(writes('backend-architect', 'System Architecture', text))
      .thenRejects({ code: 'parsers_disagree', owner: 'backend-architect' })
  },
)

test('a section that was found by another spelling is the same section', () => {
  const state = imported('##  System   ARCHITECTURE ##\n\nx\n')
  expect(findSection(state, 'system-architecture')?.owner).toBe('backend-architect')
})
