import Anthropic from '@anthropic-ai/sdk'
import { limits } from '../kernel/limits.ts'
import { type ClaudeAccess, checkAddress, vendorUrl } from './claude-access.ts'

/**
 * A client that does nothing by itself: no retries (each attempt is an event), no log lines of its own, no trace
 * headers to others. Throws `usage` when the address is none.
 */
export function claudeClient(access: ClaudeAccess): Anthropic {
  const { apiKey, authToken, profile, baseUrl } = access
  checkAddress(access)
  return new Anthropic({
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(authToken === undefined ? {} : { authToken }),
    ...(profile === undefined ? {} : { profile }),
    // A profile may bring an address of its own; the environment was looked at above.
    baseURL: baseUrl ?? (profile === undefined ? vendorUrl : null),
    maxRetries: 0,
    timeout: limits.modelCallMs,
    logLevel: 'off',
    openTelemetry: { propagation: false },
  })
}
