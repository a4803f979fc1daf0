import { DaybookError } from '../kernel/errors.ts'

/** Where Claude is reached and by what right: a key, a token, or a profile of the SDK on disk. */
export interface ClaudeAccess {
  readonly apiKey?: string
  readonly authToken?: string
  readonly profile?: string
  /** Of any endpoint that speaks the Messages API: a gateway, a local model server. */
  readonly baseUrl?: string
}

type Environment = Readonly<Record<string, string | undefined>>

export const vendorUrl = 'https://api.anthropic.com'

/**
 * What the environment says: ANTHROPIC_API_KEY, or ANTHROPIC_AUTH_TOKEN, or ANTHROPIC_PROFILE, in this order, and
 * ANTHROPIC_BASE_URL. null without any of the three: profiles on disk are used only when one is named.
 */
export function claudeAccess(env: Environment): ClaudeAccess | null {
  const said = (name: string) => (env[name]?.trim() ? env[name].trim() : undefined)
  const baseUrl = said('ANTHROPIC_BASE_URL')
  const where = baseUrl === undefined ? {} : { baseUrl }
  const apiKey = said('ANTHROPIC_API_KEY')
  if (apiKey !== undefined) return { apiKey, ...where }
  const authToken = said('ANTHROPIC_AUTH_TOKEN')
  if (authToken !== undefined) return { authToken, ...where }
  const profile = said('ANTHROPIC_PROFILE')
  return profile === undefined ? null : { profile, ...where }
}

/** Throws `usage` when the address is none. */
export function checkAddress({ baseUrl }: ClaudeAccess): void {
  if (baseUrl === undefined || /^https?:$/u.test(URL.parse(baseUrl)?.protocol ?? '')) return
  throw new DaybookError(
    'usage',
    `ANTHROPIC_BASE_URL is "${baseUrl}": expected an address such as ${vendorUrl} or http://127.0.0.1:8080.`,
  )
}

/** The endpoint as people know it. */
export function endpointName(access: ClaudeAccess): string {
  const url = access.baseUrl === undefined ? null : URL.parse(access.baseUrl)
  return url === null ? 'api.anthropic.com' : url.host
}

/** Replaces what must not be read by others: the key or token of this access, and whatever looks like one. */
export function withoutSecrets(text: string, { apiKey, authToken }: ClaudeAccess): string {
  const secrets = [apiKey, authToken].filter((secret) => secret !== undefined && secret.length >= 8)
  return secrets
    .reduce<string>((rest, secret) => rest.replaceAll(secret!, '[key]'), text)
    .replace(/\bsk-[\w-]{8,}/gu, '[key]')
    .replace(/\bBearer\s+[^\s"',]+/giu, 'Bearer [key]')
}
