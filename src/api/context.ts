import type { HttpBindings } from '@hono/node-server'
import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { Caller } from '../access/caller.ts'
import type { ServedDaybook } from '../runtime/daybook.ts'
import type { Rates } from './guards/rates.ts'
import type { AnswerIds } from './ids-of-answer.ts'
import type { Metrics } from './metrics.ts'
import type { ServerWorks } from './server-works.ts'

/** The part of an open Daybook that requests are answered from. */
export type ApiDaybook = ServedDaybook

export interface ApiOptions {
  /** What requests are about. They see it only as `c.var.daybook`, so that each may once have its own. */
  readonly daybook: ApiDaybook
  /** One admin key beside those of the log. Null: there is none. */
  readonly key: string | null
  /**
   * Who can reach the server. `machine`: nobody else, so that no key is asked for while there is none, and the Host
   * header must name this machine then. `network`: a key is asked for in any case. `machine` when absent.
   */
  readonly reach?: 'machine' | 'network'
  /** For each key; the limits' own when absent. */
  readonly requestsPerMinute?: number
  /** Aborts when the server is about to end: event streams end with it. */
  readonly stopping: AbortSignal
  readonly version: string
  /** For the operator; one line each, never with request bodies or keys. */
  readonly log: (line: string) => void
  /** Told of every answer, when somebody wants to know. */
  readonly onAnswer?: (answered: Answered) => void
  /** An answer that takes longer is told to the operator; `limits.slowAnswerMs` when absent. */
  readonly slowAnswerMs?: number
  /** Milliseconds; the limits' own when absent. */
  readonly eventStreams?: { readonly heartbeatMs: number; readonly stalledMs: number }
}

/** One answer, for a log of them: no path and no query, which may hold what somebody said. */
export interface Answered extends AnswerIds {
  readonly request: string
  readonly method: string
  readonly route: string
  readonly status: number
  readonly ms: number
  /** Whose key was shown; null for a probe, and for who was refused. */
  readonly caller: string | null
}

/** What all requests of one app share. */
export interface ApiServer extends Required<Omit<ApiOptions, 'requestsPerMinute' | 'onAnswer'>> {
  readonly onAnswer: ((answered: Answered) => void) | null
  readonly metrics: Metrics
  /** Idempotency keys whose first request is not answered yet. */
  readonly inFlight: Set<string>
  readonly rates: Rates
  readonly works: ServerWorks
}

export interface ApiEnv {
  Bindings: Partial<HttpBindings>
  Variables: {
    daybook: ApiDaybook
    server: ApiServer
    /** Names the request: in its answer, in problems and in the log. */
    requestId: string
    /** Whether a key is asked for. */
    keys: 'asked' | 'none'
    /** Whether the caller may still ask: what is answered for long looks again. */
    stillKnown: () => Promise<boolean>
    /** Absent where a probe asks, or a stranger for what is open to all. */
    caller: Caller | undefined
  }
}

export type ApiContext = Context<ApiEnv>

/** What every route module begins with. */
export function newRoutes(): OpenAPIHono<ApiEnv> {
  return new OpenAPIHono<ApiEnv>()
}
