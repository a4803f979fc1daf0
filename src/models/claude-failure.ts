import { type APIConnectionError, APIConnectionTimeoutError, type APIError } from '@anthropic-ai/sdk'
import { cut } from '../kernel/cut.ts'
import { limits } from '../kernel/limits.ts'
import type { ModelFailure } from './port.ts'

/** What a kind of failure means: whether the same request may succeed later, and what to tell people. */
const kinds: Readonly<
  Record<string, { readonly retryable: boolean; readonly says: string; readonly do?: string }>
> = {
  overloaded: { retryable: true, says: 'The server is overloaded' },
  rate_limited: { retryable: true, says: 'The rate limit is reached' },
  server_error: { retryable: true, says: 'The server failed' },
  timeout: { retryable: true, says: 'The server took too long' },
  conflict: { retryable: true, says: 'The server was busy with a conflicting request' },
  billing: {
    retryable: false,
    says: 'The account cannot pay for the call',
    do: 'See its billing and spend limits.',
  },
  authentication: {
    retryable: false,
    says: 'The key was refused',
    do: 'Check ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN, and that ANTHROPIC_BASE_URL is the endpoint they are for.',
  },
  permission: { retryable: false, says: 'The key may not do this' },
  not_found: {
    retryable: false,
    says: 'There is no such model, or nothing that speaks the Messages API at this address',
    do: "Check the model's name and ANTHROPIC_BASE_URL.",
  },
  too_large: { retryable: false, says: 'The request is too large' },
  context_window: {
    retryable: false,
    says: 'The conversation does not fit into the context window of the model',
  },
  invalid_request: { retryable: false, says: 'The server did not accept the request' },
}

/** By the `type` of the API's error, which also stands in errors inside a stream, where there is no status. */
const kindOfType: Readonly<Record<string, string>> = {
  overloaded_error: 'overloaded',
  rate_limit_error: 'rate_limited',
  api_error: 'server_error',
  timeout_error: 'timeout',
  conflict_error: 'conflict',
  billing_error: 'billing',
  authentication_error: 'authentication',
  permission_error: 'permission',
  not_found_error: 'not_found',
  request_too_large: 'too_large',
  invalid_request_error: 'invalid_request',
}

const kindOfStatus: Readonly<Record<number, string>> = {
  401: 'authentication',
  402: 'billing',
  403: 'permission',
  404: 'not_found',
  408: 'timeout',
  409: 'conflict',
  413: 'too_large',
  429: 'rate_limited',
  504: 'timeout',
  529: 'overloaded',
}

/** Money is out: waiting does not help, although the status is that of a rate limit. */
const spentOut: ReadonlySet<string> = new Set([
  'enforced_spend_limit_reached',
  'contract_spend_limit_reached',
  'linked_organization_spend_limit_reached',
  'linked_organization_billing_unavailable',
])

/** What the API said, before the stream or inside it. The server's word on retrying goes before ours. */
export function apiFailure(error: APIError, nowMs: number): ModelFailure {
  const kind = kindOf(error)
  const { says, retryable, do: todo } = kinds[kind]!
  const asked = error.headers?.get('x-should-retry')
  const waitMs = retryAfterMs(error.headers, nowMs)
  const facts = [error.status, error.type, error.errorCode].filter((fact) => fact != null).join(' ')
  const words = oneLine(error.apiMessage ?? bodyText(error)).replace(/(?<![.!?])$/u, '.')
  const request = error.requestID ? ` Request ${error.requestID}.` : ''
  const advice = todo === undefined ? '' : ` ${todo}`
  return {
    kind,
    message: `${says}${facts === '' ? '' : ` (${facts})`}${words === '.' ? '.' : `: ${words}`}${request}${advice}`,
    retryable: asked === 'true' || (asked !== 'false' && retryable),
    ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
  }
}

function kindOf({ status, type, errorCode, apiMessage }: APIError): string {
  if (errorCode !== null && spentOut.has(errorCode)) return 'billing'
  const byStatus = status === undefined ? undefined : kindOfStatus[status]
  const byType = type === null || !Object.hasOwn(kindOfType, type) ? undefined : kindOfType[type]
  const fallback = status === undefined || status >= 500 ? 'server_error' : 'invalid_request'
  const kind = byStatus ?? byType ?? fallback
  // There is no code for it, and it decides whether a conversation can be shortened.
  const outgrown =
    kind === 'invalid_request' && /prompt is too long|context (?:window|length)/iu.test(apiMessage ?? '')
  return outgrown ? 'context_window' : kind
}

/** The body of an answer that is not the API's: a gateway's page, or nothing. */
function bodyText(error: APIError): string {
  return error.message.replace(/^\d{3} /u, '').replace(/<[^>]*>/gu, ' ')
}

/** `retry-after-ms`, or `retry-after` in seconds or as a date (RFC 9110, 10.2.3). */
function retryAfterMs(headers: Headers | undefined, nowMs: number): number | undefined {
  const ms = headers?.get('retry-after-ms')
  const after = headers?.get('retry-after')
  const asked = [
    ms ? Number(ms) : NaN,
    after ? Number(after) * 1_000 : NaN,
    after ? Date.parse(after) - nowMs : NaN,
  ]
  const first = asked.find((wait) => Number.isFinite(wait) && wait >= 0)
  return first === undefined ? undefined : Math.min(Math.ceil(first), limits.modelRetryAfterMsMax)
}

/** No answer came at all. A certificate that is not trusted will not be trusted later. */
export function connectionFailure(error: APIConnectionError, endpoint: string): ModelFailure {
  if (error instanceof APIConnectionTimeoutError)
    return { kind: 'timeout', message: `${endpoint} did not answer in time.`, retryable: true }
  const { code, message } = rootCause(error)
  const untrusted = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|ERR_SSL/u.test(code)
  const why = [code, oneLine(message)].filter((part) => part !== '').join(': ')
  const advice = untrusted
    ? ' Its certificate is not trusted.'
    : ' Is it up, and is ANTHROPIC_BASE_URL right?'
  return {
    kind: 'connection',
    message: `${endpoint} cannot be reached (${why}).${advice}`,
    retryable: !untrusted,
  }
}

/** The stream broke off after it had begun. */
export function cutFailure(cause: unknown): ModelFailure {
  const { code, message } = rootCause(cause)
  const why = [code, oneLine(message)].filter((part) => part !== '').join(': ')
  return {
    kind: 'cut_stream',
    message: `The stream was cut before the answer was whole (${why}).`,
    retryable: true,
  }
}

function rootCause(error: unknown): { code: string; message: string } {
  let root: unknown = error
  for (let depth = 0; depth < 8 && root instanceof Error && root.cause !== undefined; depth += 1)
    root = root.cause
  const { code, message } = (root ?? {}) as { code?: unknown; message?: unknown }
  return {
    code: typeof code === 'string' ? code : '',
    message: typeof message === 'string' ? message : String(root),
  }
}

function oneLine(text: string): string {
  return cut(text.replace(/\s+/gu, ' ').trim(), 1_000)
}
