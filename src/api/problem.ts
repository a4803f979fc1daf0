import type { OpenAPIHono } from '@hono/zod-openapi'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { boundedEcho } from '../kernel/bounded-echo.ts'
import { DaybookError, type Rejection, rejectionIn } from '../kernel/errors.ts'
import type { Json } from '../kernel/event.ts'
import { Secrets } from '../runtime/secrets/secrets.ts'
import type { ApiContext, ApiEnv } from './context.ts'

/**
 * Which HTTP status says what a code says. Refusals of the domain keep their own codes and words; what is not
 * listed here is a request that was understood and cannot be done: 422.
 */
const statuses: Readonly<Record<string, ContentfulStatusCode>> = {
  usage: 400,
  bad_request: 400,
  not_json: 400,
  too_nested: 400,
  forbidden_key: 400,
  bad_last_event_id: 400,
  bad_etag: 400,
  no_key: 401,
  key_unknown: 401,
  key_expired: 401,
  key_revoked: 401,
  role: 403,
  foreign_host: 403,
  foreign_origin: 403,
  forged_sender: 403,
  not_owner: 403,
  not_claimed: 403,
  not_yours: 403,
  not_found: 404,
  method_not_allowed: 405,
  in_flight: 409,
  answer_not_kept: 409,
  not_sealed: 409,
  key_exists: 409,
  not_open: 409,
  not_higher: 409,
  limit_reached: 409,
  lease_held: 409,
  lease_lost: 409,
  dead_lettered: 409,
  not_a_person: 403,
  wrong_expected: 409,
  too_deep: 422,
  stream_deleted: 410,
  stale: 412,
  too_large: 413,
  unsupported_media_type: 415,
  precondition_required: 428,
  too_many_requests: 429,
  too_many_streams: 503,
  busy: 503,
  model_failed: 502,
  access_denied: 503,
  unavailable: 503,
  unknown_outcome: 503,
  closed: 503,
  disk_full: 507,
  read_only: 503,
  damaged: 503,
  newer_schema: 503,
  foreign_file: 503,
  internal: 500,
}

/** For people. */
export const titles: Partial<Record<number, string>> = {
  400: 'The request cannot be read',
  401: 'A key is needed',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Not a way to use this address',
  409: 'Not possible now',
  410: 'Gone',
  412: 'Changed meanwhile',
  413: 'Too large',
  415: 'Not a kind of content that is understood',
  422: 'Not possible',
  428: 'Say which state you saw',
  429: 'Too many requests',
  500: 'Something is wrong in Daybook',
  502: 'The model failed',
  503: 'Not available now',
  507: 'No space left',
}

/** What a status may mean, by code. 422 stands for more: whatever the rules of memory and handoffs refuse. */
export function codesByStatus(): Map<number, string[]> {
  const found = new Map<number, string[]>([[422, ['requirements_missing', 'unknown_agent', 'key_reused']]])
  for (const [code, status] of Object.entries(statuses))
    found.set(status, [...(found.get(status) ?? []), code])
  return new Map([...found].sort(([a], [b]) => a - b))
}

/** Every error becomes problem details (RFC 9457), here and nowhere else. */
export function speakInProblems(app: OpenAPIHono<ApiEnv>): void {
  app.onError(async (error, c) => problem(c, await harmless(rejectionOf(c, error))))
  app.notFound(async (c) => {
    const allowed = methodsOf(app, c.req.path)
    if (allowed.length === 0) {
      const message = `There is nothing at ${pathOf(c)}. GET /docs lists what there is.`
      return problem(c, await harmless({ code: 'not_found', message }))
    }
    const message = `${pathOf(c)} does not take ${c.req.method}; it takes ${allowed.join(', ')}.`
    const answer = problem(c, await harmless({ code: 'method_not_allowed', message }))
    answer.headers.set('Allow', allowed.join(', '))
    return answer
  })
}

/** Decoded, so that what it says can be read, and looked through. */
function pathOf(c: ApiContext): string {
  try {
    return decodeURIComponent(c.req.path)
  } catch {
    return c.req.path
  }
}

/** An error may repeat what was sent; a secret in it must not come back, or get into a client's log. */
async function harmless(rejection: Rejection): Promise<Rejection> {
  const { value } = await secrets.json(rejection as unknown as { [key: string]: Json })
  const said = value as unknown as Rejection
  return { ...said, message: boundedEcho(said.message) }
}

const secrets = new Secrets()

/** `details` of the rejection become members of the problem. */
export function problem(c: ApiContext, { code, message, ...details }: Rejection): Response {
  const status = statuses[code] ?? 422
  c.var.server?.metrics.problem(code)
  const about = { type: `urn:daybook:problem:${code}`, title: titles[status] ?? 'Not possible', status }
  const body = { ...details, ...about, detail: message, code, request: c.var.requestId }
  const answer = c.body(JSON.stringify(body), status, { 'Content-Type': 'application/problem+json' })
  if (status === 401) answer.headers.set('WWW-Authenticate', challenge(code))
  if (status === 503) answer.headers.set('Retry-After', '2')
  return answer
}

/** RFC 6750, section 3.1: no error where no key was sent. */
function challenge(code: string): string {
  return `Bearer realm="daybook"${code === 'no_key' ? '' : ', error="invalid_token"'}`
}

function rejectionOf(c: ApiContext, error: Error): Rejection {
  if (error instanceof DaybookError) {
    const rejection = rejectionIn(error)
    const { code, message } = rejection
    if ((statuses[code] ?? 422) >= 500) c.var.server.log(`${c.var.requestId} ${code}: ${message}`)
    return rejection
  }
  if (error instanceof HTTPException && error.status < 500) {
    const code = error.status === 415 ? 'unsupported_media_type' : 'bad_request'
    return { code, message: error.message }
  }
  const { requestId, server } = c.var
  server.log(`${requestId} ${c.req.method} ${c.req.path} failed: ${error.stack ?? error.message}`)
  const message = `This is a fault of Daybook. Its log says more under ${requestId}.`
  return { code: 'internal', message }
}

/** Methods that a route of the app takes at this path; middleware is no route. */
function methodsOf(app: OpenAPIHono<ApiEnv>, path: string): string[] {
  return ['GET', 'POST', 'PUT'].filter((method) =>
    app.router.match(method, path)[0].some(([[, route]]) => route.method === method),
  )
}
