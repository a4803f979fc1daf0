import { matchedRoutes } from 'hono/route'
import type { ApiContext } from '../context.ts'

export interface MatchedRoute {
  /** As the policy names it: `GET /v1/agents/{name}`. */
  readonly route: string
  /** Decoded as the route's own handler will see them. */
  readonly params: Readonly<Record<string, string>>
}

/** The route that will answer; null where there is none. */
export function routeOf(c: ApiContext): MatchedRoute | null {
  const at = matchedRoutes(c).findIndex(({ path }) => path !== '/*' && path !== '*')
  const matched = matchedRoutes(c)[at]
  if (matched === undefined) return null
  const route = `${matched.method} ${matched.path.replace(/:(\w+)/gu, '{$1}')}`
  const standing = c.req.routeIndex
  try {
    c.req.routeIndex = at
    return { route, params: { ...c.req.param() } as Record<string, string> }
  } finally {
    c.req.routeIndex = standing
  }
}
