import { expect, test } from 'vitest'
import { checklistOf, missingRequirements } from '../../../src/handoffs/requirements.ts'

const requirements = ['component specifications', 'design system updates', 'performance metrics']

test('what nobody gave is missing, in the order asked', () => {
  expect(missingRequirements(requirements, { context: '' })).toEqual(requirements)
})

test('a requirement is met by its name, in any form and order of its words, with a value that says something', () => {
  const provides = [
    { requirement: 'Component specification', value: 'docs/components.md' },
    { requirement: 'updates of the design system', value: 'none since May, version 4 stays' },
  ]
  expect(missingRequirements(requirements, { context: '', provides })).toEqual(['performance metrics'])
})

test.each(['', '  ', '-', 'TBD', 'n/a', '[metrics]', 'none', 'not available', '…'])(
  'the value %j is no value',
  (value) => {
    const provides = [{ requirement: 'performance metrics', value }]
    expect(missingRequirements(['performance metrics'], { context: '', provides })).toEqual([
      'performance metrics',
    ])
  },
)

test('a context that says it in one sentence meets it', () => {
  const context = 'We measured again.\nPerformance metrics: p95 is 180 ms, see metrics/may.csv'
  expect(missingRequirements(['performance metrics'], { context })).toEqual([])
})

test.each([
  ['says that it is not there', 'There are no performance metrics yet, sorry.'],
  [
    'says its words far apart',
    'Performance was fine when we looked at the old server in the basement next to the shelf. Metrics later.',
  ],
  ['only repeats the checklist', 'Component specifications, design system updates, performance metrics'],
  ['says half of it', 'Performance is good on every phone.'],
])('a context that %s does not meet it', (_what, context) => {
  expect(missingRequirements(requirements, { context })).toContain('performance metrics')
})

test('one requirement in two spellings is asked for once, and one without words not at all', () => {
  const asked = ['Performance metrics', 'metrics of performance', '…', 'the']
  expect(missingRequirements(asked, { context: '' })).toEqual(['Performance metrics'])
})

test('a value for something else meets nothing', () => {
  const provides = [{ requirement: 'metrics', value: '180 ms' }]
  expect(missingRequirements(['performance metrics'], { context: '', provides })).toEqual([
    'performance metrics',
  ])
})

test('the checklist says where each requirement was met: by name, in a sentence, or nowhere', () => {
  const given = {
    context: 'We measured again. The performance metrics of May stand in metrics/may.csv; all is well.',
    provides: [{ requirement: 'component specification', value: 'docs/components.md' }],
  }
  expect(checklistOf(requirements, given)).toEqual([
    { requirement: 'component specifications', met: 'provided', where: 'docs/components.md' },
    { requirement: 'design system updates', met: 'missing', where: '' },
    {
      requirement: 'performance metrics',
      met: 'context',
      where: 'The performance metrics of May stand in metrics/may.csv',
    },
  ])
})
