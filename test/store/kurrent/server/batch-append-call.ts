import shared from '@eventstore/db-client/generated/shared_pb.js'
import statuses from '@eventstore/db-client/generated/status_pb.js'
import streams from '@eventstore/db-client/generated/streams_pb.js'
import type { ServerDuplexStream } from '@grpc/grpc-js'
import { proposed } from './append-call.ts'
import { admission, type Node } from './node.ts'
import type { AppendOutcome, ExpectedRevision } from './server-log.ts'

type BatchCall = ServerDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>

/** An append under way: its parts come in several messages with one correlation id. */
interface Batch {
  readonly options: streams.BatchAppendReq.Options
  readonly messages: streams.BatchAppendReq.ProposedMessage[]
}

/** `BatchAppend`: one stream of messages for all appends of a client, answers in any order. */
export async function batchAppendCall(node: Node, call: BatchCall): Promise<void> {
  const batches = new Map<string, Batch>()
  node.openCalls += 1
  call.on('error', () => undefined)
  try {
    for await (const request of call as AsyncIterable<streams.BatchAppendReq>) {
      const id = request.getCorrelationId()!.getString()
      const batch = batches.get(id) ?? { options: request.getOptions()!, messages: [] }
      batch.messages.push(...request.getProposedMessagesList())
      batches.set(id, batch)
      if (!request.getIsFinal()) continue
      batches.delete(id)
      void carryOut(node, call, { id, batch })
    }
    call.end()
  } catch {
    // The client is gone.
  } finally {
    node.openCalls -= 1
  }
}

async function carryOut(
  node: Node,
  call: BatchCall,
  { id, batch }: { id: string; batch: Batch },
): Promise<void> {
  const refused = await admission(node, 'batchAppend', call.metadata)
  const identifier = batch.options.getStreamIdentifier()!
  const answer = new streams.BatchAppendResp()
    .setCorrelationId(new shared.UUID().setString(id))
    .setStreamIdentifier(identifier)
  if (refused !== undefined) {
    call.write(
      answer.setError(failure(2, refused.details, 'event_store.client.BadRequest', new Uint8Array())),
    )
    return
  }
  const fault = node.faults.appends.shift()
  if (fault === 'cut_before_storing') return node.cut()
  const stream = Buffer.from(identifier.getStreamName_asU8()).toString()
  const outcome = node.log.append(stream, expectedOf(batch.options), batch.messages.map(proposed))
  if (fault === 'cut_after_storing') return node.cut()
  if (fault === 'lose_answer') return
  if (fault === 'half_close') {
    call.end()
    return
  }
  said(answer, outcome)
  call.write(answer)
  if (fault === 'answer_twice') call.write(answer)
}

function expectedOf(options: streams.BatchAppendReq.Options): ExpectedRevision {
  if (options.hasNoStream()) return 'no_stream'
  if (options.hasAny()) return 'any'
  if (options.hasStreamExists()) return 'stream_exists'
  return Number(options.getStreamPosition())
}

function said(answer: streams.BatchAppendResp, outcome: AppendOutcome): void {
  if (outcome.kind === 'appended') {
    const at = outcome.position.toString()
    const place = new shared.AllStreamPosition().setCommitPosition(at).setPreparePosition(at)
    const success = new streams.BatchAppendResp.Success().setCurrentRevision(String(outcome.revision))
    answer.setSuccess(success.setPosition(place))
  } else if (outcome.kind === 'wrong_expected') {
    const wrong = new shared.WrongExpectedVersion()
    // Absent, a current revision means that there is no stream.
    if (outcome.actual !== 'no_stream') wrong.setCurrentStreamRevision(String(outcome.actual))
    const type = 'event_store.client.WrongExpectedVersion'
    answer.setError(failure(6, 'WrongExpectedVersion', type, wrong.serializeBinary()))
  } else if (outcome.kind === 'deleted') {
    const bytes = new shared.StreamDeleted().serializeBinary()
    answer.setError(failure(5, 'StreamDeleted', 'event_store.client.StreamDeleted', bytes))
  } else {
    const bytes = new shared.MaximumAppendSizeExceeded().setMaxappendsize(outcome.bytesMax).serializeBinary()
    answer.setError(failure(3, 'TooLarge', 'event_store.client.MaximumAppendSizeExceeded', bytes))
  }
}

/** A google.rpc.Status whose details are packed as `Any`, written out by hand: its class has no export. */
function failure(code: number, message: string, type: string, details: Uint8Array): statuses.Status {
  const any = [...field(1, Buffer.from(`type.googleapis.com/${type}`)), ...field(2, details)]
  return statuses.Status.deserializeBinary(Uint8Array.from(field(3, any)))
    .setCode(code)
    .setMessage(message)
}

/** A length-delimited protobuf field; shorter than 128 bytes, so that its length is one byte. */
function field(number: number, bytes: Iterable<number>): number[] {
  const content = [...bytes]
  return [(number << 3) | 2, content.length, ...content]
}
