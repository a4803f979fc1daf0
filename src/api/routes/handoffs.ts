import { createRoute, z } from '@hono/zod-openapi'
import { handoffStatuses } from '../../handoffs/handoff.ts'
import { limits } from '../../kernel/limits.ts'
import { AgentName, agentKey, text } from '../../kernel/words.ts'
import { actorNamed } from '../../runtime/callers.ts'
import { cancelOneHandoff, redriveHandoff } from '../../runtime/command-handoff.ts'
import { submit } from '../../runtime/submit-request.ts'
import { supplyHandoff } from '../../runtime/supply-handoff.ts'
import { inWorkflow } from '../../runtime/whole-id.ts'
import { listHandoffs, showHandoff } from '../../runtime/work-views.ts'
import { answers, creates, takes } from '../answers.ts'
import { newRoutes } from '../context.ts'
import { IdempotencyHeaders, keyForIds } from '../idempotency.ts'
import { hasWords, pageOf, pageQuery, WordsFilter } from '../paging.ts'
import { HandoffAnswer, HandoffDetails, HandoffRequest, HandoffView, Next, Provides } from '../schemas.ts'

const params = z.object({ id: z.string().max(100) })

const Supply = z
  .strictObject({
    provides: Provides.default([]),
    context: text(limits.contextCharsMax).optional(),
    /** An agent's name, or `person`. */
    by: AgentName.default('person'),
    /** A person lets it go on without the rest; the receiver is told what is missing. */
    force: z.boolean().default(false),
    note: text(limits.reasonCharsMax).optional(),
  })
  .openapi('SupplyRequest')

const Reason = z
  .strictObject({ reason: text(limits.reasonCharsMax).default('A person said so.') })
  .openapi('HandoffReason')

const Redrive = z
  .strictObject({
    ...Reason.shape,
    /** Also an agent that has had it before. */
    to: AgentName.optional(),
  })
  .openapi('RedriveRequest')

const Query = z.strictObject({
  status: z.enum(handoffStatuses).optional(),
  workflow: z.string().max(100).optional(),
  /** Handed to this agent. */
  agent: AgentName.optional(),
  /** Words of the need. */
  text: WordsFilter.optional(),
  ...pageQuery,
})

export function handoffRoutes() {
  return newRoutes()
    .route('/', supplyRoutes())
    .route('/', commandRoutes())
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/handoffs',
        summary: 'Handoffs, workflow by workflow',
        request: { query: Query },
        responses: answers('Handoffs', z.object({ handoffs: z.array(HandoffView), next: Next })),
      }),
      async (c) => {
        const { status, workflow, agent, text, ...cursor } = c.req.valid('query')
        const isWanted = await inWorkflow(c.var.daybook.project, workflow)
        const all = await listHandoffs(c.var.daybook.project)
        const own = c.var.caller?.agent ?? null
        const { page, next } = pageOf(all, cursor, {
          id: ({ id }) => id,
          matches: (one) =>
            (own === null || [one.from, one.to ?? ''].some((name) => agentKey(name) === agentKey(own))) &&
            (status === undefined || one.status === status) &&
            isWanted(one) &&
            (agent === undefined || (one.to !== null && agentKey(one.to) === agentKey(agent))) &&
            hasWords(one.need, text),
        })
        return c.json({ handoffs: page, next }, 200)
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/handoffs/{id}',
        summary: 'One handoff: its need, its history, and why that agent',
        request: { params },
        responses: answers('The handoff', HandoffDetails),
      }),
      async (c) => c.json(await showHandoff(c.var.daybook.project, c.req.valid('param').id), 200),
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/v1/handoffs',
        summary: 'Hand work over: it is routed, and the answer says to whom and why',
        request: { headers: IdempotencyHeaders, body: takes(HandoffRequest) },
        responses: creates('Who got it, and why; nobody when `chosen` is null', HandoffAnswer),
      }),
      async (c) => {
        const answer = await submit(c.var.daybook, c.req.valid('json'), keyForIds(c))
        c.header('Location', `/v1/handoffs/${answer.id}`)
        return c.json(answer, 201)
      },
    )
}

function supplyRoutes() {
  return newRoutes().openapi(
    createRoute({
      method: 'post',
      path: '/v1/handoffs/{id}/supply',
      summary: 'Fill in what the receiver of a returned handoff needs',
      request: { params, body: takes(Supply) },
      responses: answers('The handoff', HandoffDetails),
    }),
    async (c) => {
      const { project } = c.var.daybook
      const { provides, context, by: name, force, note } = c.req.valid('json')
      await project.view.refresh()
      const by = actorNamed(project.view, c.var.daybook, name)
      const { id: handoff } = c.req.valid('param')
      const missing = force ? 'forced' : 'asked_for'
      return c.json(await supplyHandoff(project, { handoff, by, provides, context, missing, note }), 200)
    },
  )
}

/** What only people do. */
function commandRoutes() {
  return newRoutes()
    .openapi(
      createRoute({
        method: 'post',
        path: '/v1/handoffs/{id}/redrive',
        summary:
          'Give a handoff another try: one that is set aside, over and not done, or lies with somebody',
        request: { params, body: takes(Redrive) },
        responses: answers('The handoff', HandoffDetails),
      }),
      async (c) => {
        const { project, person } = c.var.daybook
        const { id: handoff } = c.req.valid('param')
        return c.json(await redriveHandoff(project, { handoff, by: person, ...c.req.valid('json') }), 200)
      },
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/v1/handoffs/{id}/cancel',
        summary: 'End a handoff that nobody needs any more',
        request: { params, body: takes(Reason) },
        responses: answers('The handoff', HandoffDetails),
      }),
      async (c) => {
        const { project, person } = c.var.daybook
        const { id: handoff } = c.req.valid('param')
        return c.json(await cancelOneHandoff(project, { handoff, by: person, ...c.req.valid('json') }), 200)
      },
    )
}
