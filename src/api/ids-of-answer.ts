import type { ApiContext } from './context.ts'
import { routeOf } from './guards/route-of.ts'

/** What an answer is about, by the ids that the log knows: an address may hold what somebody made up. */
export interface AnswerIds {
  readonly workflow?: string
  readonly session?: string
  readonly handoff?: string
}

/** By the address, or by the one of what was made. Ids that were given in short are not looked for. */
export function idsOf(c: ApiContext): AnswerIds {
  const [, made, madeId = ''] = /^\/v1\/(\w+)\/([^/]+)$/u.exec(c.res.headers.get('Location') ?? '') ?? []
  if (made !== undefined) return known(c, made, decodeURIComponent(madeId))
  const { route, params } = routeOf(c) ?? {}
  const kind = /^\w+ \/v1\/(\w+)\/\{id\}/u.exec(route ?? '')?.[1]
  return kind === undefined ? {} : known(c, kind, params?.id ?? '')
}

function known(c: ApiContext, kind: string, id: string): AnswerIds {
  const { work } = c.get('daybook').project
  if (kind === 'workflows') return work.workflow(id) === null ? {} : { workflow: id }
  if (kind === 'sessions') {
    const one = work.workflowOfSession(id)
    return one === null ? {} : { workflow: one.id, session: id }
  }
  const one = kind === 'handoffs' ? work.workflowOfHandoff(id) : null
  if (one === null) return {}
  const session = one.handoffs.get(id)?.lease?.session
  return { workflow: one.id, handoff: id, ...(session === undefined ? {} : { session }) }
}
