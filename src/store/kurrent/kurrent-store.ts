import type streams from '@eventstore/db-client/generated/streams_pb.js'
import type { Clock } from '../../kernel/clock.ts'
import type { NewEvent, Position, RecordedEvent } from '../../kernel/event.ts'
import { limits } from '../../kernel/limits.ts'
import { type Codec, checkStreamName } from '../codec.ts'
import {
  type Appended,
  type Call,
  type EventStore,
  type Expected,
  type From,
  type ReadAllOptions,
  type StoredEvent,
  StoreError,
  type StreamHead,
  type SubscriptionItem,
} from '../port.ts'
import { type KurrentAddress, parseKurrentUrl, projectName } from './address.ts'
import { append } from './append.ts'
import { ask } from './ask.ts'
import { checkCertificates } from './connection.ts'
import type { Attempt } from './failure.ts'
import { readHead } from './head.ts'
import { Link } from './link.ts'
import { endOfLog, lastPosition } from './log-end.ts'
import { rangeOf } from './log-range.ts'
import { narrow } from './narrowing.ts'
import { answers } from './reading.ts'
import { RecordingClock } from './recording-clock.ts'
import * as requests from './requests.ts'
import { subscribe } from './subscribe.ts'
import { truncateBefore } from './truncate.ts'
import { fromWire, storedFromWire, toWire } from './wire.ts'

export interface StoreHealth {
  readonly state: 'ready' | 'unavailable' | 'access_denied' | 'closed'
  /** For people: where the server is, and what to do when it is not ready. */
  readonly detail: string
}

/**
 * Opens a project's log on KurrentDB or EventStoreDB (24 or later), by a URL such as
 * `kurrentdb://admin:changeit@db.example:2113?tls=true&daybookProject=acme`. Does not connect yet: a server
 * that is away makes calls reject with `unavailable`, and they succeed when it is back.
 *
 * Throws `usage` for a URL that cannot be, or certificates that are not there.
 */
export async function openKurrentStore(
  url: string,
  options: { readonly codec: Codec; readonly clock: Clock; readonly project?: string },
): Promise<KurrentStore> {
  const parsed = parseKurrentUrl(url)
  const address =
    options.project === undefined ? parsed : { ...parsed, project: projectName(options.project) }
  checkCertificates(address)
  return new KurrentStore(address, options)
}

/** The port over the client's stubs: see `Connection` for why not over its methods. */
export class KurrentStore implements EventStore {
  readonly description: string
  /** Servers up to 25.0 take 1 MiB at once, our own limits are below. */
  readonly capabilities = { appendBytesMax: 1024 * 1024, eventBytesMax: 1024 * 1024 }
  readonly #link: Link
  readonly #codec: Codec
  readonly #clock: RecordingClock
  readonly #prefix: string

  constructor(address: KurrentAddress, options: { readonly codec: Codec; readonly clock: Clock }) {
    this.#link = new Link(address)
    this.description = this.#link.server
    this.#codec = options.codec
    this.#clock = new RecordingClock(options.clock)
    this.#prefix = `${address.project}/`
  }

