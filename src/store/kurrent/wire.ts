import type streams from '@eventstore/db-client/generated/streams_pb.js'
import { type EventMeta, type Position, position, type RecordedEvent } from '../../kernel/event.ts'
import type { Codec, EncodedEvent } from '../codec.ts'
import { toCanonical } from '../codec.ts'
import { type StoredEvent, StoreError } from '../port.ts'

/** An event as the server keeps it: data and metadata are JSON in UTF-8, byte for byte as given. */
export interface OutgoingEvent {
  readonly id: string
  readonly type: string
  readonly data: Uint8Array
  readonly metadata: Uint8Array
}

/** The server has no field for a version: it travels before the meta, both in the event's metadata. */
export function toWire(event: EncodedEvent): OutgoingEvent {
  return {
    id: event.id,
    type: event.type,
    data: Buffer.from(event.data),
    metadata: Buffer.from(`{"version":${event.version},"meta":${event.meta}}`),
  }
}

const ownMetadata = /^\{"version":(?<version>[1-9]\d{0,8}),"meta":/u

/**
 * An event as the port gives it back, without the project's prefix. Undefined for what is none of ours to
 * give: system events, links, and events of another project.
 */
export function fromWire(
  read: streams.ReadResp.ReadEvent,
  project: { readonly prefix: string; readonly codec: Codec },
): RecordedEvent | undefined {
  const stored = storedFromWire(read, project.prefix)
  return stored && project.codec.decode(stored)
}

/** The same with the bytes as the server keeps them. */
export function storedFromWire(read: streams.ReadResp.ReadEvent, prefix: string): StoredEvent | undefined {
  const event = read.getEvent()
  const identifier = event?.getStreamIdentifier()
  if (event === undefined || identifier === undefined || read.hasLink()) return undefined
  const metadata = event.getMetadataMap()
  const type = metadata.get('type') ?? ''
  const name = text(identifier.getStreamName_asU8())
  if (type.startsWith('$') || !name.startsWith(prefix)) return undefined
  const at = position(event.getCommitPosition())
  return {
    id: event.getId()?.getString() ?? '',
    type,
    stream: name.slice(prefix.length),
    revision: revisionOf(event.getStreamRevision()),
    position: at,
    data: text(event.getData_asU8()),
    ...metaOf(text(event.getCustomMetadata_asU8()), metadata.get('created')),
  }
}

/** Revisions are 64 bits there and doubles here; nothing beyond 2^53 was ever written by us. */
export function revisionOf(revision: string): number {
  const number = Number(revision)
  if (Number.isSafeInteger(number)) return number
  throw new StoreError(
    'damaged',
    `Revision ${revision} is beyond 2^53 - 1, which no stream of Daybook reaches.`,
  )
}

/** The quirk of 24.6 and 24.10: "nothing matched" is said as position -1, which reads as 2^64 - 1. */
export function isRealPosition(commit: string): boolean {
  return BigInt(commit) < 2n ** 63n
}

export function positionOfCheckpoint(checkpoint: streams.ReadResp.Checkpoint): Position | undefined {
  const commit = checkpoint.getCommitPosition()
  return isRealPosition(commit) ? position(commit) : undefined
}

function metaOf(metadata: string, created: string | undefined): { version: number; meta: string } {
  const own = ownMetadata.exec(metadata)
  if (own !== null && metadata.includes('"recordedAt":', own[0].length))
    return { version: Number(own.groups?.version), meta: metadata.slice(own[0].length, -1) }
  return foreignMeta(metadata, created)
}

/** Written by others, or without a time: what can be said of it, with the server's own time. */
function foreignMeta(metadata: string, created: string | undefined): { version: number; meta: string } {
  const given = parsed(metadata) as { version?: unknown; meta?: Partial<EventMeta> } | null
  const ticksPerMs = 10_000n
  const recordedAt = new Date(Number(BigInt(created ?? '0') / ticksPerMs)).toISOString()
  const meta = { actor: { kind: 'unknown', id: 'unknown' }, recordedAt, ...given?.meta }
  return {
    version: Number.isSafeInteger(given?.version) ? Number(given?.version) : 1,
    meta: toCanonical(meta),
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}
