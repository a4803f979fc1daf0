import { describe, expect, test } from 'vitest'
import { circleOf, circleText, isSameNeed, type Leg } from '../../src/handoffs/circle.ts'

const leg = (handoff: string, from: string | null, to: string, need: string): Leg => ({
  handoff,
  from,
  to,
  need,
})
const upload = 'Test the upload under load'
const way = [leg('h1', null, 'lead', 'A habit tracker'), leg('h2', 'lead', 'tester', upload)]

describe('the same need', () => {
  test.each([
    ['the same words', upload, upload],
    ['other forms and order', 'testing uploads under a load', 'Test the upload under load'],
    ['one says a little more', 'test the upload', 'please test the upload endpoint'],
    ['no words that route, and equal', '???', ' ??? '],
    ['other scripts', '压力测试上传服务', '压力测试上传服务'],
  ])('%s', (_, a, b) => {
    expect(isSameNeed(a, b)).toBe(true)
    expect(isSameNeed(b, a)).toBe(true)
  })

  test.each([
    ['another thing to do with it', 'Document the upload endpoint', upload],
    [
      'one word of many in common',
      'upload',
      'write release notes that mention the upload among other things',
    ],
    ['nothing in common', 'Review the colours', upload],
    ['nothing said', '', upload],
    ['signs that differ', '???', '!!!'],
  ])('is not %s', (_, a, b) => {
    expect(isSameNeed(a, b)).toBe(false)
    expect(isSameNeed(b, a)).toBe(false)
  })
})

describe('a circle', () => {
  test('shows everybody who had the need, and the handoffs it went by', () => {
    const circle = circleOf(way, { handoff: 'h3', need: 'test uploads under load', towards: ['lead'] })
    expect(circle).toEqual([
      { agent: 'lead', handoff: 'h1' },
      { agent: 'tester', handoff: 'h2' },
      { agent: 'lead', handoff: 'h3' },
    ])
    expect(circleText(circle!)).toBe('lead → tester → lead')
  })

  test('may begin with an agent that began the work', () => {
    const began = [leg('h1', 'lead', 'tester', upload)]
    expect(circleOf(began, { handoff: 'h2', need: upload, towards: ['LEAD'] })).toEqual([
      { agent: 'LEAD' },
      { agent: 'tester', handoff: 'h1' },
      { agent: 'LEAD', handoff: 'h2' },
    ])
  })

  test('goes through more than two, and begins at the last time that the agent had it', () => {
    const long = [...way, leg('h3', 'tester', 'fixer', upload), leg('h4', 'fixer', 'writer', upload)]
    const circle = circleOf(long, { handoff: 'h5', need: upload, towards: ['tester'] })
    expect(circleText(circle!)).toBe('tester → fixer → writer → tester')
  })

  test('is none when something else comes back', () => {
    expect(circleOf(way, { handoff: 'h3', need: 'Which formats are allowed?', towards: ['lead'] })).toBeNull()
  })

  test('is none when the agent never had it', () => {
    expect(circleOf(way, { handoff: 'h3', need: upload, towards: ['writer'] })).toBeNull()
    expect(circleOf(way, { handoff: 'h3', need: upload, towards: [] })).toBeNull()
    expect(circleOf([], { handoff: 'h3', need: upload, towards: ['lead'] })).toBeNull()
  })
})
