import type { Hono } from 'hono'
import { hc } from 'hono/client'
import type { ApiEnv } from '../api/context.ts'
import type { agentRoutes } from '../api/routes/agents.ts'
import type { auditRoutes } from '../api/routes/audit.ts'
import type { decisionRoutes } from '../api/routes/decisions.ts'
import type { eventRoutes } from '../api/routes/events.ts'
import type { handoffRoutes } from '../api/routes/handoffs.ts'
import type { healthRoutes } from '../api/routes/health.ts'
import type { keyRoutes } from '../api/routes/keys.ts'
import type { memoryRoutes } from '../api/routes/memory.ts'
import type { routingRoutes } from '../api/routes/route.ts'
import type { sealRoutes } from '../api/routes/seals.ts'
import type { sessionRoutes } from '../api/routes/sessions.ts'
import type { workflowRoutes } from '../api/routes/workflows.ts'

type SchemaOf<Routes extends () => unknown> =
  ReturnType<Routes> extends Hono<ApiEnv, infer Schema, string> ? Schema : never

type Schema = SchemaOf<typeof agentRoutes> &
  SchemaOf<typeof auditRoutes> &
  SchemaOf<typeof decisionRoutes> &
  SchemaOf<typeof eventRoutes> &
  SchemaOf<typeof handoffRoutes> &
  SchemaOf<typeof healthRoutes> &
  SchemaOf<typeof keyRoutes> &
  SchemaOf<typeof memoryRoutes> &
  SchemaOf<typeof routingRoutes> &
  SchemaOf<typeof sealRoutes> &
  SchemaOf<typeof sessionRoutes> &
  SchemaOf<typeof workflowRoutes>

export interface ClientOptions {
  /** As `daybook keys create` gave it; without it the server answers on its own machine only. */
  readonly key?: string | undefined
  /** Milliseconds until an answer must have begun and ended; none when absent. */
  readonly timeoutMs?: number
}

/**
 * A typed client of the API at `url`: `client.v1.handoffs.$post({ json: { from, need } })`. What it may send and what
 * comes back is inferred from the routes themselves. It answers with the response, whatever its status; a server that
 * cannot be reached rejects as `fetch` does.
 */
export function daybookClient(url: string, { key, timeoutMs }: ClientOptions = {}) {
  const headers: Record<string, string> = key === undefined ? {} : { Authorization: `Bearer ${key}` }
  const limited: typeof fetch = (input, init) =>
    fetch(input, timeoutMs === undefined ? init : { ...init, signal: AbortSignal.timeout(timeoutMs) })
  return hc<Hono<ApiEnv, Schema, '/'>>(url, { headers, fetch: limited })
}

export type DaybookClient = ReturnType<typeof daybookClient>
