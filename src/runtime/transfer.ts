import { createHash } from 'node:crypto'
import { z } from 'zod'
import { DaybookError } from '../kernel/errors.ts'
import { EventMeta, type NewEvent, type Position, type RecordedEvent, storedType } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import { toldIssue } from '../kernel/plain-issues.ts'
import { EventId, Instant } from '../kernel/words.ts'
import type { EventStore } from '../store/port.ts'

/** One line of an export. `position` belongs to the store that it came from and is not taken over. */
const ExportedEvent = z.object({
  id: EventId,
  type: z.string().min(1).max(200),
  version: z.int().positive(),
  stream: z.string().min(1).max(limits.streamNameCharsMax),
  revision: z.int().nonnegative(),
  data: z.json(),
  meta: EventMeta.extend({ recordedAt: Instant }),
})
type ExportedEvent = z.infer<typeof ExportedEvent>

export interface Exported {
  readonly events: number
  /** Of everything that was written. */
  readonly digest: string
  /** Of the last event; null for an empty log. */
  readonly position: Position | null
}

export interface Imported {
  /** Events that the log has now. */
  readonly events: number
  readonly imported: number
  /** Events that were there already: an import that was broken off goes on. */
  readonly already: number
  readonly position: Position | null
}

export type OnCount = (events: number) => void

/** Writes the whole log to `write`, one event a line as JSON, in the log's order. The same log, the same bytes. */
export async function exportLog(
  store: { readonly readAll: () => AsyncIterable<RecordedEvent> },
  write: (line: string) => Promise<void>,
  onCount: OnCount = () => undefined,
): Promise<Exported> {
  const hash = createHash('sha256')
  let events = 0
  let position: Position | null = null
  for await (const event of store.readAll()) {
    const line = lineOf(event)
    hash.update(line)
    await write(line)
    events += 1
    position = event.position
    onCount(events)
  }
  return { events, digest: `sha256:${hash.digest('hex')}`, position }
}

/** An event as a line of an export, with its line feed. */
export function lineOf(event: RecordedEvent): string {
  const { id, version, stream, revision, position, data, meta } = event
  const type = storedType(event)
  return `${JSON.stringify({ id, type, version, stream, revision, position, data, meta })}\n`
}

export interface ImportOptions {
  readonly onCount?: OnCount
  /**
   * Appends that are under way together. More than one is for stores that carry out what one process asks for in
   * the order in which it asks, as the embedded log does: one flush to the disk then serves them all.
   */
  readonly appendsAtOnce?: number
}

/**
 * Appends exported events to a log that is empty, or that holds the beginning of the same export: ids,
 * `recordedAt` and order stay as they were, positions are the store's own. Called again after it was broken
 * off, it goes on where it was.
 *
 * Rejects with `rejected` when the log holds anything else, and with `invalid` naming the line that is no
 * event; what came before that line is in the log then.
 */
export async function importLog(
  store: EventStore,
  lines: AsyncIterable<string>,
  { onCount = () => undefined, appendsAtOnce = 1 }: ImportOptions = {},
): Promise<Imported> {
  const standing = store.readAll()[Symbol.asyncIterator]()
  let there = await standing.next()
  let already = 0
  const appender = new Appender(store, appendsAtOnce)
  for await (const read of eventsOf(lines)) {
    if (read.event instanceof DaybookError) {
      await appender.flush()
      throw read.event
    }
    appender.follow(read.event, read.line)
    if (there.done !== true) {
      checkSame(store, { standing: there.value, event: read.event, line: read.line })
      already += 1
      there = await standing.next()
    } else await appender.add(read.event, read.chars)
    onCount(already + appender.appended)
  }
  if (there.done !== true) throw notTheSame(store, `event ${there.value.id}, which the export does not have`)
  await appender.flush()
  const imported = appender.appended
  return { events: already + imported, imported, already, position: await store.lastPosition() }
}

interface ReadLine {
  /** From 1. */
  readonly line: number
  readonly chars: number
  /** Or why the line is no event. */
  readonly event: ExportedEvent | DaybookError
}

