import { type Position, position, type RecordedEvent, shortPosition } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import type { ChangeWatch } from './change-watch.ts'
import {
  type Call,
  type Direction,
  type Filter,
  type From,
  type ReadAllOptions,
  StoreError,
  type SubscriptionItem,
} from './port.ts'

/** A log that counts its positions from 1 without a gap, read page by page. */
export interface LogPages<Event = RecordedEvent> {
  /** The last position; 0 when the log is empty. */
  last(call: Call): Promise<number>
  /** Events of a part of the range that begins where its direction begins, and how far was looked. */
  page(range: PageRange, call: Call): Promise<LogPage<Event>>
}

/** After `after`, up to and including `until`; never empty. */
export interface PageRange {
  readonly after: number
  readonly until: number
  readonly direction: Direction
  readonly filter: Filter | undefined
}

export interface LogPage<Event = RecordedEvent> {
  /** In the range's direction. */
  readonly events: readonly Event[]
  /** Forwards the last position that was looked at, backwards the one before it: always further than before. */
  readonly scannedTo: number
}

/** The log as it is when the reading begins: what is appended meanwhile is not waited for. */
export async function* readLog<Event>(
  pages: LogPages<Event>,
  options: ReadAllOptions,
): AsyncGenerator<Event> {
  const { filter, direction = 'forwards' } = options
  checkRange(options)
  const last = await pages.last(options)
  let until = options.until === undefined ? last : Math.min(last, numberOf(options.until))
  let after = startOf(options.from ?? 'start', last)
  let left = options.limit ?? Number.POSITIVE_INFINITY
  while (after < until && left > 0) {
    const page = await pages.page({ after, until, direction, filter }, options)
    for (const event of page.events) {
      yield event
      left -= 1
      if (left <= 0) return
    }
    if (direction === 'forwards') after = page.scannedTo
    else until = page.scannedTo
  }
}

/** Throws for what cannot be meant. */
export function checkRange({ from, direction }: Pick<ReadAllOptions, 'from' | 'direction'>): void {
  if (direction !== 'backwards' || from !== 'end') return
  const message =
    'Read backwards, "from" is where to end, and "end" leaves nothing: leave it out to begin at the end of the log.'
  throw new StoreError('invalid', message)
}

/** As many positions of the range as are looked at together, where its direction begins. */
export function nextPart(
  { after, until, direction }: Pick<PageRange, 'after' | 'until' | 'direction'>,
  positions: number,
): { readonly after: number; readonly until: number } {
  return direction === 'forwards'
    ? { after, until: Math.min(after + positions, until) }
    : { after: Math.max(after, until - positions), until }
}

export interface Follow {
  readonly from: From
  readonly filter: Filter | undefined
  /** Ends the subscription, without an error. */
  readonly signal: AbortSignal
}

/** History, then what comes, until the signal aborts. */
export async function* followLog(
  pages: LogPages,
  watch: ChangeWatch,
  follow: Follow,
): AsyncGenerator<SubscriptionItem> {
  try {
    if (!follow.signal.aborted) yield* itemsOf(pages, watch, follow)
  } catch (error) {
    if (!follow.signal.aborted) throw error
  }
}

async function* itemsOf(
  pages: LogPages,
  watch: ChangeWatch,
  { from, filter, signal }: Follow,
): AsyncGenerator<SubscriptionItem> {
  const call = { timeoutMs: Number.POSITIVE_INFINITY, signal }
  let after = startOf(from, await pages.last(call))
  let said = after
  let caughtUp = false
  while (!signal.aborted) {
    const generation = watch.generation
    const last = await pages.last(call)
    while (after < last) {
      const page = await pages.page({ after, until: last, direction: 'forwards', filter }, call)
      for (const event of page.events) {
        if (signal.aborted) return
        yield { kind: 'event', event }
      }
      said = numberOf(page.events.at(-1)?.position ?? position(said))
      after = page.scannedTo
      if (signal.aborted) return
      if (after > said) yield { kind: 'checkpoint', position: position(after) }
      said = after
    }
    if (!caughtUp) {
      caughtUp = true
      yield { kind: 'caught_up' }
    }
    await watch.changed(generation, signal)
  }
}

/** Positions of these logs are whole numbers; one that no such log can have lies after all of them. */
export function numberOf(place: Position): number {
  if (!/^\d{1,20}$/u.test(place)) {
    const message = `${JSON.stringify(place)} is no position: expected up to 20 digits, as the log gives them.`
    throw new StoreError('invalid', message)
  }
  return Math.min(Number(place), Number.MAX_SAFE_INTEGER)
}

/** A prefix test for one event. */
export function matches(filter: Filter | undefined, event: { stream: string; type: string }): boolean {
  if (filter === undefined) return true
  if ('streamPrefixes' in filter)
    return filter.streamPrefixes.some((prefix) => event.stream.startsWith(prefix))
  return filter.typePrefixes.some((prefix) => event.type.startsWith(prefix))
}

function startOf(from: From, last: number): number {
  if (from === 'start') return 0
  if (from === 'end') return last
  const after = numberOf(from.after)
  if (after <= last) return after
  const message = `Position ${shortPosition(from.after)} lies after the end of this log (${last}): it comes from another log, or an older copy of this one was put back. Start again from the beginning.`
  throw new StoreError('invalid', message, { details: { last: position(last) } })
}

/** Throws when the caller has given up. */
export function checkSignal(call: Call): void {
  if (!call.signal?.aborted) return
  const message = 'The caller gave up before anything was done.'
  throw new StoreError('unavailable', message, { cause: call.signal.reason })
}

/** The moment, in `performance.now()` milliseconds, at which a call gives up. */
export function deadlineOf(call: Call): number {
  return performance.now() + (call.timeoutMs ?? limits.storeTimeoutMs)
}
