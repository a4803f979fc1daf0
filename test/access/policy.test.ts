import { describe, expect, test } from 'vitest'
import { Role } from '../../src/access/events.ts'
import { isOpen, isProbe, routeRules, verdictOn } from '../../src/access/policy.ts'
import { createApp } from '../../src/api/app.ts'
import type { ApiDaybook } from '../../src/api/context.ts'

/** What each role may do at each route, written down once more: r reader, a agent (a* under rules), o operator, A admin. */
const table = `
GET /healthz raoA
GET /readyz raoA
GET /openapi.json raoA
GET /docs raoA
GET /metrics roA
GET /.well-known/agent-card.json raoA
ALL /mcp a*oA
GET /v1/agents raoA
GET /v1/agents/{name} raoA
GET /v1/agents/{name}/card raoA
GET /v1/agents/{name}/inbox ra*oA
GET /v1/agent-files raoA
GET /v1/agent-files/{name} raoA
POST /v1/agents/{name}/retire oA
GET /v1/workflows roA
GET /v1/workflows/{id} roA
GET /v1/workflows/{id}/prove roA
GET /v1/workflows/{id}/evidence roA
POST /v1/workflows oA
POST /v1/workflows/{id}/pause oA
POST /v1/workflows/{id}/resume oA
POST /v1/workflows/{id}/cancel oA
POST /v1/workflows/{id}/raise oA
POST /v1/workflows/{id}/fork oA
GET /v1/sessions ra*oA
GET /v1/sessions/{id} ra*oA
GET /v1/sessions/{id}/events ra*oA
GET /v1/sessions/{id}/influence ra*oA
GET /v1/sessions/{id}/prove ra*oA
POST /v1/sessions/{id}/undo oA
POST /v1/sessions/{id}/resume oA
POST /v1/sessions/{id}/cancel oA
POST /v1/sessions/{id}/decide oA
POST /v1/sessions/{id}/approve oA
POST /v1/sessions/{id}/deny oA
GET /v1/waiting roA
GET /v1/handoffs ra*oA
GET /v1/handoffs/{id} ra*oA
GET /v1/handoffs/{id}/task ra*oA
POST /v1/handoffs a*oA
POST /v1/handoffs/{id}/accept a*oA
POST /v1/handoffs/{id}/progress a*oA
POST /v1/handoffs/{id}/complete a*oA
POST /v1/handoffs/{id}/decline a*oA
POST /v1/handoffs/{id}/supply a*oA
POST /v1/handoffs/{id}/redrive oA
POST /v1/handoffs/{id}/cancel oA
POST /v1/route a*oA
GET /v1/route/graph raoA
POST /v1/route/replay oA
GET /v1/route/replay/{id} roA
POST /v1/route/bench oA
GET /v1/route/bench/{id} roA
POST /v1/plan oA
GET /v1/memory raoA
GET /v1/memory/{document} raoA
GET /v1/memory/{document}/blame raoA
GET /v1/memory/{document}/log raoA
GET /v1/memory/{document}/diff raoA
GET /v1/memory/{document}/why raoA
GET /v1/memory/{document}/search raoA
GET /v1/memory/{document}/readers raoA
GET /v1/memory/{document}/owners raoA
GET /v1/memory/{document}/report raoA
GET /v1/memory/{document}/sections/{section} raoA
PUT /v1/memory/{document}/sections/{section} a*oA
POST /v1/memory/{document}/sections/{section}/restore oA
POST /v1/memory/{document}/sections/{section}/assign oA
GET /v1/decisions raoA
GET /v1/search raoA
GET /v1/readers raoA
GET /v1/owners raoA
GET /v1/report raoA
GET /v1/events roA
GET /v1/events/{id} roA
GET /v1/events/{id}/proof roA
GET /v1/projections roA
GET /v1/projections/{name} roA
GET /v1/projections/{name}/{key} roA
GET /v1/audit roA
GET /v1/seals roA
POST /v1/seals oA
POST /v1/verify oA
GET /v1/verify/{id} roA
POST /v1/rebuild oA
GET /v1/rebuild/{id} roA
GET /v1/keys A
POST /v1/keys A
POST /v1/keys/{id}/revoke A
`
const expected = new Map(
  table
    .trim()
    .split('\n')
    .map((line) => {
      const [method, path, roles] = line.split(' ')
      return [`${method} ${path}` as string, roles ?? ''] as const
    }),
)

function rolesAt(route: string): string {
  const letters = { reader: 'r', agent: 'a', operator: 'o', admin: 'A' } as const
  return Role.options
    .map((role) => {
      const verdict = verdictOn(role, route)
      if (verdict === 'no') return ''
      return `${letters[role]}${verdict === 'yes' ? '' : '*'}`
    })
    .join('')
}

/** Routes by the app itself: what it would answer, documented or not. */
function routesOfApp(): { readonly documented: string[]; readonly served: string[] } {
  const { signal } = new AbortController()
  const app = createApp({
    daybook: {} as ApiDaybook,
    key: null,
    stopping: signal,
    version: '0',
    log: () => undefined,
  })
  const { paths = {} } = app.getOpenAPI31Document({ openapi: '3.1.0', info: { title: 'x', version: '0' } })
  const documented = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods ?? {}).map((method) => `${method.toUpperCase()} ${path}`),
  )
  const served = app.routes
    .filter(({ path }) => path !== '/*')
    .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/gu, '{$1}')}`)
  return { documented, served: [...new Set(served)] }
}

test('every route that the app answers has a line in the policy, and the policy has no other', () => {
  const { documented, served } = routesOfApp()
  expect(documented.filter((route) => !Object.hasOwn(routeRules, route))).toEqual([])
  expect(served.filter((route) => !Object.hasOwn(routeRules, route))).toEqual([])
  expect(Object.keys(routeRules).filter((route) => !served.includes(route))).toEqual([])
})

describe('what each role may do', () => {
  test.each(Object.keys(routeRules))('%s', (route) => {
    expect(rolesAt(route)).toBe(expected.get(route))
  })

  test('only what says nothing of what is in the log is answered without a key', () => {
    const routes = Object.keys(routeRules)
    expect(routes.filter(isProbe)).toEqual(['GET /healthz', 'GET /readyz'])
    expect(routes.filter(isOpen)).toEqual(['GET /openapi.json', 'GET /docs'])
  })

  test('the table has no route that the policy does not have', () => {
    expect([...expected.keys()].filter((route) => !Object.hasOwn(routeRules, route))).toEqual([])
  })

  test('what the policy does not name is for nobody', () => {
    for (const route of ['GET /v1/secrets', 'DELETE /v1/agents', 'GET constructor', '__proto__'])
      for (const role of Role.options) expect(verdictOn(role, route)).toBe('no')
  })
})
