import { createRoute, z } from '@hono/zod-openapi'
import type { Actor } from '../../kernel/event.ts'
import { limits } from '../../kernel/limits.ts'
import { AgentName, Epoch, text, WorkerId } from '../../kernel/words.ts'
import { actorNamed, agentNamed } from '../../runtime/callers.ts'
import { contentId } from '../../runtime/digest.ts'
import { completeWork } from '../../runtime/inbox/complete-work.ts'
import { type Inbox, listInbox } from '../../runtime/inbox/inbox.ts'
import { declineWork, reportProgress } from '../../runtime/inbox/report.ts'
import { takeHandoff } from '../../runtime/inbox/take-handoff.ts'
import { followInbox, waitForInbox } from '../../runtime/inbox/wait-for-inbox.ts'
import { answers, answersAsPageOrStream, takes } from '../answers.ts'
import { type ApiContext, newRoutes } from '../context.ts'
import { keyForIds } from '../idempotency.ts'
import { HandedOn, InboxView, SummaryFields } from '../inbox-schemas.ts'
import { answerWithFrames, quietFrame, retryFrame, sentFrame } from '../server-sent.ts'

const params = z.object({ id: z.string().max(100) })

/** Who says it: an agent's name, or `person`; the agent that has the handoff when absent. */
const by = AgentName.optional()
const leaseMs = z.int().min(limits.leaseMsMin).max(limits.externalLeaseMsMax).optional()

const InboxQuery = z.strictObject({
  /** Seconds to wait for something that can be taken; with `cursor`, for any change. */
  wait: z.coerce
    .number()
    .min(0)
    .max(limits.inboxWaitMsMax / 1_000)
    .optional(),
  cursor: z.string().max(100).optional(),
})

const Accept = z
  .strictObject({
    agent: AgentName,
    /** A name that no other has: the same again gets the same lease. Without it one is made up. */
    worker: WorkerId.optional(),
    leaseMs,
    by,
  })
  .openapi('AcceptRequest')

const Accepted = z
  .object({
    handoff: z.string(),
    workflow: z.string(),
    session: z.string(),
    agent: z.string(),
    need: z.string(),
    worker: z.string(),
    epoch: z.int(),
    leaseUntil: z.string(),
    brief: z.string(),
  })
  .openapi('AcceptedHandoff')

const Decline = z
  .strictObject({
    agent: AgentName,
    reason: text(limits.reasonCharsMax).min(1),
    /** Needed once it was accepted. */
    epoch: Epoch.optional(),
    by,
  })
  .openapi('DeclineRequest')

const Progress = z
  .strictObject({
    epoch: Epoch,
    note: text(limits.reasonCharsMax).default('At work.'),
    /** What was noted before and not reported then, oldest first: each is an event of its own. */
    earlier: z.array(text(limits.reasonCharsMax)).max(limits.notesPerReportMax).optional(),
    leaseMs,
    by,
  })
  .openapi('ProgressRequest')

const Complete = z
  .strictObject({
    epoch: Epoch,
    /** Markdown, with the labels that the agent's file asks for. */
    summary: text(limits.summaryCharsMax),
    /** `as_it_is` takes a text without any of these labels, too. */
    labels: z.enum(['asked_for', 'as_it_is']).default('asked_for'),
    by,
  })
  .openapi('CompleteRequest')

export function inboxRoutes() {
  return newRoutes()
    .route('/', reportRoutes())
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/agents/{name}/inbox',
        summary: 'What waits for an agent: now, as soon as there is something, or as it changes',
        request: { params: z.object({ name: AgentName }), query: InboxQuery },
        responses: answersAsPageOrStream('The inbox; or one frame for each change of it', InboxView),
      }),
      async (c) => {
        const { project } = c.var.daybook
        await project.view.refresh()
        const { name } = agentNamed(project.view, c.req.valid('param').name, 'not_found').definition
        const { wait, cursor } = c.req.valid('query')
        if ((c.req.header('Accept') ?? '').includes('text/event-stream')) return follow(c, name, cursor)
        if (wait === undefined) return c.json(await listInbox(project, name), 200)
        const signal = AbortSignal.any([c.req.raw.signal, c.var.server.stopping])
        return c.json(await waitForInbox(project, name, { cursor, timeoutMs: wait * 1_000, signal }), 200)
      },
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/v1/handoffs/{id}/accept',
        summary: 'Take a handoff for an agent that lives elsewhere: a lease, an epoch, and the brief',
        request: { params, body: takes(Accept) },
        responses: answers('It is yours until `leaseUntil`', Accepted),
      }),
      async (c) => {
        const { agent, worker: named, leaseMs, by } = c.req.valid('json')
        const { project } = c.var.daybook
        const key = keyForIds(c)
        const worker = named ?? `external:${key === null ? project.ids.next() : contentId('worker', key)}`
        const speaker = await speakerOf(c, by ?? agent)
        const taking = { handoff: c.req.valid('param').id, agent, worker, by: speaker, leaseMs }
        return c.json({ worker, ...(await takeHandoff(project, taking)) }, 200)
      },
    )
}

