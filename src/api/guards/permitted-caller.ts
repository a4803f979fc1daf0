import { createMiddleware } from 'hono/factory'
import type { Caller } from '../../access/caller.ts'
import { type AgentRule, verdictOn } from '../../access/policy.ts'
import { DaybookError, type Rejection, refusal } from '../../kernel/errors.ts'
import { agentKey } from '../../kernel/words.ts'
import { findHandoff, findSession } from '../../runtime/work-views.ts'
import type { ApiContext, ApiEnv } from '../context.ts'
import { type MatchedRoute, routeOf } from './route-of.ts'

/** Whether the caller may do what is asked, by the table in `src/access/policy.ts`. Comes after the body's checks. */
export function permittedCaller() {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const matched = routeOf(c)
    // Nothing is there: that is said by whoever answers what is not found.
    if (matched === null) return next()
    const caller = c.get('caller')
    if (caller === undefined) return next()
    const verdict = verdictOn(caller.role, matched.route)
    if (verdict === 'no') throw refusal(notForRole(caller, matched.route))
    if (caller.agent === null) await checkPersonsWords(c, caller)
    else if (verdict !== 'yes') for (const rule of verdict) await rules[rule](c, matched, caller.agent)
    return next()
  })
}

type Check = (c: ApiContext, matched: MatchedRoute, agent: string) => Promise<void> | void

const rules: Readonly<Record<AgentRule, Check>> = {
  all: () => undefined,
  // The routes that list see to it, by `isOf`.
  own_list: () => undefined,
  own_name: (_, { params }, agent) => {
    if (isNamed(params.name, agent)) return
    throw refusal({ code: 'not_yours', message: `This key speaks for ${agent}, not for ${params.name}.` })
  },
  own_words: async (c, _, agent) => {
    for (const [field, name] of await speakers(c)) if (!isNamed(name, agent)) throw forged(field, name, agent)
  },
  own_handoff: async (c, { params }, agent) => {
    const id = params.id ?? ''
    const found = await orNull(findHandoff(c.var.daybook.project, id))
    const handoff = found?.work.handoffs.get(found.id)
    const { from } = handoff?.request ?? {}
    const sent = from?.kind === 'agent' && isNamed(from.id, agent)
    if (sent || (handoff !== undefined && isNamed(handoff.to ?? undefined, agent))) return
    throw notThere('handoff', id, agent)
  },
  own_session: async (c, { params }, agent) => {
    const id = params.id ?? ''
    const found = await orNull(findSession(c.var.daybook.project, id))
    if (found === null || !isNamed(found.agent, agent)) throw notThere('session', id, agent)
  },
}

/** A person may speak for agents, as a relay does, and for no other person. Without a key of its own anybody is meant. */
async function checkPersonsWords(c: ApiContext, { id, actor }: Caller): Promise<void> {
  if (id === 'local' || id === 'environment') return
  for (const [field, name] of await speakers(c))
    if (name.startsWith('person:') && name !== `person:${actor.id}`) throw forged(field, name, actor.id)
}

/** The fields of a body that say who speaks. What is no text is refused by the route's schema. */
async function speakers(c: ApiContext): Promise<(readonly [field: string, name: string])[]> {
  if (c.req.method === 'GET' || c.req.method === 'HEAD') return []
  if ((await c.req.text()) === '') return []
  const body: unknown = await c.req.json()
  if (body === null || typeof body !== 'object') return []
  return ['agent', 'from', 'by'].flatMap((field) => {
    const name = (body as Record<string, unknown>)[field]
    return typeof name === 'string' ? [[field, name] as const] : []
  })
}

function isNamed(name: string | undefined, agent: string): boolean {
  return name !== undefined && agentKey(name) === agentKey(agent)
}

function forged(field: string, name: string, own: string): DaybookError {
  const message = `This key speaks as ${own}, not as ${name}: leave "${field}" out, or say ${own}.`
  return refusal({ code: 'forged_sender', message })
}

/** Whether there is one of somebody else's is not said. */
function notThere(what: string, id: string, agent: string): DaybookError {
  return refusal({ code: 'not_found', message: `${agent} has no ${what} ${id}.` })
}

function notForRole({ role }: Caller, route: string): Rejection {
  const message = `A key with the role ${role} is not for ${route}. "daybook keys create" makes one with another role.`
  return { code: 'role', message, role }
}

async function orNull<Found>(found: Promise<Found>): Promise<Found | null> {
  try {
    return await found
  } catch (error) {
    if (error instanceof DaybookError && error.code === 'not_found') return null
    throw error
  }
}
