import { DaybookError } from '../kernel/errors.ts'
import { type Position, position, type RecordedEvent, shortPosition, streamOf } from '../kernel/event.ts'
import type { EventStore } from '../store/port.ts'
import type { Project } from './project.ts'
import { wholeId, wholeOf } from './whole-id.ts'

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
 * With `times` and `reading`, a time and an event's id are looked for near their place; without, from the start.
 * With `work`, a session's id may be cut.
 */
export type Moments = Pick<Project, 'store' | 'clock'> & Partial<Pick<Project, 'times' | 'reading' | 'work'>>

/**
 * The moment that WHEN means, as a position of this store: everything up to and including it had happened.
 * null: before the first event. Rejects with `usage` for what is no moment or lies in the future, and with
 * `not_found` for a session or event that the log does not hold.
 */
export async function resolveWhen(moments: Moments, when: string): Promise<Position | null> {
  const text = when.trim()
  if (/^\d{1,20}$/u.test(text)) return atPosition(moments.store, text)
  const [, kind, id] = /^(event|session):(.*)$/su.exec(text) ?? []
  if (kind !== undefined && !/^[\w.-]{1,100}$/u.test(id ?? ''))
    throw new DaybookError('usage', `"${when}" names no ${kind}: expected ${kind}: and its id.`)
  if (kind === 'event') return (await eventOfLog(moments, id!)).position
  if (kind === 'session') return endOfSession(moments, id!)
  const nowMs = moments.clock.now()
  const instantMs = relative(text, nowMs) ?? absolute(text)
  if (instantMs === null) throw new DaybookError('usage', `"${when}" is no moment: expected ${forms}.`)
  if (instantMs > nowMs)
    throw new DaybookError('usage', `"${when}" lies in the future: the log knows only what has happened.`)
  return atTime(moments, instantMs)
}

/** The event with this id, or the beginning of it. Rejects with `not_found` when the log does not hold it. */
export async function eventOfLog(moments: Moments, id: string): Promise<RecordedEvent> {
  const { store } = moments
  const event = store.find === undefined ? await readUntil(moments, id) : await store.find(id)
  if (event !== undefined) return event
  const whole = wholeOf(id, isWhole(id) ? [] : await eventsBeginning(store, id), 'event')
  return eventOfLog(moments, whole)
}

function isWhole(id: string): boolean {
  return /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/iu.test(id)
}

/** There is no index of beginnings: the log is read once. */
async function eventsBeginning(store: EventStore, id: string): Promise<string[]> {
  const found: string[] = []
  for await (const event of store.readAll()) if (event.id.startsWith(id)) found.push(event.id)
  return found
}

async function atPosition(store: EventStore, digits: string): Promise<Position> {
  const wanted = position(digits)
  const last = await store.lastPosition()
  if (last !== null && wanted <= last) return wanted
  const end = last === null ? 'is empty' : `ends at ${shortPosition(last)}`
  throw new DaybookError('usage', `Position ${digits} lies in the future: the log ${end}.`)
}

/** An id says when it was made (UUID v7), which is mostly shortly before it was recorded; never rely on it. */
async function readUntil(moments: Moments, id: string): Promise<RecordedEvent | undefined> {
  const madeMs = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)
  const near = Number.isNaN(madeMs) ? null : await markedBefore(moments, madeMs - clocksDifferMs)
  const { store } = moments
  for await (const event of store.readAll(near === null ? {} : { from: { after: near } }))
    if (event.id === id) return event
  if (near === null) return undefined
  for await (const event of store.readAll({ until: near })) if (event.id === id) return event
  return undefined
}

/** Clocks of machines that write to one log may differ by so much before an id is looked for in vain at first. */
const clocksDifferMs = 60_000

async function endOfSession({ store, work }: Moments, id: string): Promise<Position> {
  const last = await lastOfSession(store, id)
  if (last !== null) return last
  const whole = work === undefined ? wholeOf(id, [], 'session') : await wholeId({ work }, 'session', id)
  return (await lastOfSession(store, whole))!
}

async function lastOfSession(store: EventStore, id: string): Promise<Position | null> {
  const stream = streamOf('session', id)
  for await (const last of store.readStream(stream, { direction: 'backwards', limit: 1 }))
    return last.position
  return null
}

/** Order is the log's: as of a time is up to the last event whose running maximum is at or before it. */
async function atTime(moments: Moments, instantMs: number): Promise<Position | null> {
  let found = await markedBefore(moments, instantMs)
  for await (const event of moments.store.readAll(found === null ? {} : { from: { after: found } })) {
    if (Date.parse(event.meta.recordedAt) > instantMs) break
    found = event.position
  }
  return found
}

async function markedBefore({ reading, times }: Moments, instantMs: number): Promise<Position | null> {
  if (reading === undefined || times === undefined) return null
  await reading.refresh()
  return times.before(instantMs)
}

function relative(text: string, nowMs: number): number | null {
  if (/^now$/iu.test(text)) return nowMs
  const match = /^(\d{1,6})\s*(second|minute|hour|day|week)s?\s+ago$/iu.exec(text)
  const unit = unitsMs[match?.[2]?.toLowerCase() ?? '']
  return match === null || unit === undefined ? null : nowMs - Number(match[1]) * unit
}

const isoForm =
  /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)\d{0,6}([Zz]|[+\- ]\d{2}:?\d{2})?)?$/u

/**
 * A day without a time is its first instant, in UTC; so is a time without a zone. A blank before the zone was a
 * plus sign in the query of an address.
 */
function absolute(text: string): number | null {
  const [, day, time = '00:00', zone = 'Z'] = isoForm.exec(text) ?? []
  if (day === undefined || !isDay(day)) return null
  const offset = zone
    .toUpperCase()
    .replace(/^[ +]/u, '+')
    .replace(/^(.\d{2})(\d{2})$/u, '$1:$2')
  const instantMs = Date.parse(`${day}T${time}${offset}`)
  return Number.isNaN(instantMs) ? null : instantMs
}

/** `Date.parse` takes the 31st of a shorter month for the first of the next. */
function isDay(day: string): boolean {
  const ms = Date.parse(`${day}T00:00:00Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day)
}
