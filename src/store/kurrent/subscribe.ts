import { setTimeout as sleep } from 'node:timers/promises'
import type streams from '@eventstore/db-client/generated/streams_pb.js'
import type { Position, RecordedEvent } from '../../kernel/event.ts'
import { limits } from '../../kernel/limits.ts'
import { StoreError, type SubscriptionItem } from '../port.ts'
import type { Link } from './link.ts'
import { answers } from './reading.ts'
import * as requests from './requests.ts'
import { positionOfCheckpoint } from './wire.ts'

export interface Following {
  readonly streamPrefixes: readonly string[]
  /** Exclusive; from the start of the log when absent. */
  readonly after: Position | undefined
  readonly signal: AbortSignal
  /** Undefined for what does not concern the subscriber. */
  readonly read: (event: streams.ReadResp.ReadEvent) => RecordedEvent | undefined
}

/** How far a subscription got. Lives as long as it, over any number of connections. */
interface Progress {
  after: Position | undefined
  /** The last position that the subscriber was told of, by event or checkpoint. */
  told: Position | undefined
  caughtUp: 'not_yet' | 'told'
  /** Events looked at since the subscriber was last told anything. */
  skipped: number
  /** On the present connection. */
  phase: 'asking' | 'behind' | 'live'
}

/**
 * Follows the log for good: whenever the server ends the call, in whatever manner, it is asked again for what
 * comes after the last position seen, so each event is given once and in order. Ends quietly when the signal
 * aborts; rejects only for what no waiting can heal.
 */
export async function* subscribe(
  link: Link,
  following: Following,
): AsyncGenerator<SubscriptionItem, void, void> {
  const { signal } = following
  const progress: Progress = {
    after: following.after,
    told: following.after,
    caughtUp: 'not_yet',
    skipped: 0,
    phase: 'asking',
  }
  let waitMs: number = limits.reconnectMsMin
  while (!signal.aborted) {
    const before = progress.after
    progress.phase = 'asking'
    try {
      yield* connected(link, following, progress)
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof StoreError && error.retryable)) throw error
    }
    link.refuseWhenClosed()
    if (progress.after !== before || phaseOf(progress) === 'live') waitMs = limits.reconnectMsMin
    await sleep(waitMs, undefined, { signal }).catch(() => undefined)
    waitMs = Math.min(waitMs * 2, limits.reconnectMsMax)
  }
}

async function* connected(
  link: Link,
  following: Following,
  progress: Progress,
): AsyncGenerator<SubscriptionItem, void, void> {
  const about = {
    call: { signal: following.signal },
    attempt: { verb: 'read', server: link.server } as const,
    // Live, silence is normal: then keepalive pings tell whether the server is there.
    waiting: () => (progress.phase === 'live' ? Number.POSITIVE_INFINITY : limits.storeTimeoutMs),
  }
  const request = requests.subscription(following.streamPrefixes, progress.after)
  for await (const page of answers(link, about, request)) {
    for (const answer of page) {
      yield* told(answer, following, progress)
      if (following.signal.aborted) return
    }
  }
}

function* told(
  answer: streams.ReadResp,
  following: Following,
  progress: Progress,
): Generator<SubscriptionItem> {
  const event = answer.getEvent()
  const checkpoint = answer.getCheckpoint()
  if (answer.hasConfirmation()) progress.phase = 'behind'
  else if (event !== undefined) yield* toldEvent(event, following, progress)
  else if (checkpoint !== undefined) yield* toldCheckpoint(positionOfCheckpoint(checkpoint), progress)
  else if (answer.hasCaughtUp()) {
    progress.phase = 'live'
    yield* toldCheckpoint(progress.after, progress)
    if (progress.caughtUp === 'told') return
    progress.caughtUp = 'told'
    yield { kind: 'caught_up' }
  }
}

function* toldEvent(
  read: streams.ReadResp.ReadEvent,
  following: Following,
  progress: Progress,
): Generator<SubscriptionItem> {
  const at = positionOf(read)
  // A repetition, of a server that answers twice or of a call that began earlier than asked.
  if (at === undefined || (progress.after !== undefined && at <= progress.after)) return
  const event = following.read(read)
  progress.after = at
  progress.skipped += 1
  if (event !== undefined) {
    progress.told = at
    progress.skipped = 0
    yield { kind: 'event', event }
  } else if (progress.skipped >= limits.readPageEvents) yield* toldCheckpoint(at, progress)
}

function* toldCheckpoint(at: Position | undefined, progress: Progress): Generator<SubscriptionItem> {
  if (at === undefined || (progress.told !== undefined && at <= progress.told)) return
  if (progress.after === undefined || at > progress.after) progress.after = at
  progress.told = at
  progress.skipped = 0
  yield { kind: 'checkpoint', position: at }
}

function phaseOf(progress: Progress): Progress['phase'] {
  return progress.phase
}

function positionOf(read: streams.ReadResp.ReadEvent): Position | undefined {
  const commit = read.getEvent()?.getCommitPosition()
  return commit === undefined ? undefined : (commit.padStart(20, '0') as Position)
}
