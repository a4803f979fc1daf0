import { createHash } from 'node:crypto'
import { createMiddleware } from 'hono/factory'
import { limits } from '../../kernel/limits.ts'
import type { ApiEnv } from '../context.ts'
import { idempotencyKey, oneAtATime, otherContent } from '../idempotency.ts'

interface Answered {
  readonly request: string
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string
  readonly atMs: number
}

/** Answers to requests that may come again, in this process; the oldest is let go first. */
export class RememberedAnswers {
  readonly #answers = new Map<string, Answered>()

  get(name: string, nowMs: number): Answered | null {
    const found = this.#answers.get(name)
    if (found === undefined) return null
    if (nowMs - found.atMs <= limits.idempotentAnswerMs) return found
    this.#answers.delete(name)
    return null
  }

  keep(name: string, answer: Answered): void {
    this.#answers.set(name, answer)
    const oldest = this.#answers.keys().next().value
    if (this.#answers.size > limits.idempotentAnswersMax && oldest !== undefined) this.#answers.delete(oldest)
  }
}

const kept = ['Content-Type', 'Location', 'ETag'] as const

/**
 * With an `Idempotency-Key` a POST is answered once: who sends it again gets the first answer, with
 * `Idempotency-Replayed: true`, and other content under the same key is refused. What failed may be tried again.
 * This process remembers; where ids follow from keys, the log does, beyond it. A new API key's secret is not kept.
 */
export function rememberedAnswer() {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const key = c.req.method === 'POST' ? idempotencyKey(c) : null
    const { caller, server } = c.var
    if (key === null || caller === undefined || c.req.path === '/v1/keys' || c.req.path === '/mcp')
      return next()
    const name = `${caller.id} ${c.req.path} ${key}`
    const request = createHash('sha256')
      .update(await c.req.text())
      .digest('base64')
    return oneAtATime(c, name, async () => {
      const before = server.answers.get(name, performance.now())
      if (before !== null) {
        if (before.request !== request) otherContent()
        const headers = { ...Object.fromEntries(before.headers), 'Idempotency-Replayed': 'true' }
        return new Response(before.body, { status: before.status, headers })
      }
      await next()
      if (c.error !== undefined || !c.res.ok) return
      const { status } = c.res
      const body = await c.res.clone().text()
      if (body.length > limits.idempotentAnswerBytesMax) return
      const headers = kept.flatMap((header) => {
        const value = c.res.headers.get(header)
        return value === null ? [] : [[header, value] as const]
      })
      server.answers.keep(name, { request, status, headers, body, atMs: performance.now() })
      return
    })
  })
}