  async append(
    stream: string,
    events: readonly NewEvent[],
    options: Call & { readonly expected: Expected },
  ): Promise<Appended> {
    this.#link.refuseWhenClosed()
    checkExpected(stream, options.expected)
    const stamped = this.#clock.stamp(events)
    const encoded = this.#codec.encode(stream, stamped)
    this.#clock.saw(stamped)
    const { expected } = options
    const { call, attempt } = this.#about('append', options, stream)
    return append(this.#link, {
      stream: this.#prefix + stream,
      events: encoded.map(toWire),
      expected,
      call,
      attempt: { ...attempt, expected },
    })
  }

  async head(stream: string, options: Call = {}): Promise<StreamHead> {
    this.#link.refuseWhenClosed()
    checkStreamName(stream)
    return readHead(this.#link, this.#about('read', options, stream), this.#prefix + stream)
  }

  async *readStream(
    stream: string,
    options: Parameters<EventStore['readStream']>[1] = {},
  ): AsyncGenerator<RecordedEvent, void, void> {
    this.#link.refuseWhenClosed()
    checkStreamName(stream)
    const { from, direction = 'forwards', limit } = options
    if (limit === 0) return
    const request = requests.streamRead(this.#prefix + stream, {
      direction,
      ...(from === undefined ? {} : { from }),
      ...(limit === undefined ? {} : { count: limit }),
    })
    for await (const page of this.#answers(request, options, stream)) {
      for (const answer of page) {
        const event = this.#eventOf(answer)
        if (event !== undefined) yield event
      }
    }
  }

  async *readAll(options: ReadAllOptions = {}): AsyncGenerator<RecordedEvent, void, void> {
    this.#link.refuseWhenClosed()
    const { limit = Number.POSITIVE_INFINITY } = options
    const range = rangeOf(options)
    if (limit === 0 || range === null) return
    const narrowing = narrow(this.#prefix, options.filter)
    const request = requests.logRead({ ...range.request, streamPrefixes: narrowing.streamPrefixes })
    let given = 0
    for await (const page of this.#answers(request, options)) {
      for (const answer of page) {
        const event = this.#eventOf(answer)
        if (event === undefined) continue
        const place = range.placeOf(event)
        if (place === 'behind') return
        if (place === 'before' || !narrowing.matches(event)) continue
        yield event
        given += 1
        if (given === limit) return
      }
    }
  }

  async *readStored(options: Call & { readonly from?: From } = {}): AsyncGenerator<StoredEvent, void, void> {
    this.#link.refuseWhenClosed()
    const { from = 'start' } = options
    if (from === 'end') return
    const after = from === 'start' ? undefined : from.after
    const request = requests.logRead({
      direction: 'forwards',
      streamPrefixes: [this.#prefix],
      ...(after === undefined ? {} : { from: after }),
    })
    for await (const page of this.#answers(request, options)) {
      for (const answer of page) {
        const read = answer.getEvent()
        const event = read && storedFromWire(read, this.#prefix)
        if (event !== undefined && (after === undefined || event.position > after)) yield event
      }
    }
  }

  async *subscribe(
    options: Parameters<EventStore['subscribe']>[0],
  ): AsyncGenerator<SubscriptionItem, void, void> {
    this.#link.refuseWhenClosed()
    const { signal, from } = options
    const narrowing = narrow(this.#prefix, options.filter)
    const after =
      from === 'end' ? await endOfLog(this.#link, signal) : from === 'start' ? undefined : from.after
    yield* subscribe(this.#link, {
      streamPrefixes: narrowing.streamPrefixes,
      after,
      signal,
      read: (read) => {
        const event = this.#decoded(read)
        return event !== undefined && narrowing.matches(event) ? event : undefined
      },
    })
  }

  async lastPosition(options: Call = {}): Promise<Position | null> {
    this.#link.refuseWhenClosed()
    const about = { ...this.#about('read', options), streamPrefixes: [this.#prefix] }
    return (await lastPosition(this.#link, about)) ?? null
  }

  async truncateBefore(stream: string, revision: number, options: Call = {}): Promise<void> {
    this.#link.refuseWhenClosed()
    checkExpected(stream, revision)
    const head = await this.head(stream, options)
    if (head.state === 'deleted') {
      const message = `${stream} on ${this.description} is tombstoned: nothing of it is left to hide.`
      throw new StoreError('stream_deleted', message, { stream })
    }
    // Metadata alone would make the server take `stream_exists` for true.
    if (head.state === 'none') return
    const about = this.#about('truncate', options, stream)
    await truncateBefore(this.#link, about, { stream: this.#prefix + stream, revision })
  }

  async tombstone(
    stream: string,
    options: Call & { readonly expected: Exclude<Expected, 'stream_exists'> },
  ): Promise<void> {
    this.#link.refuseWhenClosed()
    checkStreamName(stream)
    checkExpected(stream, options.expected)
    const { call, attempt } = this.#about('tombstone', options, stream)
    const about = { call, attempt: { ...attempt, expected: options.expected } }
    const request = requests.tombstone(this.#prefix + stream, options.expected)
    await ask<streams.TombstoneResp>(this.#link, about, (connection, timeoutMs, reply) =>
      connection.streams.tombstone(request, ...connection.argumentsFor(timeoutMs, 'requires_leader'), reply),
    )
  }

  /** Whether the server answers now, within `timeoutMs`; never rejects. */
  async health(options: Call = {}): Promise<StoreHealth> {
    try {
      await lastPosition(this.#link, this.#about('read', { timeoutMs: limits.storeHealthMs, ...options }))
      return { state: 'ready', detail: this.description }
    } catch (error) {
      const { code, message } = error as StoreError
      const state = code === 'closed' || code === 'access_denied' ? code : 'unavailable'
      return { state, detail: message }
    }
  }

  async close(): Promise<void> {
    this.#link.close()
  }

  #answers(request: streams.ReadReq, call: Call, stream?: string): AsyncIterable<streams.ReadResp[]> {
    return answers(this.#link, this.#about('read', call, stream), request)
  }

  #eventOf(answer: streams.ReadResp): RecordedEvent | undefined {
    const read = answer.getEvent()
    return read === undefined ? undefined : this.#decoded(read)
  }

  #decoded(read: streams.ReadResp.ReadEvent): RecordedEvent | undefined {
    const event = fromWire(read, { prefix: this.#prefix, codec: this.#codec })
    if (event !== undefined) this.#clock.saw([event])
    return event
  }

  #about(verb: Attempt['verb'], call: Call, stream?: string) {
    const attempt: Attempt = { verb, server: this.description, ...(stream === undefined ? {} : { stream }) }
    return { call, attempt, waiting: () => call.timeoutMs ?? limits.storeTimeoutMs }
  }
}

function checkExpected(stream: string, expected: Expected): void {
  if (typeof expected !== 'number' || (Number.isSafeInteger(expected) && expected >= 0)) return
  const message = `${stream}: ${expected} is no revision: whole numbers from 0 to 2^53 - 1.`
  throw new StoreError('invalid', message, { stream, expected })
}
