import type { HttpBindings } from '@hono/node-server'
import { createMiddleware } from 'hono/factory'
import { routePath } from 'hono/route'
import { systemIds } from '../../runtime/ids.ts'
import type { ApiEnv, ApiServer } from '../context.ts'
import { idsOf } from '../ids-of-answer.ts'
import { routeOf } from './route-of.ts'

/** A client's own id is taken over only when it cannot forge a line of the log. */
const harmless = /^[\w.-]{1,64}$/u

/** Gives every request its id and its daybook, counts it, and sets the headers that every answer carries. */
export function beginRequest(server: ApiServer) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const startedMs = performance.now()
    const asked = c.req.header('X-Request-Id') ?? ''
    c.set('requestId', harmless.test(asked) ? asked : systemIds.next())
    c.set('server', server)
    c.set('daybook', server.daybook)
    const { outgoing } = c.env ?? {}
    if (outgoing !== undefined) carry(outgoing, c.get('requestId'))
    server.metrics.requestsInFlight += 1
    try {
      await next()
    } finally {
      server.metrics.requestsInFlight -= 1
    }
    if (outgoing === undefined) secure(c.res.headers, c.get('requestId'))
    const seconds = (performance.now() - startedMs) / 1_000
    // Nothing is there under any name that somebody thinks up: those are one.
    const isNone = (c.res.status === 404 || c.res.status === 405) && routeOf(c) === null
    const route = isNone ? 'none' : routePath(c, -1)
    server.metrics.answered({ method: c.req.method, route, status: c.res.status, seconds })
    const about = { request: c.get('requestId'), method: c.req.method, route, status: c.res.status }
    if (server.onAnswer !== null) {
      const more = { ms: Math.round(seconds * 1_000), ...idsOf(c) }
      server.onAnswer({ ...about, ...more, caller: c.get('caller')?.id ?? null })
    }
    if (seconds * 1_000 > server.slowAnswerMs && c.req.query('wait') === undefined)
      server.log(`${about.request} slow: ${about.method} ${route} took ${seconds.toFixed(1)} s`)
  })
}

/** What every answer carries; what a route says itself goes before it. */
const carried = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cache-Control': 'no-cache',
} as const
const pairs = Object.entries(carried)

/** On Node's own response: a header costs a tenth there of what it costs in an object of the web's kind. */
function carry(outgoing: NonNullable<HttpBindings['outgoing']>, requestId: string): void {
  for (const [name, value] of pairs) outgoing.setHeader(name, value)
  outgoing.setHeader('X-Request-Id', requestId)
}

function secure(headers: Headers, requestId: string): void {
  for (const [name, value] of pairs) if (!headers.has(name)) headers.set(name, value)
  headers.set('X-Request-Id', requestId)
}
