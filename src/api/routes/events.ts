import { createRoute, z } from '@hono/zod-openapi'
import { refusal } from '../../kernel/errors.ts'
import { type Position, position, type RecordedEvent } from '../../kernel/event.ts'
import { limits } from '../../kernel/limits.ts'
import { AgentName, agentKey, EventId } from '../../kernel/words.ts'
import { proveEvent } from '../../runtime/seals/prove-event.ts'
import { eventOfLog, resolveWhen } from '../../runtime/when.ts'
import { workflowNamed } from '../../runtime/whole-id.ts'
import type { Filter, From } from '../../store/port.ts'
import { answers, answersAsPageOrStream } from '../answers.ts'
import { type ApiContext, newRoutes } from '../context.ts'
import { eventFrames } from '../event-stream.ts'
import type { Interest } from '../event-tail.ts'
import { hasWords, WordsFilter } from '../paging.ts'
import { EventPage, EventView, PageSize, When } from '../schemas.ts'
import { InclusionProof, SealView } from '../seal-schemas.ts'
import { answerWithFrames } from '../server-sent.ts'

const prefix = z.string().min(1).max(limits.streamNameCharsMax)

const Query = z.strictObject({
  /** Begin behind this position, time, session:ID or event:ID. */
  after: When.optional(),
  limit: PageSize.optional(),
  /** Only streams that begin so, for example `handoff-`. */
  stream: prefix.optional(),
  /** Only types that begin so. */
  type: prefix.optional(),
  /** Only what this agent did. */
  agent: AgentName.optional(),
  /** Up to and including this moment. */
  until: When.optional(),
  /** Words of the event's data. */
  text: WordsFilter.optional(),
  /** Only events of this workflow; the beginning of its id is enough. */
  workflow: z.string().min(1).max(100).optional(),
  /** The last so many, instead of the first; fewer when they are so large that more would not fit a page. */
  last: PageSize.optional(),
})
type Query = z.infer<typeof Query>

export function eventRoutes() {
  return newRoutes()
    .route('/', singleRoutes())
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/events',
        summary: 'The log in its order: a page, or what comes when Accept is text/event-stream',
        request: { query: Query },
        responses: answersAsPageOrStream('A page of events; or history and then what comes', EventPage),
      }),
      async (c) => {
        const { workflow: named, ...asked } = c.req.valid('query')
        const query = { ...asked, workflow: await workflowNamed(c.var.daybook.project, named) }
        if ((c.req.header('Accept') ?? '').includes('text/event-stream')) return follow(c, query)
        return c.json(await (query.last === undefined ? pageOf(c, query) : lastOf(c, query, query.last)), 200)
      },
    )
}

function singleRoutes() {
  const params = z.object({ id: EventId })
  return newRoutes()
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/events/{id}',
        summary: 'One event',
        request: { params },
        responses: answers('The event', EventView),
      }),
      async (c) => c.json(await eventOfLog(c.var.daybook.project, c.req.valid('param').id), 200),
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/events/{id}/proof',
        summary: 'That an event is in the log as it was sealed: a proof that can be checked without Daybook',
        request: { params },
        responses: answers('The proof, the seal it leads to, and the public key', EventProof),
      }),
      async (c) => {
        const { project, settings } = c.var.daybook
        const event = await eventOfLog(project, c.req.valid('param').id)
        return c.json(await proveEvent(project.store, { folder: settings.seals, event }), 200)
      },
    )
}

/** docs/seals.md says how to check it. */
const EventProof = z
  .object({
    event: z.string(),
    /** The canonical event, whose hash the proof begins with. */
    leaf: z.string(),
    proof: InclusionProof,
    seal: SealView,
    /** PEM. */
    publicKey: z.string(),
  })
  .openapi('EventProof')

