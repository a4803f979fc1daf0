import { createRoute, z } from '@hono/zod-openapi'
import { limits } from '../../kernel/limits.ts'
import { AgentName, agentKey, text } from '../../kernel/words.ts'
import { cancelSession, decideOutcome, resumeSession } from '../../runtime/command-session.ts'
import { decideApproval } from '../../runtime/decide-approval.ts'
import { listWaiting } from '../../runtime/waiting.ts'
import { listSessions, showSession } from '../../runtime/work-views.ts'
import { answers, takes } from '../answers.ts'
import { type ApiContext, newRoutes } from '../context.ts'
import { pageOf, pageQuery } from '../paging.ts'
import { Next, SessionDetails, SessionView, WaitingView } from '../schemas.ts'

const transcripts = 'session-transcript'
const params = z.object({ id: z.string().max(100) })

const Query = z.strictObject({
  ...pageQuery,
  agent: AgentName.optional(),
  workflow: z.string().max(100).optional(),
  status: z.string().max(100).optional(),
})

const Reason = z.strictObject({ reason: text(limits.reasonCharsMax).default('A person said so.') })
const note = text(limits.reasonCharsMax).nullish()

const OutcomeDecision = z
  .strictObject({ decision: z.enum(['retry', 'skip', 'fail']), note })
  .openapi('OutcomeDecision')

const ApprovalDecision = z
  .strictObject({
    /** Of what was shown, or its first digits: anything else is not decided. */
    digest: z.string().min(8).max(100),
    note,
  })
  .openapi('ApprovalDecision')

/** What a person can say about a session as a whole. */
const courses = {
  resume: { act: resumeSession, summary: 'Let a paused session go on' },
  cancel: { act: cancelSession, summary: 'End a session; its handoff fails, and can be redriven' },
} as const

const approvals = {
  approve: 'Let the tool call be made that the session waits for',
  deny: 'Refuse the tool call that the session waits for; the agent is told and goes on',
} as const

export function sessionRoutes() {
  const app = newRoutes()
  addCourses(app)
  addDecisions(app)
  return app
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/sessions',
        summary: 'Sessions, workflow by workflow',
        request: { query: Query },
        responses: answers('Sessions', z.object({ sessions: z.array(SessionView), next: Next })),
      }),
      async (c) => {
        const own = c.var.caller?.agent ?? null
        const all = await listSessions(c.var.daybook.project)
        const { agent, workflow, status, ...cursor } = c.req.valid('query')
        const { page, next } = pageOf(all, cursor, {
          id: ({ id }) => id,
          matches: (one) =>
            (own === null || agentKey(one.agent) === agentKey(own)) &&
            (agent === undefined || agentKey(one.agent) === agentKey(agent)) &&
            (workflow === undefined || one.workflow === workflow) &&
            (status === undefined || one.status === status),
        })
        return c.json({ sessions: page, next }, 200)
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/waiting',
        summary: 'What waits for a person, and the command that moves it',
        request: { query: z.strictObject({ workflow: z.string().max(100).optional() }) },
        responses: answers('What waits', z.object({ waiting: z.array(WaitingView) })),
      }),
      async (c) => {
        const { workflow } = c.req.valid('query')
        const all = await listWaiting(c.var.daybook.project)
        return c.json(
          { waiting: all.filter((one) => workflow === undefined || one.workflow === workflow) },
          200,
        )
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/sessions/{id}',
        summary: 'One session with its transcript; GET /v1/events?stream=session-ID has every event whole',
        request: { params },
        responses: answers('The session', SessionDetails),
      }),
      async (c) => c.json(await detailed(c, c.req.valid('param').id), 200),
    )
}

function addCourses(app: ReturnType<typeof newRoutes>): void {
  for (const [name, { act, summary }] of Object.entries(courses)) {
    app.openapi(
      createRoute({
        method: 'post',
        path: `/v1/sessions/{id}/${name}`,
        summary,
        request: { params, body: takes(Reason) },
        responses: answers('The session', SessionDetails),
      }),
      async (c) => {
        const { project, person: by } = c.var.daybook
        const said = { session: c.req.valid('param').id, by, reason: c.req.valid('json').reason }
        return c.json(await detailed(c, (await act(project, said)).id), 200)
      },
    )
  }
}

function addDecisions(app: ReturnType<typeof newRoutes>): void {
  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/sessions/{id}/decide',
      summary: 'Decide about the tool calls whose outcome is not known',
      request: { params, body: takes(OutcomeDecision) },
      responses: answers('The session', SessionDetails),
    }),
    async (c) => {
      const { project, person: by } = c.var.daybook
      const { decision, note: said = null } = c.req.valid('json')
      const session = c.req.valid('param').id
      return c.json(
        await detailed(c, (await decideOutcome(project, { session, by, decision, note: said })).id),
        200,
      )
    },
  )
  for (const decision of ['approve', 'deny'] as const) {
    app.openapi(
      createRoute({
        method: 'post',
        path: `/v1/sessions/{id}/${decision}`,
        summary: approvals[decision],
        request: { params, body: takes(ApprovalDecision) },
        responses: answers('The session', SessionDetails),
      }),
      async (c) => {
        const { project, person: by } = c.var.daybook
        const { digest, note: said = null } = c.req.valid('json')
        const session = c.req.valid('param').id
        await decideApproval(project, { session, decision, digest, note: said, by })
        return c.json(await detailed(c, session), 200)
      },
    )
  }
}

async function detailed(c: ApiContext, id: string) {
  const { project, projector } = c.var.daybook
  const { events, ...session } = await showSession(project, id)
  await projector.catchUp()
  const known = projector.names.includes(transcripts)
  const transcript = known ? (projector.get(transcripts, session.id) ?? null) : null
  const mentions = events.map(({ id: event, type, meta }) => {
    return { event, type, at: meta.recordedAt, by: `${meta.actor.kind}:${meta.actor.id}` }
  })
  return { ...session, transcript, events: mentions }
}
