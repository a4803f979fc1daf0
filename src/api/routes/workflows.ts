import { createRoute, z } from '@hono/zod-openapi'
import { refusal } from '../../kernel/errors.ts'
import { LimitName } from '../../kernel/limit-events.ts'
import { limits } from '../../kernel/limits.ts'
import { AgentName, text } from '../../kernel/words.ts'
import { commandWorkflow } from '../../runtime/command-workflow.ts'
import { forkAt } from '../../runtime/fork-at.ts'
import { listWorkflows, showWorkflow } from '../../runtime/work-views.ts'
import { limitFields, type WorkflowCommand, workflowStatuses } from '../../workflows/decider.ts'
import { WorkflowLimits } from '../../workflows/events.ts'
import { answers, creates, takes } from '../answers.ts'
import { beginWorkflow } from '../begin-workflow.ts'
import { type ApiContext, newRoutes } from '../context.ts'
import { IdempotencyHeaders, keyForIds } from '../idempotency.ts'
import { hasWords, pageOf, pageQuery, WordsFilter } from '../paging.ts'
import { Next, When, WorkflowDetails, WorkflowView } from '../schemas.ts'

const params = z.object({ id: z.string().max(100) })

const Query = z.strictObject({
  ...pageQuery,
  status: z.enum(workflowStatuses).optional(),
  /** Words of the goal. */
  text: WordsFilter.optional(),
})

const Start = z
  .strictObject({
    goal: text(limits.goalCharsMax).min(1),
    entry: AgentName.nullish(),
    limits: z.strictObject(WorkflowLimits.shape).partial().default({}),
    model: z.string().min(1).max(200).nullish(),
  })
  .openapi('WorkflowRequest')

const Started = z
  .object({
    id: z.string(),
    goal: z.string(),
    entry: z.string().nullable(),
    model: z.string(),
    rehearsal: z.boolean(),
    limits: WorkflowLimits,
    startedAt: z.string(),
  })
  .openapi('WorkflowStarted')

/** What a person can do about running work. */
const courses = {
  pause: { type: 'PauseWorkflow', summary: 'Stop after the running steps, to go on later' },
  resume: { type: 'ResumeWorkflow', summary: 'Let a paused workflow go on' },
  cancel: { type: 'CancelWorkflow', summary: 'End it, with its open handoffs and sessions' },
} as const

const Reason = z.strictObject({ reason: text(limits.reasonCharsMax).default('A person said so.') })
/** By the name that limits have on the command line and in events, or by that of the field that begins them. */
const RaisedLimit = z.enum([...LimitName.options, ...Object.values(limitFields)])
const Raise = z.strictObject({ limit: RaisedLimit, max: z.number().positive() })

function limitNamed(name: z.infer<typeof RaisedLimit>): LimitName {
  return LimitName.options.find((limit) => limit === name || limitFields[limit] === name)!
}

const Fork = z
  .strictObject({
    /** The last moment that they have in common. */
    at: When,
    model: z.string().min(1).max(200).nullish(),
  })
  .openapi('ForkRequest')
const Forked = z
  .object({ workflow: z.string(), parent: z.string(), at: z.string() })
  .openapi('WorkflowForked')

export function workflowRoutes() {
  return newRoutes()
    .route('/', courseRoutes())
    .route('/', forkRoutes())
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/workflows',
        summary: 'Workflows, the oldest first',
        request: { query: Query },
        responses: answers('Workflows', z.object({ workflows: z.array(WorkflowView), next: Next })),
      }),
      async (c) => {
        const { status, text, ...cursor } = c.req.valid('query')
        const { page, next } = pageOf(await listWorkflows(c.var.daybook.project), cursor, {
          id: ({ id }) => id,
          matches: (one) => (status === undefined || one.status === status) && hasWords(one.goal, text),
        })
        return c.json({ workflows: page, next }, 200)
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/workflows/{id}',
        summary: 'One workflow with its handoffs and sessions',
        request: { params },
        responses: answers('The workflow', WorkflowDetails),
      }),
      async (c) => c.json(await showWorkflow(c.var.daybook.project, c.req.valid('param').id), 200),
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/v1/workflows',
        summary: 'Start a workflow: a goal, which the router gives to its first agent',
        request: { headers: IdempotencyHeaders, body: takes(Start) },
        responses: creates('It has started', Started),
      }),
      async (c) => {
        const started = await beginWorkflow(c.var.daybook, c.req.valid('json'), keyForIds(c))
        c.header('Location', `/v1/workflows/${started.id}`)
        return c.json(started, 201)
      },
    )
}

const courseRoute = <Name extends keyof typeof courses>(name: Name) =>
  createRoute({
    method: 'post',
    path: `/v1/workflows/{id}/${name}` as const,
    summary: courses[name].summary,
    request: { params, body: takes(Reason) },
    responses: answers('The workflow', WorkflowDetails),
  })

function courseRoutes() {
  return newRoutes()
    .openapi(courseRoute('pause'), async (c) =>
      c.json(await takeCourse(c, 'pause', { ...c.req.valid('param'), ...c.req.valid('json') }), 200),
    )
    .openapi(courseRoute('resume'), async (c) =>
      c.json(await takeCourse(c, 'resume', { ...c.req.valid('param'), ...c.req.valid('json') }), 200),
    )
    .openapi(courseRoute('cancel'), async (c) =>
      c.json(await takeCourse(c, 'cancel', { ...c.req.valid('param'), ...c.req.valid('json') }), 200),
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/v1/workflows/{id}/raise',
        summary: 'Raise a limit; a workflow that stopped at it goes on',
        request: { params, body: takes(Raise) },
        responses: answers('The workflow', WorkflowDetails),
      }),
      async (c) => {
        const { limit: name, max } = c.req.valid('json')
        const by = c.var.daybook.person
        const command = { type: 'RaiseLimit', by, limit: limitNamed(name), max } as const
        return c.json(await carryOut(c, c.req.valid('param').id, command), 200)
      },
    )
}

function takeCourse(
  c: ApiContext,
  name: keyof typeof courses,
  { id, reason }: { readonly id: string; readonly reason: string },
) {
  return carryOut(c, id, { type: courses[name].type, by: c.var.daybook.person, reason })
}

function forkRoutes() {
  return newRoutes().openapi(
    createRoute({
      method: 'post',
      path: '/v1/workflows/{id}/fork',
      summary: 'Start a new workflow from a past moment of another, which is never touched',
      request: { params, body: takes(Fork) },
      responses: creates('The new workflow', Forked),
    }),
    async (c) => {
      const forked = await forkAt(c.var.daybook, { ...c.req.valid('param'), ...c.req.valid('json') })
      c.header('Location', `/v1/workflows/${forked.workflow}`)
      return c.json(forked, 201)
    },
  )
}

async function carryOut(c: ApiContext, id: string, command: WorkflowCommand) {
  const { project, person } = c.var.daybook
  const { id: whole } = await showWorkflow(project, id)
  const rejection = await commandWorkflow(project, { workflow: whole, command, by: person })
  if (rejection !== null) throw refusal(rejection)
  return showWorkflow(project, whole)
}
