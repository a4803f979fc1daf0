import { setTimeout as delay } from 'node:timers/promises'
import { createMiddleware } from 'hono/factory'
import { type Caller, callerWith } from '../../access/caller.ts'
import { isOpen, isProbe } from '../../access/policy.ts'
import { refusal } from '../../kernel/errors.ts'
import { limits } from '../../kernel/limits.ts'
import { isSame, keyShown, keyStands, keysStand } from '../../runtime/access/api-keys.ts'
import { isLoopback } from '../../runtime/loopback.ts'
import type { ApiContext, ApiDaybook, ApiEnv, ApiServer } from '../context.ts'
import { networkOf } from './rates.ts'
import { routeOf } from './route-of.ts'

/**
 * Who asks. While there is no key, whoever is on this machine: the Host must name it (a web page that points its own
 * name at 127.0.0.1 does not). Otherwise whoever shows a key. A browser's page of another origin never. Each is
 * counted: by key, or by address where none is shown that is valid. What is the same in every Daybook is shown to all.
 */
export function knownCaller(server: ApiServer) {
  const { key, reach, daybook } = server
  const someKeyStands = seenLately(() => keysStand(daybook.project))
  return createMiddleware<ApiEnv>(async (c, next) => {
    const route = routeOf(c)?.route ?? ''
    const probes = isProbe(route)
    const known = probes ? soon(someKeyStands) : someKeyStands()
    const asked = key !== null || reach === 'network' || (await known)
    c.set('keys', asked ? 'asked' : 'none')
    checkPlace(c, asked)
    if (probes) return next()
    const caller = asked
      ? await callerShowing(c.req.header('Authorization'), { daybook, key })
      : local(daybook)
    await count(c, caller)
    if (typeof caller === 'string') {
      if (isOpen(route)) return next()
      throw refusal({ code: caller, message: refusals[caller] })
    }
    c.set('caller', caller)
    c.set('stillKnown', stillKnown(caller, { daybook, someKeyStands }))
    c.set('daybook', { ...daybook, person: caller.actor })
    return next()
  })
}

/** A probe says that the store is silent, and so does not wait for it to name keys. */
function soon(someKeyStands: () => Promise<boolean>): Promise<boolean> {
  const late = delay(limits.storeHealthMs, false, { ref: false })
  return Promise.race([someKeyStands().catch(() => false), late])
}

type Unknown = 'no_key' | 'key_unknown' | 'key_expired' | 'key_revoked'

const refusals: Readonly<Record<Unknown, string>> = {
  no_key:
    'Send a key: "Authorization: Bearer <key>". "daybook keys create" makes one where the log is; DAYBOOK_API_KEY is another.',
  // Whether a part of it is right, or was once, is told to nobody; that a whole one has ended is, to who holds it.
  key_unknown:
    'The key that was sent is not valid here: see that it is whole, and a key of this Daybook. "daybook keys list" names those that there are, "daybook keys create" makes one, where the log is.',
  key_expired: 'This key has expired: ask whoever gave it to you for a new one.',
  key_revoked: 'This key was revoked: ask whoever gave it to you for a new one.',
}

async function callerShowing(
  authorization: string | undefined,
  { daybook, key }: Pick<ApiServer, 'daybook' | 'key'>,
): Promise<Caller | Unknown> {
  const token = /^Bearer +(\S+)$/iu.exec(authorization ?? '')?.[1] ?? ''
  if (key !== null && isSame(token, key)) return { ...local(daybook), id: 'environment' }
  const known = await keyShown(daybook.project, token)
  if (known === null) return /^Bearer +\S/iu.test(authorization ?? '') ? 'key_unknown' : 'no_key'
  if (known.status !== 'active') return `key_${known.status}`
  return callerWith({ ...known, digest: '' })
}

interface Looks {
  readonly daybook: ApiDaybook
  readonly someKeyStands: () => Promise<boolean>
}

function stillKnown({ id }: Caller, { daybook, someKeyStands }: Looks): () => Promise<boolean> {
  if (id === 'environment') return async () => true
  if (id === 'local') return async () => !(await someKeyStands())
  return seenLately(() => keyStands(daybook.project, id))
}

/** Who is at this machine may do everything: it is theirs. */
function local({ person }: ApiDaybook): Caller {
  return { id: 'local', role: 'admin', agent: null, actor: person }
}

function checkPlace(c: ApiContext, asked: boolean): void {
  const host = c.req.header('Host') ?? new URL(c.req.url).host
  if (!asked && !isLoopback(nameOf(host))) {
    const message = `This Daybook answers to localhost only, and was asked as ${host}. Make a key ("daybook keys create", or DAYBOOK_API_KEY) to reach it under other names.`
    throw refusal({ code: 'foreign_host', message })
  }
  const origin = c.req.header('Origin')
  if (origin !== undefined && !sameHost(origin, host))
    throw refusal({ code: 'foreign_origin', message: `A page of ${origin} may not use this Daybook.` })
}

async function count(c: ApiContext, caller: Caller | Unknown): Promise<void> {
  const address = networkOf(c.env?.incoming?.socket.remoteAddress ?? 'unknown')
  const { rates } = c.get('server')
  const rate =
    typeof caller === 'string'
      ? await rates.take('stranger', address)
      : await rates.take(caller.id === 'local' ? 'local' : 'key', caller.id === 'local' ? address : caller.id)
  const { outgoing } = c.env ?? {}
  for (const [name, value] of Object.entries(rate.headers))
    if (outgoing === undefined) c.header(name, value)
    else outgoing.setHeader(name, value)
  if (rate.allowed) return
  const message = `More than ${rate.perMinute} requests in a minute: ask again in ${rate.retrySeconds} seconds.`
  throw refusal({ code: 'too_many_requests', message, retrySeconds: rate.retrySeconds })
}

/** What a look found, for `limits.keysSeenMs`. A store that cannot be asked opens nothing. */
function seenLately(look: () => Promise<boolean>): () => Promise<boolean> {
  let seen: { readonly found: Promise<boolean>; readonly atMs: number } | null = null
  return () => {
    const nowMs = performance.now()
    if (seen !== null && nowMs - seen.atMs < limits.keysSeenMs) return seen.found
    const found = look()
    seen = { found, atMs: nowMs }
    found.catch(() => {
      seen = null
    })
    return found
  }
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
