import shared from '@eventstore/db-client/generated/shared_pb.js'
import streams from '@eventstore/db-client/generated/streams_pb.js'
import type { Position } from '../../kernel/event.ts'
import type { Expected } from '../port.ts'
import type { OutgoingEvent } from './wire.ts'

/** Protocol messages, put together from the client's generated stubs. */

/** With 1, the server ends a stream's read with the stream's last revision, truncated or not. */
const compatibility = 1
/** Servers say how far a filtered subscription got after every 32 events times this. */
const checkpointMultiplier = 16

export interface ReadOptions {
  readonly direction: 'forwards' | 'backwards'
  readonly count?: number
}

export function streamRead(stream: string, options: ReadOptions & { from?: number }): streams.ReadReq {
  const of = new streams.ReadReq.Options.StreamOptions().setStreamIdentifier(identifier(stream))
  if (options.from !== undefined) of.setRevision(String(options.from))
  else if (options.direction === 'forwards') of.setStart(new shared.Empty())
  else of.setEnd(new shared.Empty())
  return request(readOptions(options).setStream(of).setNoFilter(new shared.Empty()))
}

/** @param from a position, inclusive forwards and exclusive backwards; or where the direction begins. */
export function logRead(
  options: ReadOptions & { from?: Position; streamPrefixes?: readonly string[] },
): streams.ReadReq {
  const all = new streams.ReadReq.Options.AllOptions()
  if (options.from !== undefined) all.setPosition(place(options.from))
  else if (options.direction === 'forwards') all.setStart(new shared.Empty())
  else all.setEnd(new shared.Empty())
  return request(filtered(readOptions(options).setAll(all), options.streamPrefixes))
}

/** @param after exclusive; from the start when absent. */
export function subscription(streamPrefixes: readonly string[], after?: Position): streams.ReadReq {
  const all = new streams.ReadReq.Options.AllOptions()
  if (after === undefined) all.setStart(new shared.Empty())
  else all.setPosition(place(after))
  const options = readOptions({ direction: 'forwards' })
    .setAll(all)
    .setSubscription(new streams.ReadReq.Options.SubscriptionOptions())
  return request(filtered(options, streamPrefixes))
}

/** Options first, then an event a message: what a unary append consists of. */
export function* append(
  stream: string,
  events: readonly OutgoingEvent[],
  expected: Expected,
): Generator<streams.AppendReq> {
  const options = new streams.AppendReq.Options().setStreamIdentifier(identifier(stream))
  if (typeof expected === 'number') options.setRevision(String(expected))
  else if (expected === 'no_stream') options.setNoStream(new shared.Empty())
  else if (expected === 'stream_exists') options.setStreamExists(new shared.Empty())
  else options.setAny(new shared.Empty())
  yield new streams.AppendReq().setOptions(options)
  for (const event of events) {
    const message = new streams.AppendReq.ProposedMessage()
      .setId(new shared.UUID().setString(event.id))
      .setData(event.data)
      .setCustomMetadata(event.metadata)
    message.getMetadataMap().set('type', event.type).set('content-type', 'application/json')
    yield new streams.AppendReq().setProposedMessage(message)
  }
}

export function tombstone(
  stream: string,
  expected: Exclude<Expected, 'stream_exists'>,
): streams.TombstoneReq {
  const options = new streams.TombstoneReq.Options().setStreamIdentifier(identifier(stream))
  if (typeof expected === 'number') options.setRevision(String(expected))
  else if (expected === 'no_stream') options.setNoStream(new shared.Empty())
  else options.setAny(new shared.Empty())
  return new streams.TombstoneReq().setOptions(options)
}

function readOptions({ direction, count }: ReadOptions): streams.ReadReq.Options {
  return new streams.ReadReq.Options()
    .setReadDirection(direction === 'forwards' ? 0 : 1)
    .setCount(String(count ?? Number.MAX_SAFE_INTEGER))
    .setUuidOption(new streams.ReadReq.Options.UUIDOption().setString(new shared.Empty()))
    .setControlOption(new streams.ReadReq.Options.ControlOption().setCompatibility(compatibility))
}

function filtered(
  options: streams.ReadReq.Options,
  streamPrefixes: readonly string[] | undefined,
): streams.ReadReq.Options {
  if (streamPrefixes === undefined) return options.setNoFilter(new shared.Empty())
  const expression = new streams.ReadReq.Options.FilterOptions.Expression()
  return options.setFilter(
    new streams.ReadReq.Options.FilterOptions()
      .setStreamIdentifier(expression.setPrefixList([...streamPrefixes]))
      .setCount(new shared.Empty())
      .setCheckpointintervalmultiplier(checkpointMultiplier),
  )
}

function request(options: streams.ReadReq.Options): streams.ReadReq {
  return new streams.ReadReq().setOptions(options)
}

function identifier(stream: string): shared.StreamIdentifier {
  return new shared.StreamIdentifier().setStreamName(Buffer.from(stream))
}

function place(position: Position): streams.ReadReq.Options.Position {
  const offset = BigInt(position).toString()
  return new streams.ReadReq.Options.Position().setCommitPosition(offset).setPreparePosition(offset)
}
