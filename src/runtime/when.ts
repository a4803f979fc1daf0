import type { Clock } from '../kernel/clock.ts'
import { DaybookError } from '../kernel/errors.ts'
import { type Position, position, type RecordedEvent, streamOf } from '../kernel/event.ts'
import type { EventStore } from '../store/port.ts'

const unitsMs: Readonly<Record<string, number>> = {
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
}

const forms =
  'a position (42), an ISO time (2026-03-01T09:00:00Z), a relative time ("2 hours ago"), session:ID (its end) or event:ID'

/**
 * The moment that WHEN means, as a position of this store: everything up to and including it had happened.
 * null: before the first event. Rejects with `usage` for what is no moment or lies in the future, and with
 * `not_found` for a session or event that the log does not hold.
 */
export async function resolveWhen(store: EventStore, clock: Clock, when: string): Promise<Position | null> {
  const text = when.trim()
  if (/^\d{1,20}$/u.test(text)) return atPosition(store, text)
  if (text.startsWith('event:')) return ofEvent(store, text.slice('event:'.length))
  if (text.startsWith('session:')) return endOfSession(store, text.slice('session:'.length))
  const instantMs = relative(text, clock) ?? absolute(text)
  if (instantMs === null) throw new DaybookError('usage', `"${when}" is no moment: expected ${forms}.`)
  if (instantMs > clock.now())
    throw new DaybookError('usage', `"${when}" lies in the future: the log knows only what has happened.`)
  return atTime(store, instantMs)
}

async function atPosition(store: EventStore, digits: string): Promise<Position> {
  const wanted = position(digits)
  const last = await store.lastPosition()
  if (last !== null && wanted <= last) return wanted
  const end = last === null ? 'is empty' : `ends at ${last.replace(/^0+/u, '')}`
  throw new DaybookError('usage', `Position ${digits} lies in the future: the log ${end}.`)
}

async function ofEvent(store: EventStore, id: string): Promise<Position> {
  for await (const event of store.readAll()) if (event.id === id) return event.position
  throw new DaybookError('not_found', `The log holds no event ${id}.`)
}

async function endOfSession(store: EventStore, id: string): Promise<Position> {
  let last: RecordedEvent | null = null
  for await (const event of store.readStream(streamOf('session', id))) last = event
  if (last === null) throw new DaybookError('not_found', `The log holds no session ${id}.`)
  return last.position
}

/** Order is the log's: as of a time is up to the last event whose running maximum is at or before it. */
async function atTime(store: EventStore, instantMs: number): Promise<Position | null> {
  let found: Position | null = null
  for await (const event of store.readAll()) {
    if (Date.parse(event.meta.recordedAt) > instantMs) break
    found = event.position
  }
  return found
}

function relative(text: string, clock: Clock): number | null {
  if (/^now$/iu.test(text)) return clock.now()
  const match = /^(\d{1,6})\s*(second|minute|hour|day|week)s?\s+ago$/iu.exec(text)
  const unit = unitsMs[match?.[2]?.toLowerCase() ?? '']
  return match === null || unit === undefined ? null : clock.now() - Number(match[1]) * unit
}

/** A day without a time is its first instant, in UTC; so is a time without a zone. */
function absolute(text: string): number | null {
  const match = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/u.exec(
    text,
  )
  if (match === null) return null
  const zoned = text.includes('T') && match[1] === undefined ? `${text}Z` : text
  const instantMs = Date.parse(zoned)
  return Number.isNaN(instantMs) ? null : instantMs
}
