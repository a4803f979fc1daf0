import type { Role } from './events.ts'

/**
 * What an agent's key may do at a route, when it may do anything there:
 * - `all`: what everybody may;
 * - `own_name`: the agent that the address names is it;
 * - `own_words`: nobody else is named as the one who speaks (`agent`, `from`, `by`);
 * - `own_handoff`: it handed the work over, or was given it;
 * - `own_session`: the session is its own;
 * - `own_list`: the answer leaves out what others have.
 */
export type AgentRule = 'all' | 'own_name' | 'own_words' | 'own_handoff' | 'own_session' | 'own_list'

interface RouteRule {
  /**
   * `probe`: needs no key and is not counted. `open`: needs no key, for it is the same in every Daybook. `read`: changes
   * nothing. `act`: changes something. `keys`: who may do what.
   */
  readonly kind: 'probe' | 'open' | 'read' | 'act' | 'keys'
  /** All of them must hold; none: it is not for agents. */
  readonly agent: readonly AgentRule[]
}

/** What follows for a role: yes, no, or yes when all of these hold. */
export type Verdict = 'yes' | 'no' | readonly AgentRule[]

const probe: RouteRule = { kind: 'probe', agent: ['all'] }
const open: RouteRule = { kind: 'open', agent: ['all'] }
const read = (...agent: readonly AgentRule[]): RouteRule => ({ kind: 'read', agent })
const act = (...agent: readonly AgentRule[]): RouteRule => ({ kind: 'act', agent })
const keys: RouteRule = { kind: 'keys', agent: [] }

/** Every route of the API. The shared memory is there to be read by all; whose it is decides about the rest. */
export const routeRules: Readonly<Record<string, RouteRule>> = {
  'GET /healthz': probe,
  'GET /readyz': probe,
  'GET /openapi.json': open,
  'GET /docs': open,
  'GET /metrics': read(),
  'GET /.well-known/agent-card.json': read('all'),
  'ALL /mcp': act('own_words'),

  'GET /v1/agents': read('all'),
  'GET /v1/agents/{name}': read('all'),
  'GET /v1/agents/{name}/card': read('all'),
  'GET /v1/agents/{name}/inbox': read('own_name'),

  'GET /v1/agent-files': read('all'),
  'GET /v1/agent-files/{name}': read('all'),
  'POST /v1/agents/{name}/retire': act(),

  'GET /v1/workflows': read(),
  'GET /v1/workflows/{id}': read(),
  'GET /v1/workflows/{id}/prove': read(),
  'GET /v1/workflows/{id}/evidence': read(),
  'POST /v1/workflows': act(),
  'POST /v1/workflows/{id}/pause': act(),
  'POST /v1/workflows/{id}/resume': act(),
  'POST /v1/workflows/{id}/cancel': act(),
  'POST /v1/workflows/{id}/raise': act(),
  'POST /v1/workflows/{id}/fork': act(),

  'GET /v1/sessions': read('own_list'),
  'GET /v1/sessions/{id}': read('own_session'),
  'GET /v1/sessions/{id}/events': read('own_session'),
  'GET /v1/sessions/{id}/influence': read('own_session'),
  'GET /v1/sessions/{id}/prove': read('own_session'),
  'POST /v1/sessions/{id}/undo': act(),
  'POST /v1/sessions/{id}/resume': act(),
  'POST /v1/sessions/{id}/cancel': act(),
  'POST /v1/sessions/{id}/decide': act(),
  'POST /v1/sessions/{id}/approve': act(),
  'POST /v1/sessions/{id}/deny': act(),
  'GET /v1/waiting': read(),

  'GET /v1/handoffs': read('own_list'),
  'GET /v1/handoffs/{id}': read('own_handoff'),
  'GET /v1/handoffs/{id}/task': read('own_handoff'),
  'POST /v1/handoffs': act('own_words'),
  'POST /v1/handoffs/{id}/accept': act('own_words', 'own_handoff'),
  'POST /v1/handoffs/{id}/progress': act('own_words', 'own_handoff'),
  'POST /v1/handoffs/{id}/complete': act('own_words', 'own_handoff'),
  'POST /v1/handoffs/{id}/decline': act('own_words', 'own_handoff'),
  'POST /v1/handoffs/{id}/supply': act('own_words', 'own_handoff'),
  'POST /v1/handoffs/{id}/redrive': act(),
  'POST /v1/handoffs/{id}/cancel': act(),
  'POST /v1/route': act('own_words'),
  'GET /v1/route/graph': read('all'),
  'POST /v1/route/replay': act(),
  'GET /v1/route/replay/{id}': read(),
  'POST /v1/route/bench': act(),
  'GET /v1/route/bench/{id}': read(),
  'POST /v1/plan': act(),

  'GET /v1/memory': read('all'),
  'GET /v1/memory/{document}': read('all'),
  'GET /v1/memory/{document}/blame': read('all'),
  'GET /v1/memory/{document}/log': read('all'),
  'GET /v1/memory/{document}/diff': read('all'),
  'GET /v1/memory/{document}/why': read('all'),
  'GET /v1/memory/{document}/search': read('all'),
  'GET /v1/memory/{document}/readers': read('all'),
  'GET /v1/memory/{document}/owners': read('all'),
  'GET /v1/memory/{document}/report': read('all'),
  'GET /v1/memory/{document}/sections/{section}': read('all'),
  'PUT /v1/memory/{document}/sections/{section}': act('own_words'),
  'POST /v1/memory/{document}/sections/{section}/restore': act(),
  'POST /v1/memory/{document}/sections/{section}/assign': act(),
  'GET /v1/search': read('all'),
  'GET /v1/readers': read('all'),
  'GET /v1/owners': read('all'),
  'GET /v1/report': read('all'),
  'GET /v1/decisions': read('all'),

  'GET /v1/events': read(),
  'GET /v1/events/{id}': read(),
  'GET /v1/events/{id}/proof': read(),
  'GET /v1/projections': read(),
  'GET /v1/projections/{name}': read(),
  'GET /v1/projections/{name}/{key}': read(),
  'GET /v1/audit': read(),
  'GET /v1/seals': read(),
  'POST /v1/seals': act(),
  'POST /v1/verify': act(),
  'GET /v1/verify/{id}': read(),
  'POST /v1/rebuild': act(),
  'GET /v1/rebuild/{id}': read(),

  'GET /v1/keys': keys,
  'POST /v1/keys': keys,
  'POST /v1/keys/{id}/revoke': keys,
}

/** Whether a role may use a route, written `GET /v1/agents/{name}`. What the table does not name nobody may. */
export function verdictOn(role: Role, route: string): Verdict {
  const rule = Object.hasOwn(routeRules, route) ? routeRules[route] : undefined
  if (rule === undefined) return 'no'
  if (rule.kind === 'probe' || rule.kind === 'open') return 'yes'
  switch (role) {
    case 'admin':
      return 'yes'
    case 'operator':
      return rule.kind === 'keys' ? 'no' : 'yes'
    case 'reader':
      return rule.kind === 'read' ? 'yes' : 'no'
    case 'agent':
      if (rule.agent.length === 0) return 'no'
      return rule.agent.includes('all') ? 'yes' : rule.agent
  }
}

/** Whether a route is open to probes, which have no key. */
export function isProbe(route: string): boolean {
  return kindOf(route) === 'probe'
}

/** Whether a route answers who shows no key, too: a browser cannot show one. */
export function isOpen(route: string): boolean {
  return kindOf(route) === 'open'
}

function kindOf(route: string): RouteRule['kind'] | undefined {
  return Object.hasOwn(routeRules, route) ? routeRules[route]?.kind : undefined
}
