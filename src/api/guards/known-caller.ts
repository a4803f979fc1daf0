import { createHash, timingSafeEqual } from 'node:crypto'
import { createMiddleware } from 'hono/factory'
import { refusal } from '../../kernel/errors.ts'
import { isLoopback } from '../../runtime/loopback.ts'
import type { ApiEnv, ApiServer } from '../context.ts'

/** Probes ask without a key: they learn whether Daybook works, and nothing of what is in it. */
const openPaths: ReadonlySet<string> = new Set(['/healthz', '/readyz'])

/**
 * Who may ask. Without a key, whoever is on this machine: the Host must name it (a web page that points its own
 * name at 127.0.0.1 does not). With a key, whoever sends it. A browser's page of another origin never.
 */
export function knownCaller({ key }: Pick<ApiServer, 'key'>) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const host = c.req.header('Host') ?? new URL(c.req.url).host
    if (key === null && !isLoopback(nameOf(host))) {
      const message = `This Daybook answers to localhost only, and was asked as ${host}. Set DAYBOOK_API_KEY to reach it under other names.`
      throw refusal({ code: 'foreign_host', message })
    }
    const origin = c.req.header('Origin')
    if (origin !== undefined && !sameHost(origin, host)) {
      const message = `A page of ${origin} may not use this Daybook.`
      throw refusal({ code: 'foreign_origin', message })
    }
    if (key !== null && !openPaths.has(c.req.path) && !isKey(c.req.header('Authorization'), key)) {
      const message = 'Send the key that the server was started with: "Authorization: Bearer <key>".'
      throw refusal({ code: 'no_key', message })
    }
    await next()
  })
}

/** The host without its port and brackets. */
function nameOf(host: string): string {
  return host
    .replace(/:\d*$/u, '')
    .replace(/^\[(.*)\]$/u, '$1')
    .toLowerCase()
}

function sameHost(origin: string, host: string): boolean {
  if (!/^https?:\/\//u.test(origin)) return false
  return origin.replace(/^https?:\/\//u, '').toLowerCase() === host.toLowerCase()
}

/** In a time that says nothing about the key: digests of equal length are compared. */
function isKey(authorization: string | undefined, key: string): boolean {
  const token = /^Bearer +(\S+)$/iu.exec(authorization ?? '')?.[1] ?? ''
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(token), digest(key))
}
