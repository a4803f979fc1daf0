import { createMiddleware } from 'hono/factory'
import { routePath } from 'hono/route'
import { v7 } from 'uuid'
import { limits } from '../../kernel/limits.ts'
import type { ApiEnv, ApiServer } from '../context.ts'

/** A client's own id is taken over only when it cannot forge a line of the log. */
const harmless = /^[\w.-]{1,64}$/u

/** Gives every request its id and its daybook, counts it, and sets the headers that every answer carries. */
export function beginRequest(server: ApiServer) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const startedMs = performance.now()
    const asked = c.req.header('X-Request-Id') ?? ''
    c.set('requestId', harmless.test(asked) ? asked : v7())
    c.set('server', server)
    c.set('daybook', server.daybook)
    await next()
    secure(c.res.headers)
    c.res.headers.set('X-Request-Id', c.var.requestId)
    const seconds = (performance.now() - startedMs) / 1_000
    const route = c.res.status === 404 || c.res.status === 405 ? 'none' : routePath(c, -1)
    server.metrics.answered({ method: c.req.method, route, status: c.res.status, seconds })
    const about = { request: c.var.requestId, method: c.req.method, route, status: c.res.status }
    server.onAnswer?.({ ...about, ms: Math.round(seconds * 1_000), caller: c.var.caller?.id ?? null })
    if (seconds * 1_000 > limits.slowAnswerMs && c.req.query('wait') === undefined)
      server.log(`${about.request} slow: ${about.method} ${route} took ${seconds.toFixed(1)} s`)
  })
}

function secure(headers: Headers): void {
  headers.set('X-Content-Type-Options', 'nosniff')
  headers.set('X-Frame-Options', 'DENY')
  headers.set('Referrer-Policy', 'no-referrer')
  headers.set('Cross-Origin-Resource-Policy', 'same-origin')
  headers.set('Cross-Origin-Opener-Policy', 'same-origin')
  if (!headers.has('Content-Security-Policy'))
    headers.set('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'")
  if (!headers.has('Cache-Control')) headers.set('Cache-Control', 'no-cache')
}
