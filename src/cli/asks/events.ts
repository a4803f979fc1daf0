import type { RecordedEvent } from '../../kernel/event.ts'
import { limits } from '../../kernel/limits.ts'
import { type Exported, exportLog } from '../../runtime/transfer.ts'
import { resolveWhen } from '../../runtime/when.ts'
import type { Ask } from '../ask.ts'
import { type RunningServer, reached, said } from '../running-server.ts'
import { sentEvents } from '../sent-events.ts'

export interface Wanted {
  readonly stream?: string | undefined
  readonly type?: string | undefined
  /** Or the beginning of its id. */
  readonly workflow?: string | undefined
}

interface Printing extends Wanted {
  readonly after: string | undefined
  readonly limit: number | undefined
  readonly onEvent: (event: RecordedEvent) => void
}

/** Events in the log's order; gives the last one when `limit` ended it, null otherwise. */
export const loggedEvents: Ask<Printing, RecordedEvent | null> = {
  open: { mode: 'read' },
  async here({ project }, { after: when, limit, onEvent, ...wanted }) {
    const after = when === undefined ? null : await resolveWhen(project, when)
    const from = after === null ? ('start' as const) : { after }
    const events = matching(project.store.readAll({ from, ...filterOf(wanted) }), wanted)
    return upTo(limit, events, onEvent)
  },
  there: (server, { after, limit, onEvent, ...wanted }) =>
    upTo(limit, eventsThere(server, { ...wanted, after, limit }), onEvent),
}

async function upTo(
  limit: number | undefined,
  events: AsyncIterable<RecordedEvent>,
  onEvent: (event: RecordedEvent) => void,
): Promise<RecordedEvent | null> {
  let given = 0
  for await (const event of events) {
    onEvent(event)
    given += 1
    if (given === limit) return event
  }
  return null
}

interface Tailing extends Wanted {
  readonly count: number
  readonly onEvent: (event: RecordedEvent) => void
  /** Aborts when enough was seen; null: what was there is enough. */
  readonly follow: AbortSignal | null
}

/** The last events, and then what comes. */
export const lastEvents: Ask<Tailing, void> = {
  open: { mode: 'read' },
  async here({ project }, { count, onEvent, follow, ...wanted }) {
    let last: RecordedEvent[] = []
    for await (const event of matching(project.store.readAll(filterOf(wanted)), wanted)) {
      last.push(event)
      if (last.length >= 2 * count) last = last.slice(-count)
    }
    last = last.slice(-count)
    last.forEach(onEvent)
    if (follow === null) return
    const after = last.at(-1)?.position ?? (await project.store.lastPosition())
    const from = after === null ? ('start' as const) : { after }
    for await (const item of project.store.subscribe({ from, ...filterOf(wanted), signal: follow }))
      if (item.kind === 'event' && matches(item.event, wanted)) onEvent(item.event)
  },
  async there(server, { count, onEvent, follow, ...wanted }) {
    const last = String(Math.min(count, limits.httpPageMax))
    const { events } = await said(server.client.v1.events.$get({ query: { ...wanted, last } }))
    const shown = events as unknown as readonly RecordedEvent[]
    shown.forEach(onEvent)
    if (follow === null) return
    const after = shown.at(-1)?.position ?? 'now'
    for await (const item of followThere(server, { ...wanted, after }, follow))
      if (item.kind === 'event') onEvent(item.event)
  },
}

interface Exporting {
  readonly write: (line: string) => Promise<void>
  readonly onCount: (events: number) => void
}

/** The whole log as lines. */
export const exportedLog: Ask<Exporting, Exported> = {
  open: { mode: 'read' },
  here: ({ project }, { write, onCount }) => exportLog(project.store, write, onCount),
  there: (server, { write, onCount }) =>
    exportLog({ readAll: () => eventsThere(server, {}) }, write, onCount),
}

interface Asked extends Wanted {
  readonly after?: string | undefined
  readonly limit?: number | undefined
}

/** Page by page, as they are taken. */
async function* eventsThere(
  { client }: RunningServer,
  { after: first, limit, ...wanted }: Asked,
): AsyncGenerator<RecordedEvent, void> {
  let after = first
  const page = String(Math.min(limit ?? limits.httpPageMax, limits.httpPageMax))
  for (;;) {
    const query = { ...wanted, limit: page, ...(after === undefined ? {} : { after }) }
    const { events, next } = await said(client.v1.events.$get({ query }))
    yield* events as unknown as readonly RecordedEvent[]
    if (next === null) return
    after = next
  }
}

type Followed = { readonly kind: 'event'; readonly event: RecordedEvent } | { readonly kind: 'quiet' }

/** What comes after a moment, until `signal` aborts; `quiet` now and then while nothing does. */
export async function* followThere(
  server: RunningServer,
  wanted: Wanted & { readonly after: string },
  signal: AbortSignal,
): AsyncGenerator<Followed, void> {
  const query = new URLSearchParams(
    Object.entries(wanted).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
  const asked = server.fetch(`/v1/events?${query}`, { accept: 'text/event-stream', signal })
  const answer = await reached(asked)
  if (!answer.ok || answer.body === null) {
    await said(server.client.v1.events.$get({ query: { ...wanted, limit: '1' } }))
    return
  }
  try {
    for await (const data of sentEvents(answer.body))
      yield data === null ? { kind: 'quiet' } : { kind: 'event', event: JSON.parse(data) as RecordedEvent }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

function filterOf({ stream, type }: Wanted) {
  if (stream !== undefined) return { filter: { streamPrefixes: [stream] } }
  return type === undefined ? {} : { filter: { typePrefixes: [type] } }
}

async function* matching(
  events: AsyncIterable<RecordedEvent>,
  wanted: Wanted,
): AsyncGenerator<RecordedEvent, void> {
  for await (const event of events) if (matches(event, wanted)) yield event
}

function matches(event: RecordedEvent, { type, workflow }: Wanted): boolean {
  if (type !== undefined && !event.type.startsWith(type)) return false
  return workflow === undefined || event.meta.correlation?.startsWith(workflow) === true
}
