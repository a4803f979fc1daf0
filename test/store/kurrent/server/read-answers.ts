import shared from '@eventstore/db-client/generated/shared_pb.js'
import streams from '@eventstore/db-client/generated/streams_pb.js'
import type { StoredEvent } from './server-log.ts'

/** What a read call says, message by message. */

export function eventAnswer(stored: StoredEvent): streams.ReadResp {
  const at = stored.position.toString()
  const event = new streams.ReadResp.ReadEvent.RecordedEvent()
    .setId(new shared.UUID().setString(stored.id))
    .setStreamIdentifier(identifier(stored.stream))
    .setStreamRevision(String(stored.revision))
    .setPreparePosition(at)
    .setCommitPosition(at)
    .setData(stored.data)
    .setCustomMetadata(stored.metadata)
  event
    .getMetadataMap()
    .set('type', stored.type)
    .set('content-type', stored.contentType)
    .set('created', stored.createdTicks.toString())
  const read = new streams.ReadResp.ReadEvent().setEvent(event).setCommitPosition(at)
  return new streams.ReadResp().setEvent(read)
}

export function confirmation(id: string): streams.ReadResp {
  const confirmed = new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(id)
  return new streams.ReadResp().setConfirmation(confirmed)
}

export function checkpoint(position: bigint): streams.ReadResp {
  const at = position.toString()
  const place = new streams.ReadResp.Checkpoint().setCommitPosition(at).setPreparePosition(at)
  return new streams.ReadResp().setCheckpoint(place)
}

export function caughtUp(): streams.ReadResp {
  return new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp())
}

export function lastStreamPosition(revision: number): streams.ReadResp {
  return new streams.ReadResp().setLastStreamPosition(String(revision))
}

export function streamNotFound(stream: string): streams.ReadResp {
  const missing = new streams.ReadResp.StreamNotFound().setStreamIdentifier(identifier(stream))
  return new streams.ReadResp().setStreamNotFound(missing)
}

function identifier(stream: string): shared.StreamIdentifier {
  return new shared.StreamIdentifier().setStreamName(Buffer.from(stream))
}
