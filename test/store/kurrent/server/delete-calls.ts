import streams from '@eventstore/db-client/generated/streams_pb.js'
import type { ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js'
import { admission, type Node } from './node.ts'
import * as refusals from './refusals.ts'
import type { ExpectedRevision } from './server-log.ts'

/** `Tombstone`: the end of a stream, for good. */
export async function tombstoneCall(
  node: Node,
  call: ServerUnaryCall<streams.TombstoneReq, streams.TombstoneResp>,
  answer: sendUnaryData<streams.TombstoneResp>,
): Promise<void> {
  const refused = await admission(node, 'tombstone', call.metadata)
  if (refused !== undefined) return answer(refused)
  const { stream, expected } = asked(call.request.getOptions()!)
  const outcome = node.log.tombstone(stream, expected)
  if (outcome.kind === 'deleted') return answer(refusals.streamDeleted(stream))
  if (outcome.kind === 'wrong_expected') return answer(refusals.wrongExpectedVersion(stream, outcome.actual))
  answer(null, new streams.TombstoneResp())
}

/** `Delete`: soft, by `$tb`; a later append goes on where the numbers stopped. */
export async function deleteCall(
  node: Node,
  call: ServerUnaryCall<streams.DeleteReq, streams.DeleteResp>,
  answer: sendUnaryData<streams.DeleteResp>,
): Promise<void> {
  const refused = await admission(node, 'delete', call.metadata)
  if (refused !== undefined) return answer(refused)
  const { stream } = asked(call.request.getOptions()!)
  node.log.append(`$$${stream}`, 'any', [
    {
      id: crypto.randomUUID(),
      type: '$metadata',
      contentType: 'application/json',
      data: Buffer.from('{"$tb":9223372036854775807}'),
      metadata: new Uint8Array(),
    },
  ])
  answer(null, new streams.DeleteResp())
}

function asked(options: streams.TombstoneReq.Options | streams.DeleteReq.Options): {
  stream: string
  expected: ExpectedRevision
} {
  const stream = Buffer.from(options.getStreamIdentifier()!.getStreamName_asU8()).toString()
  if (options.hasNoStream()) return { stream, expected: 'no_stream' }
  if (options.hasAny()) return { stream, expected: 'any' }
  return { stream, expected: Number(options.getRevision()) }
}