async function* eventsOf(lines: AsyncIterable<string>): AsyncGenerator<ReadLine> {
  let line = 0
  for await (const text of lines) {
    line += 1
    if (text.trim() !== '') yield { line, chars: text.length, event: parse(text, line) }
  }
}

/** Appends events in their order: those of one stream that follow each other at once. */
class Appender {
  readonly #store: EventStore
  readonly #appendsAtOnce: number
  readonly #heads = new Map<string, number>()
  #waiting: Batch[] = []
  appended = 0

  constructor(store: EventStore, appendsAtOnce: number) {
    this.#store = store
    this.#appendsAtOnce = appendsAtOnce
  }

  /** Throws `invalid` unless the event is the next one of its stream: the store would refuse it too late. */
  follow({ stream, revision }: ExportedEvent, line: number): void {
    const expected = (this.#heads.get(stream) ?? -1) + 1
    if (revision !== expected)
      throw invalid(line, `has revision ${revision} of ${stream}, and ${expected} was expected`, undefined)
    this.#heads.set(stream, revision)
  }

  async add(event: ExportedEvent, chars: number): Promise<void> {
    const last = this.#waiting.at(-1)
    if (last !== undefined && fits(last, event, chars)) {
      last.events.push(event)
      last.chars += chars
      return
    }
    if (this.#waiting.length >= this.#appendsAtOnce) await this.flush()
    this.#waiting.push({ events: [event], chars })
  }

  /** Resolves when everything is durable. */
  async flush(): Promise<void> {
    const batches = this.#waiting
    this.#waiting = []
    const appends = batches.map(({ events: [first, ...more] }) => {
      const expected = first.revision === 0 ? 'no_stream' : first.revision - 1
      return this.#store.append(first.stream, [first, ...more].map(newEvent), { expected })
    })
    const ends = await Promise.allSettled(appends)
    for (const [index, end] of ends.entries()) {
      if (end.status === 'rejected') throw end.reason
      this.appended += batches[index]!.events.length
    }
  }
}

interface Batch {
  readonly events: [ExportedEvent, ...ExportedEvent[]]
  chars: number
}

function fits({ events, chars }: Batch, event: ExportedEvent, more: number): boolean {
  const last = events.at(-1)!
  const follows = event.stream === last.stream && event.revision === last.revision + 1
  return follows && events.length < limits.appendEventsMax && chars + more < batchCharsMax
}

/** Characters of JSON; in UTF-8 it may be three times as many bytes, within what one append takes. */
const batchCharsMax = limits.appendBytesMax / 4

function newEvent({ id, type, version, data, meta }: ExportedEvent): NewEvent {
  return { id, type, version, data, meta: meta as NewEvent['meta'] }
}

function parse(text: string, line: number): ExportedEvent | DaybookError {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    return invalid(line, 'is not JSON: the export may be cut off there', cause)
  }
  const read = ExportedEvent.safeParse(json)
  if (read.success) return read.data
  const issue = read.error.issues[0]
  return invalid(line, `is no exported event: ${toldIssue(issue ?? {}, 'it')}`, read.error)
}

function checkSame(
  store: EventStore,
  { standing, event, line }: { standing: RecordedEvent; event: ExportedEvent; line: number },
): void {
  if (standing.id === event.id && standing.stream === event.stream && standing.revision === event.revision)
    return
  throw notTheSame(store, `event ${standing.id} where line ${line} has ${event.id}`)
}

function notTheSame(store: EventStore, what: string): DaybookError {
  return new DaybookError(
    'rejected',
    `${store.description} is not empty and is not the beginning of this export: it holds ${what}. Import into an empty log: --dir or --store names another. Nothing was changed.`,
  )
}

function invalid(line: number, what: string, cause: unknown): DaybookError {
  return new DaybookError(
    'invalid',
    `Line ${line} ${what}. The lines before it are imported; mend the file and import it again, it goes on there.`,
    { cause },
  )
}
