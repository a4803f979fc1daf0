import { expect, test } from 'vitest'
import { type Document, findSection } from '../../src/memory/document.ts'
import { changesBetween, settle } from '../../src/memory/document-changes.ts'
import { draftOfSection } from '../../src/memory/draft.ts'
import type { MemoryChange } from '../../src/memory/events.ts'
import { run, type WriteRule } from '../soak/memory-sections.ts'
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
}, 60_000)

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

test.each([
  ['one that takes everything', () => true],
  ['one that looks for "## " at the start of a line', (text: string) => !/^ {0,3}##\s/mu.test(text)],
  ['one that counts fences', (text: string) => (text.match(/^```/gmu)?.length ?? 0) % 2 === 0],
])('the search finds escapes through a weaker rule: %s', (_, allows) => {
  const { escapes } = run({ seed: 1, count: 300, report: quiet, rule: weakened(allows) })
  expect(escapes.length).toBeGreaterThan(0)
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
