import { expect, test } from 'vitest'
import { parsePatterns } from '../../src/kernel/collaboration-patterns.ts'
import { agentNamed, parseItems, resolveItems } from '../../src/kernel/pattern-items.ts'

const named = agentNamed(['ui-designer', 'joker', 'Backend Architect', 'load-tester'])
const targets = (list: string) => resolveItems(parseItems(list), named)
const short = (list: string) => targets(list).map((one) => [one.target, one.note])

test('bare items, notes in parentheses, and X for Y', () => {
  expect(targets('ui-designer, load-tester (spikes, soak), backend architect for APIs')).toEqual([
    { raw: 'ui-designer', target: 'ui-designer', note: null },
    { raw: 'load-tester (spikes, soak)', target: 'load-tester', note: 'spikes, soak' },
    { raw: 'backend architect for APIs', target: 'Backend Architect', note: 'APIs' },
  ])
})

test('names are exact in any case and decoration, never fuzzy', () => {
  const written = '**UI-Designer**, `load-tester`, @joker, [ui-designer](./ui.md), backend_architect'
  expect(targets(written).map((one) => one.target)).toEqual([
    'ui-designer',
    'load-tester',
    'joker',
    'ui-designer',
    'Backend Architect',
  ])
  expect(targets('ui-designers, load-teste, design').every((one) => one.target === null)).toBe(true)
})

test('groups and free text stay text, with their notes', () => {
  expect(targets('All engineering agents (accuracy), specific agents needing coaching')).toEqual([
    { raw: 'All engineering agents (accuracy)', target: null, note: 'accuracy' },
    { raw: 'specific agents needing coaching', target: null, note: null },
  ])
})

test('two agents joined by a word are two items, other words are not parted', () => {
  expect(short('ui-designer and joker')).toEqual([
    ['ui-designer', null],
    ['joker', null],
  ])
  expect(short('joker/load-tester')).toEqual([
    ['joker', null],
    ['load-tester', null],
  ])
  expect(short('joker and friends')).toEqual([[null, null]])
})

test('commas inside the note of X for Y belong to the note, unless an agent is named', () => {
  expect(short('load-tester for spikes, soak and peaks, ui-designer for forms')).toEqual([
    ['load-tester', 'spikes, soak and peaks'],
    ['ui-designer', 'forms'],
  ])
  expect(short('load-tester for spikes, joker')).toEqual([
    ['load-tester', 'spikes'],
    ['joker', null],
  ])
})

test('notes after a dash or a colon', () => {
  expect(short('load-tester - before a launch; ui-designer: forms')).toEqual([
    ['load-tester', 'before a launch'],
    ['ui-designer', 'forms'],
  ])
})

test('square brackets are a placeholder when they describe and a list when they name', () => {
  expect(targets('[Other agents that fit]')).toEqual([])
  expect(targets('[agent-name]')).toEqual([])
  expect(targets('[ui-designer, load-tester (spikes)]').map((one) => one.target)).toEqual([
    'ui-designer',
    'load-tester',
  ])
  expect(targets('[Joker, Backend Architect]').map((one) => one.target)).toEqual([
    'joker',
    'Backend Architect',
  ])
  expect(targets('[ghost-writer]')).toEqual([{ raw: 'ghost-writer', target: null, note: null }])
})

test('an unbalanced parenthesis loses nothing', () => {
  expect(short('ui-designer (forms, joker')).toEqual([
    ['ui-designer', 'forms'],
    ['joker', null],
  ])
})

test('"none" names nobody', () => {
  expect(['none', 'None.', 'N/A', '-', ''].flatMap(parseItems)).toEqual([])
})

test('patterns under their heading; other lines with the label are not its', () => {
  const markdown = `
- **Works well with**: somebody-else

### Collaboration Patterns
- **Works well with**: ui-designer, joker (morale)
- **Handoff requirements**: screens, test data, and budgets

### Next
- **Works well with**: nobody-here
`
  const patterns = parsePatterns(markdown)
  expect(patterns.worksWith.map((one) => one.name)).toEqual(['ui-designer', 'joker'])
  expect(patterns.requirements).toEqual(['screens', 'test data', 'budgets'])
})

test('a plain line in a section is enough', () => {
  const named = (text: string) => parsePatterns(text).worksWith.map(({ name, note }) => ({ name, note }))
  const expected = [{ name: 'load-tester', note: 'load tests' }]
  expect(named('## Mine\n\nWorks well with: load-tester for load tests\n')).toEqual(expected)
  expect(named('## Mine\n- Works well with load-tester for load tests\n')).toEqual(expected)
})

test('lists below the label', () => {
  const markdown = `### Collaboration Patterns
- **Works well with**:
  - ui-designer (forms,
    tables)
  - load-tester
- **Handoff requirements**:
  - screens, in order
  - test data

Last updated: today
`
  const patterns = parsePatterns(markdown)
  expect(patterns.worksWith.map(({ name, note }) => [name, note])).toEqual([
    ['ui-designer', 'forms, tables'],
    ['load-tester', null],
  ])
  expect(patterns.requirements).toEqual(['screens, in order', 'test data'])
})

test('an example in a fence, and a mention in the middle of a line, are no patterns', () => {
  expect(parsePatterns('```\n- **Works well with**: joker\n```').worksWith).toEqual([])
  expect(parsePatterns('- **Queue**: fast - Works well with: joker').worksWith).toEqual([])
})

test('placeholders are no requirements', () => {
  expect(parsePatterns('- **Handoff requirements**: [what others need, and when]').requirements).toEqual([])
})

test('work is linear in the length of the text', () => {
  const label = '- **Works well with**: '
  const hostile = ['(', ')(', '([', 'a,', 'a for b,', 'x\n', '\n- a', '"', ' ', ': ', '- '].map(
    (part) => label + part.repeat(250_000 / part.length),
  )
  for (const text of hostile) {
    const start = performance.now()
    resolveItems(parsePatterns(text).worksWith, named)
    expect(performance.now() - start, text.slice(0, 40)).toBeLessThan(15_000)
  }
})
