import type { RecordedEvent } from '../kernel/event.ts'
import type { EventStore, Filter, From } from '../store/port.ts'
import { quietFrame, retryFrame, sentFrame } from './server-sent.ts'

export interface EventFrames {
  readonly store: EventStore
  readonly from: From
  readonly filter: Filter | undefined
  readonly matches: (event: RecordedEvent) => boolean
  readonly heartbeatMs: number
}

/** The log as frames of server-sent events: `id` is the position, `data` the event. */
export async function* eventFrames(
  { store, from, filter, matches, heartbeatMs }: EventFrames,
  signal: AbortSignal,
): AsyncGenerator<string, void> {
  yield retryFrame
  const subscription = { from, signal, ...(filter === undefined ? {} : { filter }) }
  const items = store.subscribe(subscription)[Symbol.asyncIterator]()
  let next = items.next()
  while (true) {
    const item = await orQuiet(next, heartbeatMs)
    if (item === 'quiet') {
      yield quietFrame
      continue
    }
    if (item.done === true) return
    next = items.next()
    const { value } = item
    if (value.kind === 'event' && matches(value.event)) yield sentFrame(value.event.position, value.event)
    // An id without data moves on where a client resumes, and is no event to it.
    else if (value.kind === 'checkpoint') yield `id: ${value.position}\n\n`
  }
}

async function orQuiet<Value>(next: Promise<Value>, quietMs: number): Promise<Value | 'quiet'> {
  let timer: NodeJS.Timeout | undefined
  const quiet = new Promise<'quiet'>((resolve) => {
    timer = setTimeout(() => resolve('quiet'), quietMs)
  })
  try {
    return await Promise.race([next, quiet])
  } finally {
    clearTimeout(timer)
  }
}
