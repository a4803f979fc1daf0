/**
 * Where a command with `--url` gets its answer, or why it has none there. Every command is here, and every route that
 * is named is one of the API's: a test holds both.
 */
export type CommandRoutes =
  | { readonly routes: readonly [string, ...string[]] }
  /** Why it works on this machine alone. `asks`: it asks no log at all, so where one would be asked is no matter. */
  | { readonly here: string; readonly asks?: 'nothing' }

const at = (...routes: [string, ...string[]]): CommandRoutes => ({ routes })
const here = (reason: string): CommandRoutes => ({ here: reason })
const withoutLog = (reason: string): CommandRoutes => ({ here: reason, asks: 'nothing' })

const workflow = 'GET /v1/workflows/{id}'
const handoff = 'GET /v1/handoffs/{id}'
const session = 'GET /v1/sessions/{id}'
const sessionEvents = 'GET /v1/sessions/{id}/events'
const undone = at('POST /v1/sessions/{id}/undo')
const listed = at('GET /v1/agent-files', 'GET /v1/agent-files/{name}')
const file = 'it works on the file of an embedded log'

export const commandRoutes: Readonly<Record<string, CommandRoutes>> = {
  init: here('it sets up a folder'),
  doctor: at('GET /healthz', 'GET /readyz', 'GET /v1/agents'),
  run: at(
    'POST /v1/workflows',
    'POST /v1/plan',
    workflow,
    'GET /v1/events',
    'GET /v1/waiting',
    'GET /readyz',
  ),
  waiting: at('GET /v1/waiting'),
  workflows: at('GET /v1/workflows'),
  'workflows show': at(workflow),
  'workflows pause': at('POST /v1/workflows/{id}/pause'),
  'workflows resume': at('POST /v1/workflows/{id}/resume'),
  'workflows cancel': at('POST /v1/workflows/{id}/cancel'),
  'workflows raise': at('POST /v1/workflows/{id}/raise'),
  'workflows fork': at('POST /v1/workflows/{id}/fork'),
  handoffs: at('GET /v1/handoffs'),
  'handoffs show': at(handoff),
  'handoffs accept': at('POST /v1/handoffs/{id}/accept', handoff),
  'handoffs decline': at('POST /v1/handoffs/{id}/decline', handoff),
  'handoffs progress': at('POST /v1/handoffs/{id}/progress', handoff),
  'handoffs complete': at('POST /v1/handoffs/{id}/complete', handoff),
  'handoffs supply': at('POST /v1/handoffs/{id}/supply'),
  'handoffs dead-letters': at('GET /v1/handoffs', handoff),
  'handoffs redrive': at('POST /v1/handoffs/{id}/redrive'),
  'handoffs cancel': at('POST /v1/handoffs/{id}/cancel'),
  inbox: at('GET /v1/agents/{name}/inbox'),
  sessions: at('GET /v1/sessions'),
  'sessions show': at(session, sessionEvents),
  'sessions resume': at('POST /v1/sessions/{id}/resume', sessionEvents),
  'sessions cancel': at('POST /v1/sessions/{id}/cancel', sessionEvents),
  'sessions decide': at('POST /v1/sessions/{id}/decide', sessionEvents),
  'sessions approve': at('POST /v1/sessions/{id}/approve', 'GET /v1/waiting', sessionEvents),
  'sessions deny': at('POST /v1/sessions/{id}/deny', 'GET /v1/waiting', sessionEvents),
  decisions: at('GET /v1/decisions', 'GET /v1/projections/{name}/{key}'),
  'memory show': at('GET /v1/memory/{document}', 'GET /v1/memory/{document}/sections/{section}'),
  'memory list': at('GET /v1/memory'),
  'memory owners': at('GET /v1/owners', 'GET /v1/memory/{document}/owners'),
  'memory assign': at('POST /v1/memory/{document}/sections/{section}/assign'),
  'memory diff': at('GET /v1/memory/{document}/diff'),
  'memory log': at('GET /v1/memory/{document}/log'),
  'memory blame': at('GET /v1/memory/{document}/blame'),
  'memory search': at('GET /v1/search'),
  'memory report': at('GET /v1/report'),
  'memory readers': at('GET /v1/readers'),
  'memory influence': at('GET /v1/sessions/{id}/influence'),
  'memory restore': at('POST /v1/memory/{document}/sections/{section}/restore'),
  'memory undo': undone,
  undo: undone,
  why: at('GET /v1/memory/{document}/why'),
  agents: listed,
  'agents list': listed,
  'agents show': listed,
  'agents retire': at('POST /v1/agents/{name}/retire'),
  'agents doctor': withoutLog('it reads a folder of agent files'),
  route: at('POST /v1/route'),
  'route bench': at('POST /v1/route/bench', 'GET /v1/route/bench/{id}'),
  'route replay': at('POST /v1/route/replay', 'GET /v1/route/replay/{id}'),
  'route graph': at('GET /v1/route/graph'),
  log: at('GET /v1/events'),
  tail: at('GET /v1/events'),
  projections: at('GET /v1/projections', 'GET /v1/projections/{name}'),
  'projections show': at('GET /v1/projections/{name}', 'GET /v1/projections/{name}/{key}'),
  rebuild: at('POST /v1/rebuild', 'GET /v1/rebuild/{id}'),
  prove: at('GET /v1/workflows/{id}/prove', 'GET /v1/sessions/{id}/prove'),
  seal: at('POST /v1/seals'),
  verify: at('POST /v1/verify', 'GET /v1/verify/{id}'),
  'evidence export': at('POST /v1/seals', 'GET /v1/workflows/{id}/evidence'),
  'evidence verify': withoutLog('it checks a folder by itself, without any log'),
  export: at('GET /v1/events'),
  import: here('it begins a log, and that of a server has begun'),
  backup: here(file),
  restore: here(file),
  'store health': here('it opens the store itself; "daybook doctor --url" says how a server is'),
  'store compact': here(file),
  'store migrate': here('it opens both stores itself'),
  'keys create': at('POST /v1/keys'),
  'keys list': at('GET /v1/keys'),
  'keys revoke': at('POST /v1/keys/{id}/revoke'),
  serve: here('it is the server'),
  start: here('it is a server'),
  mcp: here('it speaks on stdin and stdout; a server answers MCP at /mcp'),
  hook: here('Claude Code calls it where its files are'),
  worker: here('it works on a log that it opens itself; a server works on its own'),
}
