import { createMiddleware } from 'hono/factory'
import { refusal } from '../../kernel/errors.ts'
import { contentId, digestText } from '../../runtime/digest.ts'
import { carryOutOnce, type Outcome } from '../../runtime/requests/carry-out-once.ts'
import type { RecordedAnswer } from '../../runtime/requests/recorded-request.ts'
import type { ApiContext, ApiEnv } from '../context.ts'
import { keyForIds, oneAtATime } from '../idempotency.ts'
import { routeOf } from './route-of.ts'

/** Headers that belong to the answer and not to the moment. */
const kept = ['Content-Type', 'Location', 'ETag'] as const

/** Said again they make nothing new: the ids of what they make follow from the key or from the request. */
const byIds: ReadonlySet<string> = new Set([
  'POST /v1/workflows',
  'POST /v1/workflows/{id}/fork',
  'POST /v1/handoffs',
  'POST /v1/handoffs/{id}/accept',
])

/** A new API key's secret stands nowhere; MCP has ids of its own for its requests. */
const notKept: ReadonlySet<string> = new Set(['POST /v1/keys', 'ALL /mcp'])

/**
 * With an `Idempotency-Key` a POST is carried out once: who sends it again gets the first answer, with
 * `Idempotency-Replayed: true`, and other content under the same key is refused. What failed may be tried again. The
 * log remembers, so that it holds after a restart, and in every process.
 */
export function rememberedAnswer() {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const key = c.req.method === 'POST' ? keyForIds(c) : null
    const route = routeOf(c)?.route ?? null
    const { caller } = c.var
    if (key === null || route === null || caller === undefined || notKept.has(route)) return next()
    const name = contentId('request', c.req.path, key)
    const request = digestText(await c.req.text())
    const asked = {
      name,
      request,
      route,
      by: caller.actor,
      repeat: byIds.has(route) ? 'by_ids' : 'claimed',
    } as const
    const { project } = c.var.daybook
    return oneAtATime(c, name, async () => {
      const before = await carryOutOnce(project, asked, async () => {
        await next()
        return outcomeOf(c)
      })
      // Work that goes on in a process is begun again where that process is gone, under the same id.
      if (before?.status === 202) return next()
      return before === null ? undefined : answeredAgain(before)
    })
  })
}

async function outcomeOf(c: ApiContext): Promise<Outcome> {
  const { res } = c
  if (c.error !== undefined || !res.ok) return { status: res.ok ? 500 : res.status, answer: null }
  const headers = kept.flatMap((name) => {
    const value = res.headers.get(name)
    return value === null ? [] : [{ name, value }]
  })
  return { status: res.status, answer: { status: res.status, headers, body: await res.clone().text() } }
}

function answeredAgain({ status, headers, body }: RecordedAnswer): Response {
  if (body === null) {
    const message =
      'This was done under the same Idempotency-Key; its answer was too long to keep. Read what it changed.'
    throw refusal({ code: 'answer_not_kept', message })
  }
  const replayed = headers.map(({ name, value }): [string, string] => [name, value])
  return new Response(body, { status, headers: [...replayed, ['Idempotency-Replayed', 'true']] })
}
