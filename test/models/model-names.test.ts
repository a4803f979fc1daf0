import { expect, test } from 'vitest'
import { resolveModel } from '../../src/models/model-names.ts'

test.for([
  ['opus', 'sonnet', 'claude-opus-5-5'],
  ['Haiku', 'sonnet', 'claude-haiku-5-5'],
  ['inherit', 'opus', 'claude-opus-5-5'],
  [' ', 'opus', 'claude-opus-5-5'],
  [null, 'haiku', 'claude-haiku-5-5'],
  [null, null, 'claude-sonnet-5-5'],
  [null, 'inherit', 'claude-sonnet-5-5'],
  ['claude-opus-4-8', 'sonnet', 'claude-opus-4-8'],
  [null, 'qwen3:8b', 'qwen3:8b'],
  [null, 'vendor/model', 'vendor/model'],
] as const)('agent %s in a workflow on %s runs on %s', ([agent, workflow, id]) => {
  expect(resolveModel(agent, workflow)).toBe(id)
})

test('aliases of the configuration go before ours and may be new', () => {
  const overrides = { Sonnet: 'claude-sonnet-5', fast: 'local-model' }
  expect(resolveModel('sonnet', null, overrides)).toBe('claude-sonnet-5')
  expect(resolveModel('fast', null, overrides)).toBe('local-model')
  expect(resolveModel('opus', null, overrides)).toBe('claude-opus-5-5')
})

test('an unknown word is refused with the known ones, and the one that was meant', () => {
  expect(() => resolveModel('sonet', null, { fast: 'x-1' })).toThrow(
    /no model "sonet".*opus, sonnet, haiku, fast, inherit.*Did you mean "sonnet"\?/u,
  )
  expect(() => resolveModel('constructor', null)).toThrow('There is no model "constructor"')
  expect(() => resolveModel('model 1 of ours', null)).toThrow('There is no model')
})
