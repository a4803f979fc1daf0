import type { RecordedEvent } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import type { EventStore, Filter, From } from '../store/port.ts'

export interface EventStreamOptions {
  readonly store: EventStore
  readonly from: From
  readonly filter: Filter | undefined
  readonly matches: (event: RecordedEvent) => boolean
  readonly heartbeatMs: number
  readonly stalledMs: number
  /** Aborts when the server is about to end; the stream then ends as one that is over. */
  readonly stopping: AbortSignal
  /** Called once, however it ended; `stalled` when the client took nothing for `stalledMs`. */
  readonly onEnd: (how: 'over' | 'stalled') => void
}

const encoder = new TextEncoder()

/**
 * The log as server-sent events: `id` is the position, `data` the event as one line of JSON, in which no line
 * break of a text can begin another frame. Frames are made only when the client takes them, so that a slow client
 * costs one event of memory, and one that takes nothing is let go.
 */
export function eventStream(options: EventStreamOptions): ReadableStream<Uint8Array> {
  const left = new AbortController()
  const signal = AbortSignal.any([options.stopping, left.signal])
  const frames = framesOf(options, signal)
  let waiting: NodeJS.Timeout | undefined
  let ended = false
  const end = (how: 'over' | 'stalled') => {
    clearTimeout(waiting)
    left.abort()
    if (ended) return
    ended = true
    options.onEnd(how)
  }
  const take = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
    clearTimeout(waiting)
    const { done, value } = await frames.next()
    if (ended) return
    if (done === true) {
      end('over')
      controller.close()
      return
    }
    controller.enqueue(encoder.encode(value))
    waiting = setTimeout(() => end('stalled'), options.stalledMs)
  }
  const pull = (controller: ReadableStreamDefaultController<Uint8Array>) =>
    take(controller).catch((error: unknown) => {
      end('over')
      throw error
    })
  return new ReadableStream<Uint8Array>({ pull, cancel: () => end('over') }, { highWaterMark: 0 })
}

async function* framesOf(options: EventStreamOptions, signal: AbortSignal): AsyncGenerator<string, void> {
  const { store, from, filter, matches, heartbeatMs } = options
  yield `retry: ${limits.eventStreamRetryMs}\n\n`
  const subscription = { from, signal, ...(filter === undefined ? {} : { filter }) }
  const items = store.subscribe(subscription)[Symbol.asyncIterator]()
  let next = items.next()
  while (true) {
    const item = await orQuiet(next, heartbeatMs)
    if (item === 'quiet') {
      yield ': still here\n\n'
      continue
    }
    if (item.done === true) return
    next = items.next()
    const { value } = item
    if (value.kind === 'event' && matches(value.event)) yield frame(value.event)
    // An id without data moves on where a client resumes, and is no event to it.
    else if (value.kind === 'checkpoint') yield `id: ${value.position}\n\n`
  }
}

/** JSON leaves three characters alone that some readers of lines take for line breaks. */
const lineBreaks = /[\u0085\u2028\u2029]/gu

function frame(event: RecordedEvent): string {
  const json = JSON.stringify(event).replace(
    lineBreaks,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return `id: ${event.position}\ndata: ${json}\n\n`
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
