import type streams from '@eventstore/db-client/generated/streams_pb.js'
import type { ServerWritableStream } from '@grpc/grpc-js'
import type { ReadFault } from './faults.ts'
import { admission, type Node } from './node.ts'
import {
  caughtUp,
  checkpoint,
  confirmation,
  eventAnswer,
  lastStreamPosition,
  streamNotFound,
} from './read-answers.ts'
import * as refusals from './refusals.ts'
import type { StoredEvent } from './server-log.ts'
import { Telling } from './telling.ts'

type ReadCall = ServerWritableStream<streams.ReadReq, streams.ReadResp>

const int64Minus1 = 2n ** 64n - 1n
/** A filtered read looks at so many events before it may say how far it is. */
const searchWindow = 32

/** `Read`: a stream, the whole log, or a subscription to either. */
export async function readCall(node: Node, call: ReadCall): Promise<void> {
  node.openCalls += 1
  call.once('close', () => {
    node.openCalls -= 1
  })
  const refused = await admission(node, 'read', call.metadata)
  if (refused !== undefined) {
    call.emit('error', refused)
    return
  }
  const fault = node.faults.reads.shift()
  if (fault?.kind === 'mute') return
  const telling = new Telling(call, fault as Exclude<ReadFault, { kind: 'mute' }> | undefined, () =>
    node.cut(),
  )
  const options = call.request.getOptions()!
  const all = options.getAll()
  if (options.hasSubscription()) await subscribed(node, options, telling)
  else if (all === undefined) await streamRead(node, call, telling)
  else await logRead(node, options, telling)
  telling.end()
}

async function streamRead(node: Node, call: ReadCall, telling: Telling): Promise<void> {
  const options = call.request.getOptions()!
  const asked = options.getStream()!
  const name = Buffer.from(asked.getStreamIdentifier()!.getStreamName_asU8()).toString()
  const stream = node.log.stream(name)
  if (stream?.deleted) {
    call.emit('error', refusals.streamDeleted(name))
    telling.over = true
    return
  }
  if (stream === undefined) return telling.tell(streamNotFound(name))
  const forwards = options.getReadDirection() === 0
  const from = asked.hasRevision() ? Number(asked.getRevision()) : forwards ? 0 : Number.POSITIVE_INFINITY
  const inRange = ({ revision }: StoredEvent) =>
    revision >= stream.min && (forwards ? revision >= from : revision <= from)
  const events = stream.events.filter(inRange)
  if (!forwards) events.reverse()
  for (const event of events.slice(0, Number(options.getCount()))) {
    if (telling.over) return
    await telling.tellEvent(eventAnswer(event))
  }
  if ((options.getControlOption()?.getCompatibility() ?? 0) >= 1)
    await telling.tell(lastStreamPosition(stream.events.length - 1))
}

/** Forwards inclusive, backwards exclusive. */
async function logRead(node: Node, options: streams.ReadReq.Options, telling: Telling): Promise<void> {
  const forwards = options.getReadDirection() === 0
  const position = options.getAll()!.getPosition()
  const { all } = node.log
  const at = position === undefined ? undefined : node.log.indexAt(BigInt(position.getCommitPosition()))
  const matches = filterOf(options)
  let left = Number(options.getCount())
  const step = forwards ? 1 : -1
  for (let index = forwards ? (at ?? 0) : (at ?? all.length) - 1; left > 0; index += step) {
    const event = all[index]
    if (event === undefined || telling.over) return
    if (!matches(event)) continue
    await telling.tellEvent(eventAnswer(event))
    left -= 1
  }
}

/** Exclusive: what comes after the position, then what is appended, until the client cancels. */
async function subscribed(node: Node, options: streams.ReadReq.Options, telling: Telling): Promise<void> {
  const { log } = node
  const matches = filterOf(options)
  const filter = options.getFilter()
  const interval = searchWindow * (filter?.getCheckpointintervalmultiplier() ?? 1)
  await telling.tell(confirmation(crypto.randomUUID()))
  let next = startOf(node, options)
  let considered = 0
  let matched = false
  let live = false
  while (!telling.over) {
    for (; next < log.all.length && !telling.over; next += 1) {
      const event = log.all[next]!
      considered += 1
      if (matches(event)) {
        matched = true
        await telling.tellEvent(eventAnswer(event))
      }
      if (filter !== undefined && considered % interval === 0) await telling.tell(checkpoint(event.position))
    }
    if (telling.over) return
    if (!live) {
      if (filter !== undefined && (considered > 0 || node.faults.checkpointQuirk)) {
        const quirk = node.faults.checkpointQuirk && !matched
        await telling.tell(checkpoint(quirk ? int64Minus1 : (log.all[next - 1]?.position ?? 0n)))
      }
      await telling.tell(caughtUp())
      live = true
    }
    if (next === log.all.length) await telling.until((look) => log.onAppended(look))
  }
}

function startOf(node: Node, options: streams.ReadReq.Options): number {
  const all = options.getAll()
  const position = all?.getPosition()
  if (all?.hasEnd()) return node.log.all.length
  if (position === undefined) return 0
  const at = BigInt(position.getCommitPosition())
  if (at === int64Minus1) return node.log.all.length
  return node.log.indexAt(at + 1n)
}

/** By stream or by type, by prefix or regular expression; without a filter, everything. */
function filterOf(options: streams.ReadReq.Options): (event: StoredEvent) => boolean {
  const stream = options.getStream()?.getStreamIdentifier()
  if (stream !== undefined) {
    const name = Buffer.from(stream.getStreamName_asU8()).toString()
    return (event) => event.stream === name
  }
  const filter = options.getFilter()
  const byStream = filter?.getStreamIdentifier()
  const expression = byStream ?? filter?.getEventType()
  if (expression === undefined) return () => true
  const prefixes = expression.getPrefixList()
  const regex = expression.getRegex() === '' ? undefined : new RegExp(expression.getRegex(), 'u')
  return (event) => {
    const text = byStream === undefined ? event.type : event.stream
    return regex?.test(text) ?? prefixes.some((prefix) => text.startsWith(prefix))
  }
}
