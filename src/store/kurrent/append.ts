import type streams from '@eventstore/db-client/generated/streams_pb.js'
import { position } from '../../kernel/event.ts'
import { type Appended, type Call, type Expected, StoreError } from '../port.ts'
import { ask, type Reply } from './ask.ts'
import type { Connection } from './connection.ts'
import { type Attempt, toStoreError } from './failure.ts'
import type { Link } from './link.ts'
import * as requests from './requests.ts'
import { type OutgoingEvent, revisionOf } from './wire.ts'

export interface AppendOrder {
  /** With the project's prefix. */
  readonly stream: string
  readonly events: readonly OutgoingEvent[]
  readonly expected: Expected
  readonly call: Call
  readonly attempt: Attempt
}

/**
 * One unary append: one call with one deadline and one answer, which belongs to nobody else.
 *
 * Retries are the server's to recognise, and it does so whenever the port promises it. When the first attempt
 * was carried out, the stream is by now longer than a concrete `expected` says; then the server compares the
 * ids after that revision: all equal gives the first result again, anything else is `wrong_expected`. When
 * it was not carried out, the stream still is as expected and the append happens now. And when the first
 * attempt arrives after its own retry, the same comparison makes it a repetition. What the server does not
 * look at are ids when `expected` is the present revision: an id used twice with different expectations is
 * stored twice. Ids are made for one append, so nobody does that.
 */
export async function append(link: Link, order: AppendOrder): Promise<Appended> {
  const answer = await ask<streams.AppendResp>(link, order, (connection, timeoutMs, reply) =>
    send(connection, { order, timeoutMs, reply }),
  )
  if (answer.hasWrongExpectedVersion()) throw wrongExpected(answer.getWrongExpectedVersion()!, order)
  const success = answer.getSuccess()
  const place = success?.getPosition()
  if (success === undefined || place === undefined) {
    const message = `${order.attempt.server} took an append without saying where it went. Read ${order.attempt.stream} again.`
    throw new StoreError('unknown_outcome', message, order.attempt)
  }
  return {
    revision: revisionOf(success.getCurrentRevision()),
    position: position(place.getCommitPosition()),
  }
}

function send(
  connection: Connection,
  { order, timeoutMs, reply }: { order: AppendOrder; timeoutMs: number; reply: Reply<streams.AppendResp> },
): { cancel(): void } {
  const [metadata, options] = connection.argumentsFor(timeoutMs, 'requires_leader')
  const call = connection.streams.append(metadata, options, reply)
  // The reply says it all; without a listener the same error would end the process.
  call.on('error', () => undefined)
  for (const message of requests.append(order.stream, order.events, order.expected)) call.write(message)
  call.end()
  return call
}

function wrongExpected(wrong: streams.AppendResp.WrongExpectedVersion, order: AppendOrder): StoreError {
  const actual = wrong.hasCurrentRevision() ? revisionOf(wrong.getCurrentRevision()) : 'no_stream'
  return toStoreError({ kind: 'wrong_expected', actual }, order.attempt, undefined)
}
