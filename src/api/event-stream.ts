import type { Position } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import type { EventStore, Filter, From } from '../store/port.ts'
import { type EventTail, type Interest, tailOf } from './event-tail.ts'
import { quietFrame, retryFrame, sentFrame } from './server-sent.ts'

export interface EventFrames {
  readonly store: EventStore
  /** Null: from the start. */
  readonly after: Position | null
  /** What the store can narrow by itself, of what the interest wants. */
  readonly filter: Filter | undefined
  readonly interest: Interest
  readonly heartbeatMs: number
}

/**
 * The log as frames of server-sent events: `id` is the position, `data` the event. History comes from the store, and
 * what comes then from the tail that all clients share; both are read behind the last position that was looked at, so
 * that going from one to the other leaves no gap and repeats nothing.
 */
export async function* eventFrames(
  following: EventFrames,
  signal: AbortSignal,
): AsyncGenerator<string, void> {
  yield retryFrame
  const tail = tailOf(following.store)
  const { group, leave } = await tail.join(following.interest)
  try {
    let { after } = following
    let said = after
    while (!signal.aborted) {
      if (tail.isQuietSince(group, after)) after = later(after, tail.end)
      else if (!tail.holds(after)) {
        const { frames, reached } = await history(following, { tail, after })
        after = reached
        if (frames !== '') {
          yield frames
          said = reached
        }
        continue
      }
      const news = tail.news(group, after)
      if (news !== null) {
        yield news.frames
        after = said = news.reached
        continue
      }
      after = later(after, tail.end)
      const how = await tail.changed(group, { after, quietMs: following.heartbeatMs, signal })
      if (how === 'news') continue
      // An id without data moves on where a client resumes, and is no event to it.
      const moved = after !== null && after !== said ? `id: ${after}\n\n` : ''
      yield moved + quietFrame
      said = after
    }
  } finally {
    leave()
  }
}

/** One chunk of what is too old for the tail: nothing of the page that it came from is held while a client takes it. */
async function history(
  { store, filter, interest }: EventFrames,
  { tail, after }: { readonly tail: EventTail; readonly after: Position | null },
): Promise<{ readonly frames: string; readonly reached: Position | null }> {
  const until = tail.end
  if (until === null) return { frames: '', reached: after }
  const from: From = after === null ? 'start' : { after }
  let frames = ''
  for await (const event of store.readAll({ from, until, ...(filter === undefined ? {} : { filter }) })) {
    if (interest.matches(event)) frames += sentFrame(event.position, event)
    if (frames.length >= limits.eventStreamChunkChars) return { frames, reached: event.position }
  }
  return { frames, reached: later(after, until) }
}

function later(one: Position | null, other: Position | null): Position | null {
  return one === null || (other !== null && other > one) ? other : one
}