async function pageOf(c: ApiContext, query: Query): Promise<z.infer<typeof EventPage>> {
  const { store } = c.var.daybook.project
  const limit = query.limit ?? 100
  const from = await fromOf(c, query.after)
  const filter = filterOf(query)
  const events: RecordedEvent[] = []
  let bytes = 0
  const until = query.until === undefined ? undefined : await resolveWhen(c.var.daybook.project, query.until)
  if (until === null) return { events, next: null }
  const range = { ...(filter === undefined ? {} : { filter }), ...(until === undefined ? {} : { until }) }
  for await (const event of store.readAll({ from, ...range })) {
    if (!matches(query, event)) continue
    if (events.length === limit || bytes > limits.readPageBytesMax)
      return { events, next: events.at(-1)?.position ?? null }
    events.push(event)
    bytes += JSON.stringify(event.data).length
  }
  return { events, next: null }
}

/** Read from the log's end, as far as it takes: of events too large for one page, the newest that fit. */
async function lastOf(c: ApiContext, query: Query, count: number): Promise<z.infer<typeof EventPage>> {
  if (query.after !== undefined || query.until !== undefined || query.limit !== undefined) {
    const message = '"last" goes with "stream", "type", "agent", "text" and "workflow" alone.'
    throw refusal({ code: 'bad_request', message })
  }
  const { store } = c.var.daybook.project
  const filter = filterOf(query)
  const newest: RecordedEvent[] = []
  let bytes = 0
  const backwards = { direction: 'backwards', ...(filter === undefined ? {} : { filter }) } as const
  for await (const event of store.readAll(backwards)) {
    if (!matches(query, event)) continue
    newest.push(event)
    bytes += JSON.stringify(event.data).length
    if (newest.length === count || bytes > limits.readPageBytesMax) break
  }
  return { events: newest.reverse(), next: null }
}

async function follow(c: ApiContext, query: Query): Promise<Response> {
  if (query.until !== undefined) {
    const message = 'A stream has no end: leave "until" out, or ask for pages.'
    throw refusal({ code: 'bad_request', message })
  }
  const from = await resumeFrom(c, query.after)
  const { heartbeatMs } = c.var.server.eventStreams
  const { store } = c.var.daybook.project
  const following = {
    store,
    after: from === 'start' || from === 'end' ? null : from.after,
    filter: filterOf(query),
    interest: interestOf(query),
    heartbeatMs,
  }
  return answerWithFrames(c, (signal) => eventFrames(following, signal))
}

function interestOf({ stream, type, agent, workflow, text }: Query): Interest {
  const wanted = { stream, type, agent, workflow, text }
  return {
    name: JSON.stringify(wanted),
    workflow: workflow ?? null,
    matches: (event) => (stream === undefined || event.stream.startsWith(stream)) && matches(wanted, event),
  }
}

/** A client that connects again says what it saw last; that goes before the query. */
async function resumeFrom(c: ApiContext, after: string | undefined): Promise<From> {
  const seen = c.req.header('Last-Event-ID')
  if (seen === undefined || seen === '') return fromOf(c, after)
  const last = await c.var.daybook.project.store.lastPosition()
  const valid = /^\d{1,20}$/u.test(seen) && last !== null && position(seen) <= last
  if (valid) return { after: position(seen) }
  const message = `Last-Event-ID "${seen.slice(0, 40)}" is no position of this log. Leave it out to begin at the start.`
  throw refusal({ code: 'bad_last_event_id', message })
}

async function fromOf(c: ApiContext, after: string | undefined): Promise<From> {
  if (after === undefined) return 'start'
  const resolved: Position | null = /^0+$/u.test(after)
    ? null
    : await resolveWhen(c.var.daybook.project, after)
  return resolved === null ? 'start' : { after: resolved }
}

/** The store filters by one of the two; the other is looked at here. */
function filterOf({ stream, type }: Query): Filter | undefined {
  if (stream !== undefined) return { streamPrefixes: [stream] }
  return type === undefined ? undefined : { typePrefixes: [type] }
}

function matches({ type, workflow, agent, text }: Query, event: RecordedEvent): boolean {
  if (type !== undefined && !event.type.startsWith(type)) return false
  if (agent !== undefined && !isBy(event, agent)) return false
  if (text !== undefined && !hasWords(JSON.stringify(event.data), JSON.stringify(text).slice(1, -1)))
    return false
  return workflow === undefined || event.meta.correlation === workflow
}

function isBy({ meta: { actor } }: RecordedEvent, agent: string): boolean {
  return actor.kind === 'agent' && agentKey(actor.id) === agentKey(agent)
}
