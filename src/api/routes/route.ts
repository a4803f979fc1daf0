import { createRoute, z } from '@hono/zod-openapi'
import { route } from '../../handoffs/router.ts'
import { actorNamed } from '../../runtime/callers.ts'
import { dated } from '../../runtime/dated-evidence.ts'
import { routingKnowledge } from '../../runtime/routing-knowledge.ts'
import { choiceOf, questionOf, rosterFor } from '../../runtime/submit-request.ts'
import { viewWhen } from '../../runtime/view-when.ts'
import { showHandoff, showWorkflow } from '../../runtime/work-views.ts'
import { answers, takes } from '../answers.ts'
import { newRoutes } from '../context.ts'
import { Choice, HandoffRequest, When } from '../schemas.ts'

export function routingRoutes() {
  const app = newRoutes()
  return app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/route',
      summary: 'Who would get a piece of work, and why; records nothing',
      request: { query: z.strictObject({ at: When.optional() }), body: takes(HandoffRequest) },
      responses: answers('Who would get it', Choice),
    }),
    async (c) => {
      const { daybook } = c.var
      const { at } = c.req.valid('query')
      const request = c.req.valid('json')
      const view = await viewWhen(daybook.project, at)
      const from = actorNamed(view, daybook, request.from)
      const parent = request.parent == null ? null : (await showHandoff(daybook.project, request.parent)).id
      const workflow =
        request.workflow == null ? null : (await showWorkflow(daybook.project, request.workflow)).id
      const agents = view.agents().map(({ definition, event }) => ({ agent: definition.name, event }))
      const roster = at === undefined ? rosterFor(daybook, workflow) : agents
      const question = questionOf(daybook, { ...request, from, parent, to: request.to ?? null })
      const decision = route(question, routingKnowledge(view, roster), daybook.project.policy)
      const candidates = await dated(daybook.project, decision.candidates)
      return c.json(choiceOf({ ...decision, candidates }), 200)
    },
  )
}
