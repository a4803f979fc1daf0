import { expect, test } from 'vitest'
import { declaredLabels, isPlaceholder, parseLabelled } from '../../src/kernel/labels.ts'

const labels = ['What Was Built', 'Key Decision', 'Collaboration Needs']

test('finds the text of every declared label', () => {
  const text = '**What Was Built**: a queue\n**Key Decision**: one writer\n**Collaboration Needs**: none'
  expect(parseLabelled(text, labels)).toEqual({
    fields: [
      { label: 'What Was Built', text: 'a queue' },
      { label: 'Key Decision', text: 'one writer' },
      { label: 'Collaboration Needs', text: 'none' },
    ],
    missing: [],
    unknown: [],
  })
})

test('a value keeps its colons, bold words, lists and blank lines', () => {
  const value = 'two parts: **first**: reads\n- **Cache**: 5 ms\n- writes\n\n  Then: later'
  const { fields, unknown } = parseLabelled(`**Key Decision**: ${value}\n\n**What Was Built**: x`, labels)
  expect(fields[0]).toEqual({ label: 'Key Decision', text: value })
  expect(unknown).toEqual([])
})

test('an unfilled placeholder, an empty value and an absent label are missing', () => {
  const text = '**What Was Built**: [what was built]\n**Key Decision**:\n'
  expect(parseLabelled(text, labels)).toEqual({ fields: [], missing: labels, unknown: [] })
})

test('unknown labels are kept', () => {
  const { fields, unknown } = parseLabelled('**Mood**: calm\n**Key Decision**: one writer', labels)
  expect(unknown).toEqual([{ label: 'Mood', text: 'calm' }])
  expect(fields).toEqual([{ label: 'Key Decision', text: 'one writer' }])
})

test('labels may stand in a list, with the colon inside the bold, in any case, as headings', () => {
  const list = '- **what was built:** a queue\n- **Mood:** calm\n- **Key decision:** one writer'
  expect(parseLabelled(list, labels)).toMatchObject({
    fields: [
      { label: 'What Was Built', text: 'a queue' },
      { label: 'Key Decision', text: 'one writer' },
    ],
    unknown: [{ label: 'Mood', text: 'calm' }],
  })
  const headings = '## Session Summary\n### What Was Built\na queue\n\n### Key Decision\none writer\n'
  expect(parseLabelled(headings, labels).fields).toEqual([
    { label: 'What Was Built', text: 'a queue' },
    { label: 'Key Decision', text: 'one writer' },
  ])
  expect(parseLabelled('Key Decision: one writer', labels).fields).toHaveLength(1)
})

test('only the last session summary of a text counts, and a later heading ends it', () => {
  const text =
    'I will.\n## Session Summary\n**Key Decision**: draft\n\n## Session Summary\n**Key Decision**: final\n## After\nbye'
  expect(parseLabelled(text, labels).fields).toEqual([{ label: 'Key Decision', text: 'final' }])
})

test('a label in a code example is no label, but a summary that is fenced as a whole counts', () => {
  const example = '**Key Decision**: this\n```\n**What Was Built**: not me\n```\n'
  expect(parseLabelled(example, labels).missing).toContain('What Was Built')
  const whole = '```markdown\n**Key Decision**: this\n**What Was Built**: a queue\n```'
  expect(parseLabelled(whole, labels).fields).toEqual([
    { label: 'Key Decision', text: 'this' },
    { label: 'What Was Built', text: 'a queue' },
  ])
})

test('a stray fence before the summary swallows nothing', () => {
  const text = 'Done.\n```\n## Session Summary\n**Key Decision**: one writer'
  expect(parseLabelled(text, labels).fields).toEqual([{ label: 'Key Decision', text: 'one writer' }])
})

test('labels named like object members are labels', () => {
  const odd = ['constructor', '__proto__']
  const text = '**constructor**: a\n**__proto__**: b'
  expect(parseLabelled(text, odd).fields).toEqual([
    { label: 'constructor', text: 'a' },
    { label: '__proto__', text: 'b' },
  ])
})

test('a template declares its bold labels in order, each once', () => {
  const template =
    'After the work:\n\n**Impact**: [what]\n**Impact**: again\n**Needs:** [who]\n- **Odd**: x\n**[Label]**: y'
  expect(declaredLabels(template)).toEqual(['Impact', 'Needs', 'Odd'])
})

test('a placeholder is nothing but brackets', () => {
  expect(['[x]', '[a] - [b]', '[a [b] c].', '[ ]'].every(isPlaceholder)).toBe(true)
  expect(['', 'x', '[a](b)', '[a] done', '[a', ']a['].some(isPlaceholder)).toBe(false)
})

test('work is linear in the length of the text', () => {
  const hostile = [
    '```a\n```a\n```\n'.repeat(15_000),
    '**a**: b\n'.repeat(25_000),
    `${'`'.repeat(3)}\n`.repeat(50_000),
    ' '.repeat(250_000),
    `# ${'#'.repeat(250_000)} x`,
    '['.repeat(250_000),
    '- '.repeat(125_000),
  ]
  for (const text of hostile) {
    const start = performance.now()
    parseLabelled(text, labels)
    expect(performance.now() - start).toBeLessThan(15_000)
  }
})
