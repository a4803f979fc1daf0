import canonicalize from 'canonicalize'
import {
  EventMeta,
  type Json,
  type NewEvent,
  type RecordedEvent,
  shortPosition,
  storedType,
  unreadableType,
} from '../kernel/event.ts'
import type { Catalogue, EventDefinition } from '../kernel/event-schema.ts'
import { shapeOf } from '../kernel/event-shape.ts'
import { limits } from '../kernel/limits.ts'
import { toldIssue } from '../kernel/plain-issues.ts'
import { EventId } from '../kernel/words.ts'
import { StoreError } from './port.ts'

/** An event's data and meta as canonical JSON (RFC 8785): equal events have equal bytes. */
export interface EncodedEvent {
  readonly id: string
  readonly type: string
  readonly version: number
  readonly data: string
  readonly meta: string
}

type RawEvent = Omit<RecordedEvent, 'data' | 'meta'> & { readonly data: string; readonly meta: string }

/**
 * Checks events on their way in and turns them into bytes; brings old versions up to date on the way out.
 * Stores know bytes, rooms know types, and only the codec knows both.
 */
export class Codec {
  readonly #catalogue: Catalogue

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue
  }

  /** Rejects with `invalid` or `too_large`; nothing is half encoded. */
  encode(stream: string, events: readonly NewEvent[]): EncodedEvent[] {
    checkStreamName(stream)
    if (events.length === 0)
      throw new StoreError('invalid', `${stream}: an append needs at least one event`, { stream })
    if (events.length > limits.appendEventsMax) {
      const message = `${stream}: ${events.length} events in one append; at most ${limits.appendEventsMax}. Append them in parts.`
      throw new StoreError('too_large', message, { stream })
    }
    const ids = new Set(events.map((event) => event.id))
    if (ids.size < events.length)
      throw new StoreError('invalid', `${stream}: two events of one append have the same id`, { stream })
    const encoded = events.map((event) => this.#encodeOne(stream, event))
    const bytes = encoded.reduce((sum, event) => sum + bytesOf(event), 0)
    if (bytes > limits.appendBytesMax) {
      const message = `${stream}: ${bytes} bytes in one append; at most ${limits.appendBytesMax}. Append them in parts.`
      throw new StoreError('too_large', message, { stream, details: { bytes } })
    }
    return encoded
  }

  /**
   * An event of an unknown type comes as it is, and one of a version that this Daybook cannot read, too, under
   * `unreadableType`: nothing folds what it would misread, and appended again it is stored as it was. Throws
   * `damaged`, naming the event and the field, for what no append let in.
   */
  decode(raw: RawEvent): RecordedEvent {
    const data = parse(raw, 'data')
    const meta = parse(raw, 'meta') as RecordedEvent['meta']
    if (!metaShape(meta) || meta.recordedAt === undefined) throw damagedAt(raw, metaFault(meta))
    const definition = this.#catalogue.get(raw.type)
    let version = raw.version
    let upcasted = data
    while (definition && version < definition.version) {
      const upcast = definition.upcasts[version]
      if (upcast === undefined) break
      upcasted = upcastAt(raw, () => upcast(upcasted))
      version += 1
    }
    const { id, stream, revision, position } = raw
    const isReadable = definition === undefined || version === definition.version
    if (definition !== undefined && isReadable && !definition.shape(upcasted))
      throw damagedAt(raw, `has data that ${dataFault(definition, upcasted)}`)
    const type = isReadable ? raw.type : unreadableType(raw.type, version)
    return { id, type, version, stream, revision, position, data: upcasted, meta }
  }

  #encodeOne(stream: string, event: NewEvent): EncodedEvent {
    const refuse = (what: string, cause?: unknown): never => {
      throw new StoreError('invalid', `${stream}: ${event.type}: ${what}`, { stream, cause })
    }
    if (!EventId.safeParse(event.id).success) refuse(`the id ${JSON.stringify(event.id)} is no UUID`)
    const type = storedType(event)
    if (!isTypeName(type)) refuse('is no event type: 1 to 200 characters, no blank, no $ at the start')
    if (!Number.isSafeInteger(event.version) || event.version < 1)
      refuse(`version ${event.version}: expected a whole number from 1`)
    const definition = this.#catalogue.get(type)
    if (definition && event.version === definition.version) {
      const checked = definition.schema.safeParse(event.data)
      if (!checked.success) refuse(firstIssue(checked.error), checked.error)
    }
    const meta = EventMeta.safeParse(event.meta)
    if (!meta.success) refuse(`meta: ${firstIssue(meta.error)}`, meta.error)
    const encoded = { id: event.id, type, version: event.version, data: '', meta: '' }
    try {
      encoded.data = toCanonical(event.data)
      encoded.meta = toCanonical(event.meta)
    } catch (error) {
      refuse(`its data is not JSON: ${error instanceof Error ? error.message : String(error)}`, error)
    }
    const bytes = bytesOf(encoded)
    if (bytes > limits.eventBytesMax) {
      const message = `${stream}: ${event.type} has ${bytes} bytes; at most ${limits.eventBytesMax} in one event.`
      throw new StoreError('too_large', message, { stream, details: { bytes } })
    }
    return encoded
  }
}

