import { expect, test } from 'vitest'
import { limits } from '../../src/kernel/limits.ts'
import { headingsOf } from '../../src/memory/markdown-sections.ts'
import { remembered } from '../../src/memory/remembered.ts'

function counted() {
  const asked: string[] = []
  const answer = remembered((text) => {
    asked.push(text)
    return { text }
  })
  return { asked, answer }
}

test('the same text is looked at once, and gets the same answer', () => {
  const { asked, answer } = counted()
  expect(answer('a')).toBe(answer('a'))
  expect(answer('b')).toEqual({ text: 'b' })
  expect(asked).toEqual(['a', 'b'])
})

test('what was used longest ago is forgotten when there is too much', () => {
  const { asked, answer } = counted()
  const half = limits.parsedCharsMax / 2
  const [one, two, three] = ['1', '2', '3'].map((digit) => digit.repeat(half)) as [string, string, string]
  answer(one)
  answer(two)
  answer(one)
  answer(three)
  answer(one)
  expect(asked.map((text) => text[0])).toEqual(['1', '2', '3'])
  answer(two)
  expect(asked).toHaveLength(4)
})

test('a text that is too large is answered, and not kept', () => {
  const { asked, answer } = counted()
  const large = 'x'.repeat(limits.parsedCharsMax + 1)
  expect(answer(large)).toEqual({ text: large })
  answer(large)
  expect(asked).toHaveLength(2)
})

test('two texts that differ in one byte have headings of their own', () => {
  expect(headingsOf('## One\n')).toMatchObject([{ heading: 'One' }])
  expect(headingsOf('## Onc\n')).toMatchObject([{ heading: 'Onc' }])
  expect(headingsOf('## One\n')).toMatchObject([{ heading: 'One' }])
})
