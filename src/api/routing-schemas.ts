import { z } from '@hono/zod-openapi'
import { longWork } from './long-work-schema.ts'
import { list } from './memory-schemas.ts'
import { Choice } from './schemas.ts'

/** What is asked about routing beside single handoffs. */

/** `code` says in a word how it came about; `reason` says it to people. */
export const RouteAnswer = Choice.extend({ code: z.string() }).openapi('RouteAnswer')

export const PlanView = z
  .object({
    steps: list(z.object({ agent: z.string(), hop: z.int(), confidence: z.number(), reason: z.string() })),
    /** Why there are none. */
    reason: z.string(),
    /** Of these steps alone: what their agents hand on comes on top. */
    estimate: z.object({
      sessions: z.int(),
      tokens: z.number(),
      costUsd: z.number(),
      model: z.string(),
      basis: z.string(),
    }),
  })
  .openapi('WorkflowPlan')

export const GraphView = z
  .object({
    agents: list(z.string()),
    edges: list(
      z.object({
        from: z.string(),
        to: z.string(),
        declared: list(z.string()),
        recorded: list(z.object({ note: z.string(), event: z.string() })),
        happened: z.object({ handoffs: z.int(), completed: z.int(), declined: z.int() }),
      }),
    ),
  })
  .openapi('HandoffGraph')

const Redirected = z.object({
  handoff: z.string(),
  event: z.string(),
  at: z.string(),
  from: z.string(),
  need: z.string(),
  was: z.string().nullable(),
  now: z.string().nullable(),
  policyWas: z.string(),
  reasonWas: z.string(),
  reasonNow: z.string(),
})

export const ReplayView = longWork(
  z.object({
    policy: z.string(),
    decisions: z.int(),
    elsewhere: z.int(),
    msPerDecision: z.number(),
    differences: list(Redirected),
  }),
).openapi('RoutingReplay')

const Calibration = z.object({
  ece: z.number(),
  bins: list(
    z.object({ from: z.number(), to: z.number(), n: z.int(), confidence: z.number(), right: z.number() }),
  ),
})
const shares = { top1: z.number(), top3: z.number(), mrr: z.number() }

export const BenchView = longWork(
  z.object({
    n: z.int(),
    ...shares,
    abstained: z.number(),
    p50Ms: z.number(),
    calibration: Calibration,
    crossValidated: z
      .object({
        folds: z.int(),
        ...shares,
        abstained: z.number(),
        calibration: Calibration,
        gap: z.object(shares),
      })
      .nullable(),
  }),
).openapi('RoutingBench')
