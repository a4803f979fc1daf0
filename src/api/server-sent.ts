import { refusal } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { ApiContext } from './context.ts'

export interface SentStream {
  /** The frames, made one by one as the client takes them; ends when `signal` aborts. */
  readonly frames: (signal: AbortSignal) => AsyncGenerator<string, void>
  /** A client that takes nothing for so long is let go. */
  readonly stalledMs: number
  /** Aborts when the server is about to end; the stream then ends as one that is over. */
  readonly stopping: AbortSignal
  /** Called once, however it ended; `stalled` when the client took nothing for `stalledMs`. */
  readonly onEnd: (how: 'over' | 'stalled') => void
}

const encoder = new TextEncoder()

/** Server-sent events: a slow client costs one frame of memory, and one that takes nothing is let go. */
export function sentStream(options: SentStream): ReadableStream<Uint8Array> {
  const left = new AbortController()
  const frames = options.frames(AbortSignal.any([options.stopping, left.signal]))
  let waiting: NodeJS.Timeout | undefined
  let ended = false
  const end = (how: 'over' | 'stalled') => {
    clearTimeout(waiting)
    left.abort()
    if (ended) return
    ended = true
    // One that is held at a frame which nobody takes gives back what it holds.
    frames.return().catch(() => undefined)
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

/** Answers with such a stream, and counts it while it is open. Throws `too_many_streams`. */
export function answerWithFrames(c: ApiContext, frames: SentStream['frames']): Response {
  const { server } = c.var
  const { metrics } = server
  if (metrics.openEventStreams >= limits.eventStreamsMax) {
    const message = `${metrics.openEventStreams} clients follow the log, which is the limit. Close one, or read pages.`
    throw refusal({ code: 'too_many_streams', message })
  }
  metrics.openEventStreams += 1
  const stream = sentStream({
    frames: (signal) => whileKnown(frames(signal), c.var.stillKnown),
    stalledMs: server.eventStreams.stalledMs,
    stopping: server.stopping,
    onEnd(how) {
      metrics.openEventStreams -= 1
      if (how === 'stalled') c.env.outgoing?.destroy()
    },
  })
  return c.body(stream, 200, {
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store',
    'X-Accel-Buffering': 'no',
  })
}

/** A key that is revoked or expires takes its streams with it, before their next frame. */
async function* whileKnown(
  frames: AsyncGenerator<string, void>,
  stillKnown: () => Promise<boolean>,
): AsyncGenerator<string, void> {
  for await (const frame of frames) {
    if (!(await stillKnown())) return
    yield frame
  }
}

/** What every stream begins with: how soon a client may come back. */
export const retryFrame = `retry: ${limits.eventStreamRetryMs}\n\n`

/** A comment that keeps the connection from looking dead. */
export const quietFrame = ': still here\n\n'

/** JSON leaves three characters alone that some readers of lines take for line breaks. */
const lineBreaks = /[\u0085\u2028\u2029]/gu

/** One line of JSON, in which no line break of a text can begin another frame. */
export function sentFrame(id: string, data: unknown): string {
  const json = JSON.stringify(data).replace(
    lineBreaks,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return `id: ${id}\ndata: ${json}\n\n`
}
