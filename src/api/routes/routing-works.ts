import { createRoute, z } from '@hono/zod-openapi'
import { policies, policyNamed } from '../../handoffs/routing/policy.ts'
import { refusal } from '../../kernel/errors.ts'
import { handoffGraph } from '../../runtime/handoff-graph.ts'
import { replayRouting } from '../../runtime/replay-routing.ts'
import { BenchCase, BenchPattern, routeBenchBeside } from '../../runtime/route-bench.ts'
import { resolveWhen } from '../../runtime/when.ts'
import { answers, begins, takes } from '../answers.ts'
import { newRoutes } from '../context.ts'
import { BenchView, GraphView, ReplayView } from '../routing-schemas.ts'
import { When } from '../schemas.ts'
import { keyForWork, lookAt } from '../server-works.ts'

const params = z.object({ id: z.string().max(100) })
const policy = z.enum(policies.map(({ name }) => name))

const ReplayRequest = z
  .strictObject({
    /** The present one when absent. */
    policy: policy.optional(),
    /** Only decisions after this moment. */
    since: When.optional(),
  })
  .openapi('ReplayRequest')

const BenchRequest = z
  .strictObject({
    patterns: z.array(BenchPattern).max(20_000),
    cases: z.array(BenchCase).min(1).max(20_000),
    policy: policy.optional(),
  })
  .openapi('BenchRequest')

/** How routing decides, seen as a whole. Nothing here records anything. */
export function routingWorkRoutes() {
  return newRoutes()
    .route('/', replayRoutes())
    .route('/', benchRoutes())
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/route/graph',
        summary: 'Who hands to whom: declared in files, recorded in sections, and as it happened',
        responses: answers('Agents and the ways between them', GraphView),
      }),
      async (c) => {
        await c.var.daybook.project.view.refresh()
        return c.json(await handoffGraph(c.var.daybook), 200)
      },
    )
}

function replayRoutes() {
  return newRoutes()
    .openapi(
      createRoute({
        method: 'post',
        path: '/v1/route/replay',
        summary: 'Decide everything again that was ever routed, and list what would have gone elsewhere',
        request: { body: takes(ReplayRequest) },
        responses: begins('It runs; Location says where to look', ReplayView),
      }),
      async (c) => {
        const { project } = c.var.daybook
        const { policy: named, since } = c.req.valid('json')
        const after = since === undefined ? null : await resolveWhen(project, since)
        const policy = named === undefined ? project.policy : policyNamed(named)!
        const run = (onProgress: (done: number) => void) =>
          replayRouting(project, { policy, after, onProgress })
        const { replays } = c.var.server.works
        const work = replays.start(project, { id: keyForWork(c), run })
        lookAt(c, `/v1/route/replay/${work.id}`)
        return c.json(work, 202)
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/route/replay/{id}',
        summary: 'How a replay goes, and what it found',
        request: { params },
        responses: answers('The replay', ReplayView),
      }),
      (c) => c.json(c.var.server.works.replays.get(c.req.valid('param').id), 200),
    )
}

function benchRoutes() {
  return newRoutes()
    .openapi(
      createRoute({
        method: 'post',
        path: '/v1/route/bench',
        summary: 'Measure the routing of the registered agents on labelled cases',
        request: { body: takes(BenchRequest) },
        responses: begins('It runs; Location says where to look', BenchView),
      }),
      async (c) => {
        const { project } = c.var.daybook
        await project.view.refresh()
        const definitions = project.view.agents().map(({ definition }) => definition)
        if (definitions.length === 0)
          throw refusal({
            code: 'no_agents',
            message: 'No agent is registered: there is nothing to measure.',
          })
        const { policy: named, ...asked } = c.req.valid('json')
        const policy = named === undefined ? project.policy : policyNamed(named)!
        const run = () => routeBenchBeside({ ...asked, definitions, policy })
        const { benches } = c.var.server.works
        const work = benches.start(project, { id: keyForWork(c), run })
        lookAt(c, `/v1/route/bench/${work.id}`)
        return c.json(work, 202)
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/route/bench/{id}',
        summary: 'How a measurement goes, and its figures',
        request: { params },
        responses: answers('The measurement', BenchView),
      }),
      (c) => c.json(c.var.server.works.benches.get(c.req.valid('param').id), 200),
    )
}
