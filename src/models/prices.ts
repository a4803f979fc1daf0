import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { DaybookError } from '../kernel/errors.ts'
import { toldIssue } from '../kernel/plain-issues.ts'
import shipped from './prices.json' with { type: 'json' }

const rates = {
  input: z.number().nonnegative(),
  output: z.number().nonnegative(),
  /** Written to the cache for five minutes, and for an hour. */
  cacheWrite5m: z.number().nonnegative(),
  cacheWrite1h: z.number().nonnegative(),
  cacheRead: z.number().nonnegative(),
}

/** US dollars for a million tokens of each kind. */
const Price = z.strictObject({
  ...rates,
  /** Every token of a call with a longer prompt, cached or not, costs this instead. */
  longPrompt: z.strictObject({ aboveTokens: z.int().positive(), ...rates }).optional(),
})
export type Price = z.infer<typeof Price>

/**
 * What models cost, and where that was read: a copy of what was published on that day, never a bill. A file in
 * the same shape, named by DAYBOOK_PRICES or in the configuration, goes before it model by model.
 */
const PriceTable = z.strictObject({
  /** A page's address, or a word on whose prices these are. */
  source: z.string().max(500),
  /** YYYY-MM-DD. */
  asOf: z.iso.date(),
  /** By full model id; an id's date at its end does not matter. */
  models: z.record(z.string().max(200), Price),
})
export type PriceTable = z.infer<typeof PriceTable>

/** Tokens of one call as they are billed: none is in two of these. */
export interface BilledTokens {
  readonly input: number
  readonly output: number
  readonly cacheWrite5m: number
  readonly cacheWrite1h: number
  readonly cacheRead: number
}

export const shippedPrices: PriceTable = PriceTable.parse(shipped)

/** The shipped prices with those of a file before them. Throws `usage` when the file is not readable as prices. */
export function readPrices(path: string): PriceTable {
  const own = PriceTable.safeParse(readJson(path))
  if (!own.success) {
    const [issue] = own.error.issues
    const where = issue === undefined ? '' : `${toldIssue(issue, 'the file')}. `
    throw new DaybookError(
      'usage',
      `${path}: ${where}Expected {"source", "asOf": "YYYY-MM-DD", "models": {"model-id": {${Object.keys(rates).join(', ')}}}} in US dollars for a million tokens.`,
    )
  }
  return { ...own.data, models: { ...shippedPrices.models, ...own.data.models } }
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new DaybookError('usage', `${path}: prices cannot be read: ${(cause as Error).message}`, { cause })
  }
}

/** US dollars that a call may cost at most: nothing of it is read from the cache, and its answer is as long as it may be. */
export function costUsdMax(price: Price, size: { promptTokens: number; outputTokensMax: number }): number {
  const written = { input: 0, output: size.outputTokensMax, cacheWrite1h: 0, cacheRead: 0 }
  return costUsd(price, { ...written, cacheWrite5m: size.promptTokens })
}

/** null when nobody has said what the model costs. `claude-x-1-20260901` is priced as `claude-x-1`. */
export function priceOf(table: PriceTable, model: string): Price | null {
  const undated = model.replace(/-\d{8}$/u, '')
  for (const id of [model, undated]) if (Object.hasOwn(table.models, id)) return table.models[id]!
  return null
}

/** US dollars, to a billionth. */
export function costUsd(price: Price, tokens: BilledTokens): number {
  const prompt = tokens.input + tokens.cacheWrite5m + tokens.cacheWrite1h + tokens.cacheRead
  const { longPrompt } = price
  const rate = longPrompt !== undefined && prompt > longPrompt.aboveTokens ? longPrompt : price
  const millionths =
    tokens.input * rate.input +
    tokens.output * rate.output +
    tokens.cacheWrite5m * rate.cacheWrite5m +
    tokens.cacheWrite1h * rate.cacheWrite1h +
    tokens.cacheRead * rate.cacheRead
  return Math.round(millionths * 1_000) / 1e9
}
