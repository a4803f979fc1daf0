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
    const calledAt = performance.now()
    const reading = new Reading(connection, connection.streams.read(request, ...forever(connection, link)))
    try {
      for (;;) {
        const page =
          reading.taken() ?? (await reading.next(link, { ...about.call, timeoutMs: about.waiting() }))
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

/** One server-streaming call, pulled. */
class Reading {
  readonly #connection: Connection
  readonly #call: ClientReadableStream<streams.ReadResp>
  #error: unknown
  #ended = false
  #wake: (() => void) | undefined

  constructor(connection: Connection, call: ClientReadableStream<streams.ReadResp>) {
    this.#connection = connection
    this.#call = call
    const look = () => this.#wake?.()
    call.on('readable', look)
    call.on('end', () => {
      this.#ended = true
      look()
    })
    // Stays on for good: an error that comes after our cancel must find a listener, too.
    call.on('error', (error) => {
      this.#error ??= error
      look()
    })
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

  /** The next page; undefined when the server has ended the call in good order. */
  next(link: Link, call: Call): Promise<streams.ReadResp[] | undefined> {
    return link.within<streams.ReadResp[] | undefined>(call, ({ done, failed }) => {
      this.#wake = () => {
        const page = this.taken()
        if (page !== undefined) done(page)
        else if (this.#error !== undefined) failed(this.#error)
        else if (this.#ended) done(undefined)
        else return
        this.#wake = undefined
      }
      this.#wake()
      return () => {
        this.#wake = undefined
      }
    })
  }

  cancel(): void {
    this.#error ??= new Interruption(status.CANCELLED, 'no longer wanted')
    this.#call.cancel()
  }
}
