import { expect, test } from 'vitest'
import { recordedPatterns } from '../../../src/handoffs/recorded-patterns.ts'

const author = { owner: 'Api-Designer', names: ['api-designer', 'tester', 'data-modeler', 'site-keeper'] }
const targets = (text: string) =>
  recordedPatterns(text, author).partners.map(({ target, note }) => [target, note])

test('partners and requirements are read under the heading, names in any case', () => {
  const text = [
    '## Contracts',
    '### Collaboration Patterns',
    '- **Works well with**: Tester for load tests, DATA_MODELER (storage, indexes), All engineering agents',
    '- **Handoff requirements**: user stories, error list',
  ].join('\n')
  expect(recordedPatterns(text, author)).toEqual({
    partners: [
      { raw: 'Tester for load tests', target: 'tester', note: 'load tests' },
      { raw: 'DATA_MODELER (storage, indexes)', target: 'data-modeler', note: 'storage, indexes' },
      { raw: 'All engineering agents', target: null, note: null },
    ],
    requirements: ['user stories', 'error list'],
  })
})

test('a pattern anywhere in the section counts where it names an agent, up to the next label of its line', () => {
  const text = [
    '### Architecture Patterns Used',
    '- **Cursor pages**: keyset over offset - Works well with: data-modeler for keyset indexes - Supports: 10k rows',
    '- **Retries**: with jitter - **Works well with**: circuit breakers, site-keeper for alerts',
    '- **Gateway**: one door - Works well with: [Other components]',
  ].join('\n')
  expect(targets(text)).toEqual([
    ['data-modeler', 'keyset indexes'],
    ['site-keeper', 'alerts'],
  ])
})

test('both places are read when a section has both, and one saying counts once', () => {
  const text = [
    '- **Retries**: with jitter. Works well with: tester for load tests',
    '### Collaboration Patterns',
    '- **Works well with**: tester for load tests',
  ].join('\n')
  expect(targets(text)).toEqual([['tester', 'load tests']])
})

test('an agent is never its own partner, and a similar name is nobody', () => {
  expect(targets('- **Works well with**: api-designer for praise, testr for load tests')).toEqual([
    [null, 'praise'],
    [null, 'load tests'],
  ])
})

test('fences and comments are examples', () => {
  const text = [
    '```',
    '- **Works well with**: tester for load tests',
    '```',
    '<!-- - **Works well with**: tester for load tests',
    'x - Works well with: tester for load tests -->',
  ].join('\n')
  expect(recordedPatterns(text, author)).toEqual({ partners: [], requirements: [] })
})

test('a long hostile line is read in time', () => {
  const text = `${' - Works well with: tester -'.repeat(5_000)}\n${'<!--'.repeat(20_000)}`
  const startedMs = performance.now()
  recordedPatterns(text, author)
  expect(performance.now() - startedMs).toBeLessThan(15_000)
})