function reportRoutes() {
  return newRoutes()
    .openapi(
      createRoute({
        method: 'post',
        path: '/v1/handoffs/{id}/decline',
        summary:
          'Give a handoff back, with the reason: it goes to somebody else, and not to this agent again',
        request: { params, body: takes(Decline) },
        responses: answers(
          'Who got it now; null when nobody did',
          z.object({ handoff: z.string(), status: z.string(), to: z.string().nullable() }),
        ),
      }),
      async (c) => {
        const { agent, reason, epoch, by } = c.req.valid('json')
        const declining = { handoff: c.req.valid('param').id, agent, reason, epoch }
        const speaker = await speakerOf(c, by ?? agent)
        return c.json(await declineWork(c.var.daybook.project, { ...declining, by: speaker }), 200)
      },
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/v1/handoffs/{id}/progress',
        summary: 'Say that the work goes on, and what was noted since the last report; the lease is renewed',
        request: { params, body: takes(Progress) },
        responses: answers(
          'The lease',
          z.object({ handoff: z.string(), epoch: z.int(), leaseUntil: z.string() }),
        ),
      }),
      async (c) => {
        const { by, ...said } = c.req.valid('json')
        const handoff = c.req.valid('param').id
        const speaker = await speakerOf(c, by, handoff)
        return c.json(await reportProgress(c.var.daybook.project, { ...said, handoff, by: speaker }), 200)
      },
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/v1/handoffs/{id}/complete',
        summary: 'End the work with a Session Summary; what it asks of others is handed on',
        request: { params, body: takes(Complete) },
        responses: answers(
          'How the summary was read, and what became of its needs',
          z
            .object({
              handoff: z.string(),
              workflow: z.string(),
              session: z.string(),
              fields: SummaryFields,
              missing: z.array(z.string()).readonly(),
              notes: z.array(z.string()).readonly(),
              handedOn: z.array(HandedOn).readonly(),
            })
            .openapi('CompletedHandoff'),
        ),
      }),
      async (c) => {
        const { by, ...said } = c.req.valid('json')
        const handoff = c.req.valid('param').id
        const speaker = await speakerOf(c, by, handoff)
        return c.json(await completeWork(c.var.daybook.project, { ...said, handoff, by: speaker }), 200)
      },
    )
}

/** Whoever is named, or the agent that has the handoff. */
async function speakerOf(c: ApiContext, name: string | undefined, handoff?: string): Promise<Actor> {
  const { daybook } = c.var
  const { view, work } = daybook.project
  const holder = handoff === undefined ? null : work.workflowOfHandoff(handoff)?.handoffs.get(handoff)?.to
  // Who has it is an agent that was there before it: there is nothing to look for.
  if (name === undefined && holder != null && view.agent(holder) !== null)
    return actorNamed(view, daybook, holder)
  await view.refresh()
  const to = handoff === undefined ? null : work.workflowOfHandoff(handoff)?.handoffs.get(handoff)?.to
  return actorNamed(view, daybook, name ?? to ?? 'person')
}

/** One frame for each state of the inbox; its id is the cursor, so that a client that comes back is told only news. */
function follow(c: ApiContext, name: string, cursor: string | undefined): Response {
  const { project } = c.var.daybook
  const { heartbeatMs } = c.var.server.eventStreams
  const last = c.req.header('Last-Event-ID') ?? cursor
  return answerWithFrames(c, async function* frames(signal) {
    yield retryFrame
    for await (const inbox of followInbox(project, name, { cursor: last, quietMs: heartbeatMs, signal }))
      yield inbox === null ? quietFrame : frameOf(inbox)
  })
}

function frameOf(inbox: Inbox): string {
  return sentFrame(inbox.cursor, inbox)
}
