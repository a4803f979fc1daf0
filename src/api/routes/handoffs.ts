import { createRoute, z } from '@hono/zod-openapi'
import { limits } from '../../kernel/limits.ts'
import { AgentName, text } from '../../kernel/words.ts'
import { actorNamed } from '../../runtime/callers.ts'
import { submit } from '../../runtime/submit-request.ts'
import { supplyHandoff } from '../../runtime/supply-handoff.ts'
import { listHandoffs, showHandoff } from '../../runtime/work-views.ts'
import { answers, creates, takes } from '../answers.ts'
import { newRoutes } from '../context.ts'
import { IdempotencyHeaders, oneAtATime } from '../idempotency.ts'
import { HandoffAnswer, HandoffDetails, HandoffRequest, HandoffView, Provides } from '../schemas.ts'

const params = z.object({ id: z.string().max(100) })

const Supply = z
  .strictObject({
    provides: Provides,
    context: text(limits.contextCharsMax).optional(),
    /** An agent's name, or `person`. */
    by: AgentName.default('person'),
  })
  .openapi('SupplyRequest')

export function handoffRoutes() {
  const app = newRoutes()
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/handoffs',
      summary: 'Handoffs, workflow by workflow',
      responses: answers('Handoffs', z.object({ handoffs: z.array(HandoffView) })),
    }),
    async (c) => c.json({ handoffs: await listHandoffs(c.var.daybook.project) }, 200),
  )
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/handoffs/{id}',
      summary: 'One handoff: its need, its history, and why that agent',
      request: { params },
      responses: answers('The handoff', HandoffDetails),
    }),
    async (c) => c.json(await showHandoff(c.var.daybook.project, c.req.valid('param').id), 200),
  )
  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/handoffs',
      summary: 'Hand work over: it is routed, and the answer says to whom and why',
      request: { headers: IdempotencyHeaders, body: takes(HandoffRequest) },
      responses: creates('Who got it, and why; nobody when `chosen` is null', HandoffAnswer),
    }),
    async (c) => {
      const key = c.req.valid('header')['idempotency-key'] ?? null
      const answer = await oneAtATime(c, key, () => submit(c.var.daybook, c.req.valid('json'), key))
      c.header('Location', `/v1/handoffs/${answer.id}`)
      return c.json(answer, 201)
    },
  )
  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/handoffs/{id}/supply',
      summary: 'Fill in what the receiver of a returned handoff needs',
      request: { params, body: takes(Supply) },
      responses: answers('The handoff', HandoffDetails),
    }),
    async (c) => {
      const { project } = c.var.daybook
      const { provides, context, by: name } = c.req.valid('json')
      await project.view.refresh()
      const by = actorNamed(project.view, c.var.daybook, name)
      const { id: handoff } = c.req.valid('param')
      return c.json(await supplyHandoff(project, { handoff, by, provides, context }), 200)
    },
  )
  return app
}
