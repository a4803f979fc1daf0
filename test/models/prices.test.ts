import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { DaybookError } from '../../src/kernel/errors.ts'
import { modelAliases } from '../../src/models/model-names.ts'
import { costUsd, priceOf, readPrices, shippedPrices } from '../../src/models/prices.ts'

const none = { input: 0, output: 0, cacheWrite5m: 0, cacheWrite1h: 0, cacheRead: 0 }

async function file(content: unknown): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'daybook-prices-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'prices.json')
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

test('every alias has a price, and the table says where and when it was read', () => {
  for (const id of Object.values(modelAliases)) expect(priceOf(shippedPrices, id), id).not.toBeNull()
  expect(shippedPrices.source).toMatch(/^https:/u)
  expect(shippedPrices.asOf).toMatch(/^\d{4}-\d{2}-\d{2}$/u)
})

test('each kind of token has its own price, for a million of them', () => {
  const price = priceOf(shippedPrices, 'claude-opus-5-5')!
  const million = 1_000_000
  const costs = Object.keys(none).map((kind) => costUsd(price, { ...none, [kind]: million }))
  expect(costs).toEqual([4, 20, 5, 8, 0.2])
  expect(costUsd(price, none)).toBe(0)
})

test('a prompt above the bound costs more for each of its tokens, cached ones counted', () => {
  const price = priceOf(shippedPrices, 'claude-haiku-5-5')!
  const at = (cacheRead: number) => costUsd(price, { ...none, input: 50_000, cacheRead, output: 1_000 })
  expect(at(50_000)).toBe(0.005 + 0.0005 + 0.0005)
  expect(at(50_001)).toBeCloseTo(0.025 + 0.0025 + 0.0025, 6)
})

test('an id with a date is priced without it; another model is not guessed', () => {
  expect(priceOf(shippedPrices, 'claude-haiku-4-5-20251001')).toEqual(
    priceOf(shippedPrices, 'claude-haiku-4-5'),
  )
  expect(priceOf(shippedPrices, 'claude-haiku-9')).toBeNull()
  expect(priceOf(shippedPrices, 'constructor')).toBeNull()
})

test('a file of one’s own goes before the shipped prices, model by model', async () => {
  const cheap = { input: 1, output: 2, cacheWrite5m: 0, cacheWrite1h: 0, cacheRead: 0 }
  const path = await file({
    source: 'our contract',
    asOf: '2026-11-01',
    models: { 'claude-opus-5-5': cheap, 'qwen3:8b': cheap },
  })
  const table = readPrices(path)
  expect(table).toMatchObject({ source: 'our contract', asOf: '2026-11-01' })
  expect(priceOf(table, 'claude-opus-5-5')).toEqual(cheap)
  expect(priceOf(table, 'qwen3:8b')).toEqual(cheap)
  expect(priceOf(table, 'claude-sonnet-5-5')).toEqual(priceOf(shippedPrices, 'claude-sonnet-5-5'))
})

test.for([
  ['that is not JSON', '{'],
  ['with a negative price', { source: 's', asOf: '2026-11-01', models: { m: { ...none, input: -1 } } }],
  ['with a misspelled price', { source: 's', asOf: '2026-11-01', models: { m: { ...none, outputs: 1 } } }],
  ['without a date', { source: 's', models: {} }],
] as const)('a price file %s is refused by name', async ([, content]) => {
  const path = await file(content)
  expect(() => readPrices(path)).toThrow(DaybookError)
  expect(() => readPrices(path)).toThrow(path)
})

test('a price file that is not there is refused by name', () => {
  expect(() => readPrices('/nowhere/prices.json')).toThrow('/nowhere/prices.json')
})
