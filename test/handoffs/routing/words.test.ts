import { expect, test } from 'vitest'
import { gramsOf, wordLikeness } from '../../../src/handoffs/routing/grams.ts'
import { nearestNames } from '../../../src/handoffs/routing/names.ts'
import { stemOf, wordsOf } from '../../../src/handoffs/routing/words.ts'

const stems = (text: string) => wordsOf(text).map(({ stem }) => stem)

test.each([
  ['optimizer', 'optimization', 'optimize', 'optimised', 'optimizing'],
  ['deploy', 'deployment', 'deployments', 'deploying'],
  ['test', 'tests', 'testing', 'tester'],
  ['query', 'queries'],
  ['plan', 'planning', 'planner'],
  ['migrate', 'migration', 'migrations'],
  ['secure', 'security'],
  ['analysis', 'analyst', 'analytics', 'analyze'],
  ['db', 'database'],
])('forms of one word meet: %s', (word, ...forms) => {
  for (const form of forms) expect(stemOf(form)).toBe(stemOf(word))
})

test('words that only look alike stay apart', () => {
  expect(stemOf('product')).not.toBe(stemOf('production'))
  expect(stemOf('status')).not.toBe(stemOf('state'))
  expect(stemOf('user')).not.toBe(stemOf('using'))
})

test('case, accents and width make no difference, signs that are part of a name are kept', () => {
  expect(stems('Sécurité ＡＰＩ')).toEqual(stems('securite api'))
  expect(stems('C# and C++ on .NET')).toEqual(['csharp', 'cpp', 'dotnet'])
})

test('stop words say nothing', () => {
  expect(stems('please do it for us, thank you')).toEqual([])
})

test('text without blanks is compared by pairs of letters', () => {
  expect(stems('負荷試験')).toEqual(['負荷', '荷試', '試験'])
})

test('grams mark the ends of a word', () => {
  expect(gramsOf('api')).toEqual(['^ap', 'api', 'pi$', '^api', 'api$', '^api$'])
  expect(wordLikeness('same', 'same')).toBe(1)
  expect(wordLikeness('deliver', 'deliverability')).toBeGreaterThan(0.4)
  expect(wordLikeness('cat', 'dog')).toBe(0)
})

test('the nearest names of a wrong one, the likest first', () => {
  expect(nearestNames('backend-develper', ['frontend-developer', 'backend-developer', 'tester'])).toEqual([
    'backend-developer',
    'frontend-developer',
  ])
})

test('one endless word is cut, not computed', () => {
  expect(gramsOf('x'.repeat(100_000)).length).toBeLessThan(130)
  expect(wordsOf('😀'.repeat(10) + 'a'.repeat(100_000))[0]!.surface).toHaveLength(40)
})
