import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { AgentDefinition } from '../../src/agents/events.ts'
import { estimateCost, modelChoice } from '../../src/runtime/models.ts'
import { answerOf, apiKey, failureOf, request, serverWith } from './ask.ts'

const agent = (model: string | null) => ({ name: 'writer', model }) as AgentDefinition
const real = { model: 'sonnet', rehearsal: false }
const signal = new AbortController().signal

test('a rehearsal needs no key and names itself', () => {
  const { model, name } = modelChoice({ env: {}, config: {} })(agent('opus'), {
    model: 'rehearsal',
    rehearsal: true,
  })
  expect([model.runner, name]).toEqual(['rehearsal', 'rehearsal'])
})

test('without a key the first real choice says what to set; opening alone asks for nothing', () => {
  const choose = modelChoice({ env: { ANTHROPIC_BASE_URL: 'http://127.0.0.1:1' }, config: {} })
  expect(() => choose(agent(null), real)).toThrow(/ANTHROPIC_API_KEY/u)
})

test('agents of one endpoint share its client and its breaker, under their own names', () => {
  const choose = modelChoice({
    env: { ANTHROPIC_API_KEY: apiKey },
    config: { models: { opus: 'claude-opus-4-8' } },
  })
  const [first, second] = [choose(agent('opus'), real), choose(agent('inherit'), real)]
  expect([first.name, second.name]).toEqual(['claude-opus-4-8', 'claude-sonnet-5-5'])
  expect(first.model).toBe(second.model)
})

test.for([
  [{ ANTHROPIC_API_KEY: apiKey, ANTHROPIC_AUTH_TOKEN: 'another-token' }, `Bearer ${apiKey}`],
  [{ ANTHROPIC_AUTH_TOKEN: 'another-token' }, 'Bearer another-token'],
] as const)('the environment gives address and key: %o', async ([env, authorization]) => {
  const server = await serverWith([{ content: 'Here.' }])
  const choose = modelChoice({ env: { ...env, ANTHROPIC_BASE_URL: server.url }, config: {} })
  answerOf(await choose(agent(null), real).model.answer(request, { signal }))
  expect(server.requests[0]?.headers.authorization).toBe(authorization)
})

test('an address that is none is refused before anything is sent', () => {
  const choose = modelChoice({
    env: { ANTHROPIC_API_KEY: apiKey, ANTHROPIC_BASE_URL: 'local:8080' },
    config: {},
  })
  expect(() => choose(agent(null), real)).toThrow(/ANTHROPIC_BASE_URL is "local:8080"/u)
})

test('the choice comes with a breaker', async () => {
  const server = await serverWith(() => ({ status: 529, error: { type: 'overloaded_error', message: 'no' } }))
  const env = { ANTHROPIC_API_KEY: apiKey, ANTHROPIC_BASE_URL: server.url }
  const { model } = modelChoice({ env, config: {} })(agent(null), real)
  const kinds = []
  for (let call = 0; call < 5; call += 1) kinds.push(failureOf(await model.answer(request, { signal })).kind)
  expect(kinds.at(-1)).toBe('breaker_open')
})

test('prices of the environment go before those of the configuration', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'daybook-choice-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'prices.json')
  const flat = { input: 0, output: 1_000_000, cacheWrite5m: 0, cacheWrite1h: 0, cacheRead: 0 }
  await writeFile(
    path,
    JSON.stringify({ source: 'ours', asOf: '2026-11-01', models: { 'claude-sonnet-5-5': flat } }),
  )
  const server = await serverWith([{ content: 'x', usage: { input_tokens: 9, output_tokens: 3 } }])
  const env = { ANTHROPIC_API_KEY: apiKey, ANTHROPIC_BASE_URL: server.url, DAYBOOK_PRICES: path }
  const { model } = modelChoice({ env, config: { prices: '/nowhere.json' } })(agent(null), real)
  expect(answerOf(await model.answer(request, { signal })).costUsd).toBe(3)
})

test('an estimate grows with sessions and price, and says what it rests on', () => {
  const estimate = (sessions: number, model: string) => estimateCost({ sessions, model, config: {}, env: {} })
  const [one, two, dear] = [estimate(1, 'sonnet'), estimate(2, 'sonnet'), estimate(1, 'opus')]
  expect(one).toMatchObject({
    sessions: 1,
    model: 'claude-sonnet-5-5',
    basis: expect.stringContaining('prices of 2026'),
  })
  expect(one.costUsd).toBeGreaterThan(0)
  expect(two.costUsd).toBeCloseTo(2 * one.costUsd, 6)
  expect(dear.costUsd).toBeGreaterThan(one.costUsd)
  expect(estimate(3, 'rehearsal')).toMatchObject({ costUsd: 0, basis: expect.stringContaining('rehearsal') })
  expect(estimate(3, 'qwen3:8b')).toMatchObject({
    costUsd: 0,
    basis: expect.stringContaining('no price is known'),
  })
})
