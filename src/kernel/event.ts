import { z } from 'zod'
import { EventId, Instant } from './words.ts'

/** Anything JSON can say. Numbers are doubles; no NaN, no Infinity, no undefined. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

export const Actor = z.object({
  kind: z.enum(['agent', 'person', 'worker', 'coordinator', 'unknown']),
  id: z.string().min(1).max(200),
})
export type Actor = z.infer<typeof Actor>

/** What is known about an event beside its data. */
export const EventMeta = z.object({
  /** Who did it. */
  actor: Actor,
  /** The workflow it belongs to. */
  correlation: z.string().max(200).optional(),
  /** The event that led here. */
  causation: EventId.optional(),
  /** An idempotency key that came from outside. */
  key: z.string().max(200).optional(),
  /** True when a rehearsal caused it. Absent otherwise. */
  rehearsal: z.literal(true).optional(),
  /** Stamped by the store; travels with the event when it moves to another store. */
  recordedAt: Instant.optional(),
})
export type EventMeta = z.infer<typeof EventMeta>

/** An event that wants to be appended. Its `id` (uuid v7) makes a retry of the same append safe. */
export interface NewEvent<Type extends string = string, Data = unknown> {
  readonly id: string
  readonly type: Type
  /** Schema version of `data`, from 1. */
  readonly version: number
  readonly data: Data
  readonly meta: EventMeta
}

/** An event of the log. */
export interface RecordedEvent<Type extends string = string, Data = unknown> extends NewEvent<Type, Data> {
  readonly stream: string
  /** Place in its stream, from 0. */
  readonly revision: number
  readonly position: Position
  readonly meta: EventMeta & { readonly recordedAt: Instant }
}

/**
 * The type under which an event is handed out whose version this Daybook cannot read, `HandoffCompleted (version 2)`:
 * whatever folds by type passes it over. No stored type has a blank, so it is never mistaken for another.
 */
export function unreadableType(type: string, version: number): string {
  return `${type} (version ${version})`
}

/** The type as it stands in the log, of an event that can be read or not. */
export function storedType({ type, version }: Pick<NewEvent, 'type' | 'version'>): string {
  const suffix = unreadableType('', version)
  return type.endsWith(suffix) ? type.slice(0, -suffix.length) : type
}

/** An event's place in one store's log: opaque, 20 digits, string order is log order. */
export type Position = string & { readonly __position: never }

const positionDigits = 20

export function position(value: string | number | bigint): Position {
  return String(value).padStart(positionDigits, '0') as Position
}

/** A position as people read it: without the leading zeros. */
export function shortPosition(value: Position | string): string {
  return value.replace(/^0+(?=\d)/u, '')
}

/** Streams are named `<category>-<id>`; `audit` and `keys` stand alone. */
export function streamOf(
  category: 'agent' | 'memory' | 'session' | 'handoff' | 'workflow' | 'request',
  id: string,
): string {
  return `${category}-${id}`
}

export function streamId(stream: string): string {
  const dash = stream.indexOf('-')
  return dash < 0 ? '' : stream.slice(dash + 1)
}

export function streamCategory(stream: string): string {
  const dash = stream.indexOf('-')
  return dash < 0 ? stream : stream.slice(0, dash)
}
