import { expect, test } from 'vitest'
import { z } from 'zod'
import { inputSchema, readInput } from '../../src/tools/input.ts'

const Input = z.object({ count: z.int(), names: z.array(z.string()).optional() })

test('input is read against its schema; what is too much is left out', () => {
  expect(readInput(Input, { count: 1, more: true })).toEqual({ value: { count: 1 } })
})

test('what does not fit is said by path, at most five times', () => {
  expect(readInput(Input, { count: 1, names: ['a', 2] })).toEqual({
    problem: expect.stringMatching(
      /^The input does not fit: names\.1: .* Call the tool again with it mended\.$/u,
    ),
  })
  const { problem } = readInput(Input, { count: 1, names: [1, 2, 3, 4, 5, 6, 7] }) as { problem: string }
  expect(problem.split(';')).toHaveLength(5)
})

test('the model is shown plain JSON Schema of what it may give', () => {
  expect(inputSchema(Input)).toMatchObject({
    type: 'object',
    required: ['count'],
    properties: { names: { type: 'array', items: { type: 'string' } } },
  })
  expect(inputSchema(Input)).not.toHaveProperty('$schema')
})
