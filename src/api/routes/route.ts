import { createRoute, z } from '@hono/zod-openapi'
import { route } from '../../handoffs/router.ts'
import { limits } from '../../kernel/limits.ts'
import { AgentName, text } from '../../kernel/words.ts'
import { actorNamed } from '../../runtime/callers.ts'
import { dated } from '../../runtime/dated-evidence.ts'
import { planWorkflow } from '../../runtime/plan-workflow.ts'
import { routingKnowledge } from '../../runtime/routing-knowledge.ts'
import { choiceOf, questionOf, rosterFor } from '../../runtime/submit-request.ts'
import { viewWhen } from '../../runtime/view-when.ts'
import { showHandoff, showWorkflow } from '../../runtime/work-views.ts'
import { answers, takes } from '../answers.ts'
import { newRoutes } from '../context.ts'
import { PlanView, RouteAnswer } from '../routing-schemas.ts'
import { HandoffRequest, When } from '../schemas.ts'

const PlanRequest = z
  .strictObject({ goal: text(limits.goalCharsMax).min(1), entry: AgentName.nullish() })
  .openapi('PlanRequest')

export function routingRoutes() {
  return newRoutes()
    .openapi(
      createRoute({
        method: 'post',
        path: '/v1/route',
        summary: 'Who would get a piece of work, and why; records nothing',
        request: { query: z.strictObject({ at: When.optional() }), body: takes(HandoffRequest) },
        responses: answers('Who would get it', RouteAnswer),
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
        return c.json({ ...choiceOf({ ...decision, candidates }), code: decision.code }, 200)
      },
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/v1/plan',
        summary: 'Where a goal would go and what it might cost; records nothing and calls no model',
        request: { body: takes(PlanRequest) },
        responses: answers('The first steps; none when nobody fits', PlanView),
      }),
      async (c) => {
        const { goal, entry } = c.req.valid('json')
        return c.json(await planWorkflow(c.var.daybook, { goal, entry: entry ?? null }), 200)
      },
    )
}