/** The event with `meta.recordedAt` in its canonical place; one that came with the event is kept. */
export function stamped(event: EncodedEvent, recordedAt: string): EncodedEvent & { recordedAt: string } {
  if (!event.meta.includes('"recordedAt"'))
    return { ...event, meta: withTime(event.meta, recordedAt), recordedAt }
  const meta = JSON.parse(event.meta) as EventMeta
  if (meta.recordedAt !== undefined) return { ...event, recordedAt: meta.recordedAt }
  return { ...event, meta: toCanonical({ ...meta, recordedAt }), recordedAt }
}

/** In its place among the sorted names of `EventMeta`: behind it comes nothing but `rehearsal`. */
function withTime(meta: string, recordedAt: string): string {
  const end = meta.endsWith(rehearsed) ? meta.length - rehearsed.length : meta.length - 1
  return `${meta.slice(0, end)},"recordedAt":"${recordedAt}"${meta.slice(end)}`
}

const rehearsed = ',"rehearsal":true}'

/** RFC 8785. Throws for what JSON cannot say: BigInt, cycles, NaN, undefined at the top, lone surrogates. */
export function toCanonical(value: unknown): string {
  const canonical = canonicalize(value)
  if (canonical === undefined) throw new TypeError('undefined is no JSON value')
  if (!canonical.isWellFormed()) throw new TypeError('a lone surrogate is no Unicode text')
  return canonical
}

export function checkStreamName(stream: string): void {
  const fits = stream.length > 0 && stream.length <= limits.streamNameCharsMax && stream.isWellFormed()
  if (fits && !stream.startsWith('$') && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(stream)) return
  const message = `${JSON.stringify(stream.slice(0, 100))} is no stream name: 1 to ${limits.streamNameCharsMax} characters, none of them a control character, and no $ at the start.`
  throw new StoreError('invalid', message, { stream })
}

function bytesOf(event: EncodedEvent): number {
  return Buffer.byteLength(event.data) + Buffer.byteLength(event.meta) + event.type.length + event.id.length
}

function isTypeName(type: string): boolean {
  return /^[^$\s\p{Cc}][^\s\p{Cc}]{0,199}$/u.test(type) && type.isWellFormed()
}

function parse(raw: RawEvent, part: 'data' | 'meta'): Json {
  try {
    return JSON.parse(raw[part]) as Json
  } catch (cause) {
    throw damagedAt(raw, `has ${part} that is not JSON`, cause)
  }
}

/** An upcast is total for what its version's schema accepted; what it trips over was never appended so. */
function upcastAt(raw: RawEvent, upcast: () => Json): Json {
  try {
    return upcast()
  } catch (cause) {
    throw damagedAt(raw, `has data that is no ${raw.type} of version ${raw.version}`, cause)
  }
}

const metaShape = shapeOf(EventMeta)

function metaFault(meta: unknown): string {
  const { error } = EventMeta.required({ recordedAt: true }).safeParse(meta)
  return `has meta that no event has: ${error === undefined ? 'another shape' : firstIssue(error)}`
}

function dataFault({ schema, version }: EventDefinition, data: Json): string {
  const { error } = schema.safeParse(data)
  const where = error === undefined ? '' : `: ${firstIssue(error)}`
  return `its type does not have in version ${version}${where}`
}

function damagedAt(raw: RawEvent, what: string, cause?: unknown): StoreError {
  const { position, id, type, stream, revision } = raw
  const found = `The event at position ${shortPosition(position)} (${type}, revision ${revision} of ${stream}, event ${id}) ${what}`
  const details = { position, event: id, type, stream, found }
  return new StoreError('damaged', `${found}: the log is damaged there.`, { cause, details })
}

function firstIssue(error: { issues: readonly { path: PropertyKey[]; message: string }[] }): string {
  const issue = error.issues[0]
  return issue === undefined ? 'invalid' : toldIssue(issue, 'it')
}
