import type { Hono } from 'hono'
import { hc } from 'hono/client'
import type { ApiEnv } from '../api/context.ts'
import type { agentFileRoutes } from '../api/routes/agent-files.ts'
import type { agentRoutes } from '../api/routes/agents.ts'
import type { auditRoutes } from '../api/routes/audit.ts'
import type { decisionRoutes } from '../api/routes/decisions.ts'
import type { eventRoutes } from '../api/routes/events.ts'
import type { evidenceRoutes } from '../api/routes/evidence.ts'
import type { handoffRoutes } from '../api/routes/handoffs.ts'
import type { healthRoutes } from '../api/routes/health.ts'
import type { inboxRoutes } from '../api/routes/inbox.ts'
import type { keyRoutes } from '../api/routes/keys.ts'
import type { memoryRoutes } from '../api/routes/memory.ts'
import type { memoryHistoryRoutes } from '../api/routes/memory-history.ts'
import type { memoryInfluenceRoutes } from '../api/routes/memory-influence.ts'
import type { projectionRoutes } from '../api/routes/projections.ts'
import type { proofRoutes } from '../api/routes/proofs.ts'
import type { rebuildRoutes } from '../api/routes/rebuilds.ts'
import type { routingRoutes } from '../api/routes/route.ts'
import type { routingWorkRoutes } from '../api/routes/routing-works.ts'
import type { sealRoutes } from '../api/routes/seals.ts'
import type { sectionRoutes } from '../api/routes/sections.ts'
import type { sessionRoutes } from '../api/routes/sessions.ts'
import type { wholeMemoryRoutes } from '../api/routes/whole-memory.ts'
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
  SchemaOf<typeof agentFileRoutes> &
  SchemaOf<typeof evidenceRoutes> &
  SchemaOf<typeof inboxRoutes> &
  SchemaOf<typeof memoryHistoryRoutes> &
  SchemaOf<typeof memoryInfluenceRoutes> &
  SchemaOf<typeof projectionRoutes> &
  SchemaOf<typeof proofRoutes> &
  SchemaOf<typeof rebuildRoutes> &
  SchemaOf<typeof routingWorkRoutes> &
  SchemaOf<typeof sectionRoutes> &
  SchemaOf<typeof wholeMemoryRoutes> &
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
