import { type Position, position, type RecordedEvent } from '../../kernel/event.ts'
import { limits } from '../../kernel/limits.ts'
import type { Project } from '../../runtime/project.ts'
import { type Exported, exportLog } from '../../runtime/transfer.ts'
import { resolveWhen } from '../../runtime/when.ts'
import { workflowNamed } from '../../runtime/whole-id.ts'
import type { EventStore } from '../../store/port.ts'
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
  async here({ project }, { after: when, limit, onEvent, ...asked }) {
    const wanted = await named(project, asked)
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

/**
 * The last events, and then what comes. The log's end is asked for before anyone looks back from it: following begins
 * there or behind the last event that was shown, whichever is later, so nothing in between is lost or shown twice.
 */
export const lastEvents: Ask<Tailing, void> = {
  open: { mode: 'read' },
  async here({ project }, { count, onEvent, follow, ...asked }) {
    const { store } = project
    const wanted = await named(project, asked)
    const end = follow === null ? null : await store.lastPosition()
    const last = await newest(store, count, wanted)
    last.forEach(onEvent)
    if (follow === null) return
    const after = later(end, last.at(-1)?.position)
    const from = after === null ? ('start' as const) : { after }
    for await (const item of store.subscribe({ from, ...filterOf(wanted), signal: follow }))
      if (item.kind === 'event' && matches(item.event, wanted)) onEvent(item.event)
  },
  async there(server, { count, onEvent, follow, ...wanted }) {
    const end = follow === null ? null : ((await lastThere(server, 1, {})).at(-1)?.position ?? null)
    const shown = await lastThere(server, Math.min(count, limits.httpPageMax), wanted)
    shown.forEach(onEvent)
    if (follow === null) return
    const after = later(end, shown.at(-1)?.position) ?? position(0)
    for await (const item of followThere(server, { ...wanted, after }, follow))
      if (item.kind === 'event') onEvent(item.event)
  },
}

async function newest(store: EventStore, count: number, wanted: Wanted): Promise<readonly RecordedEvent[]> {
  const found: RecordedEvent[] = []
  const backwards = { direction: 'backwards', ...filterOf(wanted) } as const
  for await (const event of matching(store.readAll(backwards), wanted)) {
    found.push(event)
    if (found.length === count) break
  }
  return found.reverse()
}

async function lastThere(
  { client }: RunningServer,
  count: number,
  wanted: Wanted,
): Promise<readonly RecordedEvent[]> {
  const query = { ...wanted, last: String(count) }
  const { events } = await said(client.v1.events.$get({ query }))
  return events as unknown as readonly RecordedEvent[]
}

function later(end: Position | null, shown: Position | undefined): Position | null {
  return shown !== undefined && (end === null || shown > end) ? shown : end
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

async function named(project: Project, { workflow, ...wanted }: Wanted): Promise<Wanted> {
  return { ...wanted, workflow: await workflowNamed(project, workflow) }
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
  return workflow === undefined || event.meta.correlation === workflow
}
