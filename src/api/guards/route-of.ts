import { matchedRoutes } from 'hono/route'
import type { ApiContext } from '../context.ts'

export interface MatchedRoute {
  /** As the policy names it: `GET /v1/agents/{name}`. */
  readonly route: string
  /** Decoded as the route's own handler will see them. */
  readonly params: Readonly<Record<string, string>>
}

const found = new WeakMap<object, MatchedRoute | null>()
const names = new Map<string, string>()

/** The route that will answer; null where there is none. Found once for a request. */
export function routeOf(c: ApiContext): MatchedRoute | null {
  const known = found.get(c.req)
  if (known !== undefined) return known
  const matched = matchedOf(c)
  found.set(c.req, matched)
  return matched
}

function matchedOf(c: ApiContext): MatchedRoute | null {
  const routes = matchedRoutes(c)
  const at = routes.findIndex(({ path }) => path !== '/*' && path !== '*')
  const matched = routes[at]
  if (matched === undefined) return null
  const standing = c.req.routeIndex
  try {
    c.req.routeIndex = at
    return { route: nameOf(matched), params: { ...c.req.param() } as Record<string, string> }
  } finally {
    c.req.routeIndex = standing
  }
}

function nameOf({ method, path }: { readonly method: string; readonly path: string }): string {
  const pattern = `${method} ${path}`
  const known = names.get(pattern) ?? pattern.replace(/:(\w+)/gu, '{$1}')
  names.set(pattern, known)
  return known
}
