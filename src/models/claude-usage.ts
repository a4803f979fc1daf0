import type { ModelUsage } from './port.ts'
import type { BilledTokens } from './prices.ts'

/** A server's counters as the ledger and as the bill see them. What is missing or no count is 0. */
export function readUsage(usage: Readonly<Record<string, unknown>>): {
  readonly usage: ModelUsage
  readonly billed: BilledTokens
} {
  const split = fieldsOf(usage.cache_creation)
  const cacheWrite1h = count(split.ephemeral_1h_input_tokens)
  const cacheWrite = Math.max(
    count(usage.cache_creation_input_tokens),
    cacheWrite1h + count(split.ephemeral_5m_input_tokens),
  )
  const input = count(usage.input_tokens)
  const output = count(usage.output_tokens)
  const cacheRead = count(usage.cache_read_input_tokens)
  const thinkingTokens = count(fieldsOf(usage.output_tokens_details).thinking_tokens)
  return {
    usage: {
      inputTokens: input,
      outputTokens: output,
      cacheWriteTokens: cacheWrite,
      cacheReadTokens: cacheRead,
      ...(thinkingTokens > 0 ? { thinkingTokens } : {}),
    },
    billed: { input, output, cacheRead, cacheWrite1h, cacheWrite5m: cacheWrite - cacheWrite1h },
  }
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(Math.floor(value)) && value > 0
    ? Math.floor(value)
    : 0
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
