import type { HttpBindings } from '@hono/node-server'
import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { ServedDaybook } from '../runtime/daybook.ts'
import type { Metrics } from './metrics.ts'

/** The part of an open Daybook that requests are answered from. */
export type ApiDaybook = ServedDaybook

export interface ApiOptions {
  /** What requests are about. They see it only as `c.var.daybook`, so that each may once have its own. */
  readonly daybook: ApiDaybook
  /** Clients send it as a bearer token. Null: none is asked for, and the Host header must name this machine. */
  readonly key: string | null
  /** Aborts when the server is about to end: event streams end with it. */
  readonly stopping: AbortSignal
  readonly version: string
  /** For the operator; one line each, never with request bodies or keys. */
  readonly log: (line: string) => void
  /** Milliseconds; the limits' own when absent. */
  readonly eventStreams?: { readonly heartbeatMs: number; readonly stalledMs: number }
}

/** What all requests of one app share. */
export interface ApiServer extends Required<ApiOptions> {
  readonly metrics: Metrics
  /** Idempotency keys whose first request is not answered yet. */
  readonly inFlight: Set<string>
}

export interface ApiEnv {
  Bindings: Partial<HttpBindings>
  Variables: {
    daybook: ApiDaybook
    server: ApiServer
    /** Names the request: in its answer, in problems and in the log. */
    requestId: string
  }
}

export type ApiContext = Context<ApiEnv>

/** What every route module begins with. */
export function newRoutes(): OpenAPIHono<ApiEnv> {
  return new OpenAPIHono<ApiEnv>()
}
