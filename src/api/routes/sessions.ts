import { createRoute, z } from '@hono/zod-openapi'
import { type RecordedEvent, streamOf } from '../../kernel/event.ts'
import { limits } from '../../kernel/limits.ts'
import { AgentName, agentKey, text } from '../../kernel/words.ts'
import { cancelSession, decideOutcome, resumeSession } from '../../runtime/command-session.ts'
import { decideApproval } from '../../runtime/decide-approval.ts'
import { listWaiting } from '../../runtime/waiting.ts'
import { inWorkflow } from '../../runtime/whole-id.ts'
import { findSession, listSessions, showSession } from '../../runtime/work-views.ts'
import { sessionStatuses } from '../../sessions/session.ts'
import { answers, answersAsTextOrJson, takes } from '../answers.ts'
import { type ApiContext, newRoutes } from '../context.ts'
import { pageOf, pageQuery } from '../paging.ts'
import { markdown, prefers } from '../representations.ts'
import { EventPage, Next, PageSize, SessionDetails, SessionView, WaitingView } from '../schemas.ts'

const transcripts = 'session-transcript'
const params = z.object({ id: z.string().max(100) })

const Query = z.strictObject({
  ...pageQuery,
  agent: AgentName.optional(),
  workflow: z.string().max(100).optional(),
  status: z.enum(sessionStatuses).optional(),
})

/** `next` of the page before. */
const Revision = z.coerce.number().pipe(z.int().nonnegative().max(1_000_000_000))

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
  return newRoutes()
    .route('/', courseRoutes())
    .route('/', decisionRoutes())
    .route('/', historyRoutes())
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
        const { agent, workflow, status, ...cursor } = c.req.valid('query')
        const isWanted = await inWorkflow(c.var.daybook.project, workflow)
        const all = await listSessions(c.var.daybook.project)
        const { page, next } = pageOf(all, cursor, {
          id: ({ id }) => id,
          matches: (one) =>
            (own === null || agentKey(one.agent) === agentKey(own)) &&
            (agent === undefined || agentKey(one.agent) === agentKey(agent)) &&
            isWanted(one) &&
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
        const { project } = c.var.daybook
        const isWanted = await inWorkflow(project, c.req.valid('query').workflow)
        return c.json({ waiting: (await listWaiting(project)).filter(isWanted) }, 200)
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/sessions/{id}',
        summary:
          'One session with its transcript, as Markdown when Accept asks for it; /events has every event whole',
        request: { params },
        responses: answersAsTextOrJson('The session', SessionDetails),
      }),
      async (c) => {
        const { id } = c.req.valid('param')
        c.header('Vary', 'Accept')
        if (prefers(c, 'application/json') === 'text/markdown') return markdown(c, await transcriptOf(c, id))
        return c.json(await detailed(c, id), 200)
      },
    )
}

const courseRoute = <Name extends keyof typeof courses>(name: Name) =>
  createRoute({
    method: 'post',
    path: `/v1/sessions/{id}/${name}` as const,
    summary: courses[name].summary,
    request: { params, body: takes(Reason) },
    responses: answers('The session', SessionDetails),
  })

function courseRoutes() {
  return newRoutes()
    .openapi(courseRoute('resume'), async (c) =>
      c.json(await takeCourse(c, 'resume', { ...c.req.valid('param'), ...c.req.valid('json') }), 200),
    )
    .openapi(courseRoute('cancel'), async (c) =>
      c.json(await takeCourse(c, 'cancel', { ...c.req.valid('param'), ...c.req.valid('json') }), 200),
    )
}

async function takeCourse(
  c: ApiContext,
  name: keyof typeof courses,
  { id: session, reason }: { readonly id: string; readonly reason: string },
) {
  const { project, person: by } = c.var.daybook
  const { id } = await courses[name].act(project, { session, by, reason })
  return detailed(c, id)
}

const approvalRoute = <Name extends keyof typeof approvals>(name: Name) =>
  createRoute({
    method: 'post',
    path: `/v1/sessions/{id}/${name}` as const,
    summary: approvals[name],
    request: { params, body: takes(ApprovalDecision) },
    responses: answers('The session', SessionDetails),
  })

function decisionRoutes() {
  return newRoutes()
    .openapi(
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
    .openapi(approvalRoute('approve'), async (c) =>
      c.json(await decided(c, 'approve', { ...c.req.valid('param'), ...c.req.valid('json') }), 200),
    )
    .openapi(approvalRoute('deny'), async (c) =>
      c.json(await decided(c, 'deny', { ...c.req.valid('param'), ...c.req.valid('json') }), 200),
    )
}

async function decided(
  c: ApiContext,
  decision: keyof typeof approvals,
  { id: session, digest, note: said = null }: z.infer<typeof ApprovalDecision> & { readonly id: string },
) {
  const { project, person: by } = c.var.daybook
  await decideApproval(project, { session, decision, digest, note: said, by })
  return detailed(c, session)
}

/** Whole, in pages: a session may be long. */
function historyRoutes() {
  return newRoutes().openapi(
    createRoute({
      method: 'get',
      path: '/v1/sessions/{id}/events',
      summary: 'The events of one session, whole, the first one first',
      request: { params, query: z.strictObject({ after: Revision.optional(), limit: PageSize.optional() }) },
      responses: answers('A page of events', EventPage),
    }),
    async (c) => {
      const { project } = c.var.daybook
      const { after, limit = 100 } = c.req.valid('query')
      const { id } = await findSession(project, c.req.valid('param').id)
      const from = after === undefined ? 0 : after + 1
      const events: RecordedEvent[] = []
      let bytes = 0
      for await (const event of project.store.readStream(streamOf('session', id), { from })) {
        if (events.length === limit || bytes > limits.readPageBytesMax)
          return c.json({ events, next: String(events.at(-1)?.revision) }, 200)
        events.push(event)
        bytes += JSON.stringify(event.data).length
      }
      return c.json({ events, next: null }, 200)
    },
  )
}

/** As people read it; empty where the projection is not there. */
async function transcriptOf(c: ApiContext, named: string): Promise<string> {
  const { project, projector } = c.var.daybook
  const { id } = await findSession(project, named)
  await projector.catchUp()
  return projector.names.includes(transcripts) ? (projector.render(transcripts, id) ?? '') : ''
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
