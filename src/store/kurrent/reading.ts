import type streams from '@eventstore/db-client/generated/streams_pb.js'
import { type ClientReadableStream, status } from '@grpc/grpc-js'
import { type Call, StoreError } from '../port.ts'
import { connect } from './ask.ts'
import type { Connection } from './connection.ts'
import { type Attempt, failureOf, toStoreError } from './failure.ts'
import { Interruption, type Link } from './link.ts'

/** As many answers at once as the call has received, but never more than this. */
const pageAnswersMax = 256
const leaderHopsMax = 2

/**
 * The answers to one read or subscription, in pages: what has arrived is taken at once, and only then is
 * more waited for. Ends the server's call when the loop is left, however it is left.
 *
 * @param waiting how long the next answer may take; asked before each wait, in milliseconds.
 * Rejects with a StoreError; `unavailable` when the server falls silent or the connection is lost.
 */
export async function* answers(
  link: Link,
  about: { readonly call: Call; readonly attempt: Attempt; readonly waiting: () => number },
  request: streams.ReadReq,
): AsyncGenerator<streams.ReadResp[], void, void> {
  let answered = false
  for (let hop = 0; ; hop += 1) {
    const timeoutMs = about.waiting()
    const connection = await connect(link, about, performance.now() + timeoutMs)
    link.refuseWhenClosed()
    const calledAt = performance.now()
    const call = connection.streams.read(request, ...forever(connection, link))
    const reading = new Reading(connection, { call, link, signal: about.call.signal })
    try {
      for (;;) {
        const page = reading.taken() ?? (await reading.next(about.waiting()))
        if (page === undefined) return
        answered = true
        yield page
      }
    } catch (error) {
      if (error instanceof StoreError) throw error
      const failure = failureOf(error)
      const again = link.learn(connection, failure, calledAt)
      if (again === 'try_again' && !answered && hop < leaderHopsMax) continue
      throw toStoreError(failure, about.attempt, error)
    } finally {
      reading.cancel()
    }
  }
}

function forever(connection: Connection, link: Link) {
  return connection.argumentsFor(Number.POSITIVE_INFINITY, link.reads)
}

/**
 * One server-streaming call, pulled. Answers come one by one and fast, so the waits share one timer and one
 * listener each instead of making their own.
 */
class Reading {
  readonly #connection: Connection
  readonly #call: ClientReadableStream<streams.ReadResp>
  readonly #letGo: () => void
  #error: unknown
  #ended = false
  #wake: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined
  #timerMs = 0

  constructor(
    connection: Connection,
    {
      call,
      link,
      signal,
    }: {
      readonly call: ClientReadableStream<streams.ReadResp>
      readonly link: Link
      readonly signal: AbortSignal | undefined
    },
  ) {
    this.#connection = connection
    this.#call = call
    call.on('readable', () => this.#wake?.())
    call.on('end', () => {
      this.#ended = true
      this.#wake?.()
    })
    // Stays on for good: an error that comes after our cancel must find a listener, too.
    call.on('error', (error) => this.#fail(error))
    const stop = (error: unknown) => {
      this.#fail(error)
      call.cancel()
    }
    const abort = () => stop(new Interruption(status.CANCELLED, 'aborted by the caller'))
    signal?.addEventListener('abort', abort, { once: true })
    const unwatch = link.watch(stop)
    this.#letGo = () => {
      signal?.removeEventListener('abort', abort)
      unwatch()
      clearTimeout(this.#timer)
    }
    if (signal?.aborted) abort()
  }

  /** What has arrived by now, if anything has. */
  taken(): streams.ReadResp[] | undefined {
    const page: streams.ReadResp[] = []
    while (page.length < pageAnswersMax) {
      const answer = this.#call.read() as streams.ReadResp | null
      if (answer === null) break
      page.push(answer)
    }
    if (page.length === 0) return undefined
    this.#connection.heardAt = performance.now()
    return page
  }

  /** The next page, within `timeoutMs`; undefined when the server has ended the call in good order. */
  next(timeoutMs: number): Promise<streams.ReadResp[] | undefined> {
    this.#expectWithin(timeoutMs)
    return new Promise((resolve, reject) => {
      this.#wake = () => {
        const page = this.taken()
        if (page !== undefined) resolve(page)
        else if (this.#error !== undefined) reject(this.#error)
        else if (this.#ended) resolve(undefined)
        else return
        this.#wake = undefined
      }
      this.#wake()
    })
  }

  cancel(): void {
    this.#letGo()
    this.#call.cancel()
  }

  #fail(error: unknown): void {
    this.#error ??= error
    this.#wake?.()
  }

  /** The timer starts anew with each wait; when it fires between two waits, that means nothing. */
  #expectWithin(timeoutMs: number): void {
    if (this.#timer !== undefined && this.#timerMs === timeoutMs) {
      this.#timer.refresh()
      return
    }
    clearTimeout(this.#timer)
    this.#timerMs = timeoutMs
    this.#timer = undefined
    if (timeoutMs === Number.POSITIVE_INFINITY) return
    const late = new Interruption(status.DEADLINE_EXCEEDED, `no answer within ${timeoutMs} ms`)
    this.#timer = setTimeout(() => {
      if (this.#wake !== undefined) this.#fail(late)
    }, timeoutMs)
  }
}
