import shared from '@eventstore/db-client/generated/shared_pb.js'
import streams from '@eventstore/db-client/generated/streams_pb.js'
import { Metadata, type ServerReadableStream, type sendUnaryData, status } from '@grpc/grpc-js'
import { admission, type Node } from './node.ts'
import * as refusals from './refusals.ts'
import type { AppendOutcome, ExpectedRevision, ProposedEvent } from './server-log.ts'

/** `Append`: options first, then one message an event, one answer. */
export async function appendCall(
  node: Node,
  call: ServerReadableStream<streams.AppendReq, streams.AppendResp>,
  answer: sendUnaryData<streams.AppendResp>,
): Promise<void> {
  let options: streams.AppendReq.Options | undefined
  const events: ProposedEvent[] = []
  for await (const request of call as AsyncIterable<streams.AppendReq>) {
    options ??= request.getOptions()
    const message = request.getProposedMessage()
    if (message !== undefined) events.push(proposed(message))
  }
  if (options === undefined || call.cancelled) return
  const refused = await admission(node, 'append', call.metadata)
  if (refused !== undefined) return answer(refused)
  const fault = node.faults.appends.shift()
  if (fault === 'cut_before_storing') return node.cut()
  const stream = Buffer.from(options.getStreamIdentifier()!.getStreamName_asU8()).toString()
  const outcome = node.log.append(stream, expectedOf(options), events)
  if (fault === 'cut_after_storing') return node.cut()
  if (fault === 'lose_answer') return
  if (fault === 'half_close') return endWithoutAnswer(call)
  if (outcome.kind === 'deleted') return answer(refusals.streamDeleted(stream))
  if (outcome.kind === 'too_large') return answer(refusals.maximumAppendSizeExceeded(outcome.bytesMax))
  answer(null, response(outcome))
}

/** Status OK and no message: gRPC's public interface has no way to say it. */
function endWithoutAnswer(call: object): void {
  const inner = (call as { call: { sendStatus(outcome: object): void } }).call
  inner.sendStatus({ code: status.OK, details: 'OK', metadata: new Metadata() })
}

export function proposed(
  message: streams.AppendReq.ProposedMessage | streams.BatchAppendReq.ProposedMessage,
): ProposedEvent {
  return {
    id: message.getId()!.getString(),
    type: message.getMetadataMap().get('type') ?? '',
    contentType: message.getMetadataMap().get('content-type') ?? '',
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  }
}

function expectedOf(options: streams.AppendReq.Options): ExpectedRevision {
  if (options.hasNoStream()) return 'no_stream'
  if (options.hasAny()) return 'any'
  if (options.hasStreamExists()) return 'stream_exists'
  return Number(options.getRevision())
}

function response(outcome: AppendOutcome): streams.AppendResp {
  const answer = new streams.AppendResp()
  if (outcome.kind === 'appended') {
    const at = outcome.position.toString()
    const place = new streams.AppendResp.Position().setCommitPosition(at).setPreparePosition(at)
    const success = new streams.AppendResp.Success().setCurrentRevision(String(outcome.revision))
    return answer.setSuccess(success.setPosition(place))
  }
  const wrong = new streams.AppendResp.WrongExpectedVersion()
  if (outcome.kind === 'wrong_expected' && outcome.actual !== 'no_stream')
    wrong.setCurrentRevision(String(outcome.actual))
  else wrong.setCurrentNoStream(new shared.Empty())
  return answer.setWrongExpectedVersion(wrong.setExpectedAny(new shared.Empty()))
}
