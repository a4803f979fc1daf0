import { expect, test } from 'vitest'
import { nearest } from '../../src/kernel/nearest.ts'

test('the candidate with the fewest changed letters, in any case', () => {
  expect(nearest('raed', ['Write', 'Read', 'Grep'])).toBe('Read')
  expect(nearest('bakcend-architect', ['backend-architect', 'frontend-architect'])).toBe('backend-architect')
  expect(nearest('READ', ['Read'])).toBe('Read')
})

test('nothing that is far away', () => {
  expect(nearest('calm', ['Write', 'Read'])).toBeNull()
  expect(nearest('', ['Write'])).toBeNull()
  expect(nearest('x'.repeat(1_000), ['x'.repeat(1_000)])).toBeNull()
})

test('of equals the first', () => {
  expect(nearest('aab', ['aaa', 'bab'])).toBe('aaa')
})
