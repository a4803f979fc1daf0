import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { limits } from '../../src/kernel/limits.ts'
import { needsOf, sameNeed } from '../../src/sessions/needs.ts'

const roster = ['backend-architect', 'frontend-developer', 'tester', 'api-tester', 'Joker']

const needs = (text: string, label = 'Collaboration Needs') => needsOf([{ label, text }], roster)
const items = (text: string) => needs(text).map(({ need, to }) => (to === null ? need : `${to} < ${need}`))

describe('none is none', () => {
  test.each([
    'None',
    'none.',
    '- None',
    '**None**',
    'None at this time.',
    'None required',
    'None - the work is complete',
    'No further collaboration needed.',
    'No collaboration needs',
    'No handoffs required',
    'No additional work for other agents',
    'No.',
    'N/A',
    'n/a - internal change',
    'Not applicable',
    'Nothing for now',
    'Nil',
    'Keine',
    '—',
    '',
    '[agents that should look at this]',
  ])('%j', (text) => {
    expect(items(text)).toEqual([])
  })

  test.each([
    'No-code prototype of the upload',
    'No error handling yet: frontend-developer should add it',
    'None of the forms are validated: tester should check them',
    'Nonetheless review the upload',
    'Notify the people who wait',
  ])('%j is a need all the same', (text) => {
    expect(items(text)).toHaveLength(1)
  })
})

describe('items', () => {
  test('stand one on a line, or between semicolons', () => {
    expect(items('Review the schema; test the upload')).toEqual(['Review the schema', 'test the upload'])
    expect(items('Review the schema\nTest the upload')).toHaveLength(2)
  })

  test('stand behind bullets of every kind, with their continuation lines', () => {
    const text =
      '- Review the schema; all of it\n  before Friday\n* test the upload\n1. document it\n• deploy it'
    expect(items(text)).toEqual([
      'Review the schema; all of it before Friday',
      'test the upload',
      'document it',
      'deploy it',
    ])
  })

  test('before the first bullet count, unless they only lead to the list', () => {
    expect(items('Review the schema\n- test the upload')).toHaveLength(2)
    expect(items('These agents are needed:\n- tester: check the upload')).toEqual([
      'tester < check the upload',
    ])
  })

  test('nested below an item belong to it', () => {
    expect(items('- tester:\n  - check the upload\n  - check the download')).toEqual([
      'tester < check the upload check the download',
    ])
  })

  test('come from fields about collaboration and handoffs only', () => {
    expect(needs('Review it all', 'Handoffs')).toHaveLength(1)
    expect(needs('Review it all', 'Hand-off')).toHaveLength(1)
    expect(needs('Review it all', 'Work Done')).toEqual([])
  })

  test('are bounded in number and length', () => {
    const many = Array.from({ length: 200 }, (_, index) => `- need number${index} of its own${index}`)
    expect(items(many.join('\n'))).toHaveLength(limits.handoffsPerSessionMax)
    const [long] = needs(`${'x'.repeat(limits.needCharsMax - 1)}😀 and more`)
    expect(long!.need.length).toBeLessThanOrEqual(limits.needCharsMax)
    expect(long!.need.isWellFormed()).toBe(true)
  })
})

describe('the receiver', () => {
  test.each([
    ['tester: check the upload', 'check the upload'],
    ['**tester**: check the upload', 'check the upload'],
    ['`tester` - check the upload', 'check the upload'],
    ['@tester check the upload', 'check the upload'],
    ['Tester should check the upload', 'check the upload'],
    ['tester needs to check the upload', 'check the upload'],
    ['tester for checking the upload', 'checking the upload'],
    ['tester → check the upload', 'check the upload'],
    ['Ask the tester to check the upload', 'Ask the tester to check the upload'],
  ])('%j', (text, need) => {
    expect(needs(text)).toEqual([{ need, to: 'tester' }])
  })

  test('is spelled as in the roster', () => {
    expect(needs('JOKER: a joke about uploads')[0]?.to).toBe('Joker')
  })

  test('is not found inside another name or word', () => {
    expect(needs('api-tester: call it')).toEqual([{ need: 'call it', to: 'api-tester' }])
    expect(needs('attesters sign it')[0]?.to).toBe(null)
    expect(needs('tester2 signs it')[0]?.to).toBe(null)
    expect(needs('testers wait; tester: check it')).toEqual([
      { need: 'testers wait', to: null },
      { need: 'check it', to: 'tester' },
    ])
    expect(needs('testers wait until the tester has checked')[0]).toEqual({
      need: 'testers wait until the tester has checked',
      to: 'tester',
    })
  })

  test('is nobody in particular when several are named, also when one name holds the other', () => {
    expect(needs('frontend-developer and tester: review the login')[0]?.to).toBe(null)
    expect(needs('api-tester and tester should review the login')[0]?.to).toBe(null)
  })

  test('without a need is no need', () => {
    expect(needs('tester')).toEqual([])
    expect(needs('tester: ')).toEqual([])
  })

  test('short words say something too', () => {
    expect(needs('tester: QA')).toEqual([{ need: 'QA', to: 'tester' }])
    expect(needs('tester: 测试')).toEqual([{ need: '测试', to: 'tester' }])
  })
})

describe('one need, however often it was said', () => {
  test('in other words’ order, with and without its receiver', () => {
    expect(items('tester: check the upload; check the upload; the upload: check')).toEqual([
      'tester < check the upload',
    ])
  })

  test('for another receiver it is another need', () => {
    expect(items('tester: check the upload; api-tester: check the upload')).toHaveLength(2)
  })

  test('two needs with one goal in common are two', () => {
    const goal = 'a habit tracker with reminders, streaks and a weekly report'
    const a = { need: `Test what is recorded for: ${goal}`, to: null }
    const b = { need: `Document what is recorded for: ${goal}`, to: null }
    expect(sameNeed(a, b)).toBe(false)
  })

  const word = fc.constantFrom('check', 'upload', 'login', 'review', 'QA', 'of', 'the', 'tester', 'api')
  const need = fc.record({
    need: fc.array(word, { minLength: 1, maxLength: 6 }).map((words) => words.join(' ')),
    to: fc.constantFrom(null, ...roster),
  })

  test('is the same whoever is asked first, and the same as itself', () => {
    fc.assert(fc.property(need, need, (a, b) => sameNeed(a, b) === sameNeed(b, a)))
    fc.assert(fc.property(need, (a) => sameNeed({ ...a, to: null }, { ...a, to: null })))
  })
})

test('any text gives needs that a log can hold', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
      for (const { need, to } of needs(text)) {
        expect(need.trim()).not.toBe('')
        expect(need.isWellFormed()).toBe(true)
        expect(to === null || roster.includes(to)).toBe(true)
      }
    }),
  )
})

test('a long text takes no longer than its length', () => {
  const began = performance.now()
  needs('tester '.repeat(100_000))
  needs('- '.repeat(100_000))
  needs('None '.repeat(100_000))
  expect(performance.now() - began).toBeLessThan(2_000)
})
