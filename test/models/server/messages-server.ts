import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import {
  type AnswerPlay,
  blocksOf,
  frame,
  framesOf,
  type MessagesRequest,
  type Play,
  type RefusalPlay,
  stopReasonOf,
  usageOf,
} from './play.ts'
import { refuse } from './refuse.ts'
import { whenUnconnected } from './when-unconnected.ts'

/** A request that reached the server, whatever became of it. */
export interface AskedRequest {
  readonly headers: IncomingHttpHeaders
  readonly body: MessagesRequest
  /** Milliseconds since 1970, as it arrived. */
  readonly at: number
  /** Resolves when the connection of this request is over: the answer is out, or the client has gone. */
  readonly gone: Promise<void>
}

export interface MessagesServer {
  readonly url: string
  /** In the order in which they arrived. */
  readonly requests: readonly AskedRequest[]
  /** When nobody is connected. */
  unconnected(): Promise<void>
  close(): Promise<void>
}

export interface MessagesServerOptions {
  /** What to play: a list, one for each request, or what a stand-in for the model decides. */
  readonly script: readonly Play[] | ((request: MessagesRequest, index: number) => Play | Promise<Play>)
  /** 0 for any free port. */
  readonly port?: number
  /** What a server before this one answered: request ids go on after it. */
  readonly requestsBefore?: number
}

/**
 * A local server that speaks the Messages protocol: frames as the API sends them, requests refused as the API
 * refuses them, and every misbehaviour of `Mischief`. A list that is played out answers 400, which nobody retries.
 */
export async function startMessagesServer(options: MessagesServerOptions): Promise<MessagesServer> {
  const requests: AskedRequest[] = []
  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch((error: unknown) => outgoing.destroy(error as Error))
  })

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = parsed(await text(incoming))
    if (incoming.method !== 'POST' || incoming.url?.split('?')[0] !== '/v1/messages')
      return sendRefusal(
        outgoing,
        { status: 404, error: { type: 'not_found_error', message: 'Not Found' } },
        'none',
      )
    const index = requests.length
    const gone = new Promise<void>((resolve) => outgoing.once('close', resolve))
    requests.push({ headers: incoming.headers, body: body as MessagesRequest, at: Date.now(), gone })
    const id = String((options.requestsBefore ?? 0) + index + 1).padStart(6, '0')
    const play = refuse(incoming.headers, body) ?? (await next(body as MessagesRequest, index))
    if ('status' in play) return sendRefusal(outgoing, play, id)
    await sendAnswer(outgoing, play, { id, request: body as MessagesRequest })
  }

  async function next(request: MessagesRequest, index: number): Promise<Play> {
    if (typeof options.script === 'function') return options.script(request, index)
    return options.script[index] ?? playedOut
  }

  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    unconnected: () => whenUnconnected(server),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const playedOut: RefusalPlay = {
  status: 400,
  error: { type: 'invalid_request_error', message: 'the script is played out' },
}

function sendRefusal(outgoing: ServerResponse, play: RefusalPlay, id: string): void {
  const body =
    play.body ?? JSON.stringify({ type: 'error', error: play.error ?? null, request_id: `req_${id}` })
  const type = play.body === undefined ? 'application/json' : 'text/html'
  outgoing.writeHead(play.status, { 'content-type': type, 'request-id': `req_${id}`, ...play.headers })
  outgoing.end(body)
}

interface Told {
  readonly id: string
  readonly request: MessagesRequest
}

async function sendAnswer(outgoing: ServerResponse, play: AnswerPlay, told: Told): Promise<void> {
  const headers = { 'request-id': `req_${told.id}` }
  const { mischief } = play
  if (mischief?.kind === 'late') await goneOr(outgoing, mischief.ms)
  if (outgoing.destroyed) return
  if (told.request.stream !== true) {
    outgoing.writeHead(200, { 'content-type': 'application/json', ...headers })
    outgoing.end(JSON.stringify(messageOf(play, told)))
    return
  }
  outgoing.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', ...headers })
  const frames = framesOf(play, told)
  const stopsAfter =
    mischief !== undefined && 'afterFrames' in mischief ? mischief.afterFrames : frames.length
  for (const part of frames.slice(0, stopsAfter)) await write(outgoing, part)
  if (mischief === undefined || !('afterFrames' in mischief)) outgoing.end()
  else await misbehave(outgoing, mischief)
}

type Breaking = Extract<NonNullable<AnswerPlay['mischief']>, { afterFrames: number }>

async function misbehave(outgoing: ServerResponse, mischief: Breaking): Promise<void> {
  switch (mischief.kind) {
    case 'cut':
      // What was written has to leave first: the client shall see a part of the message.
      outgoing.write(':\n', () => outgoing.socket?.destroy())
      return
    case 'end':
      outgoing.end()
      return
    case 'error': {
      const { type, message } = mischief
      outgoing.end(frame('error', { error: { type, message, details: null } }))
      return
    }
    case 'garbage':
      outgoing.end('event: content_block_delta\ndata: {"type":"content_block_delta","ind\n\n')
      return
    case 'silence':
      while (mischief.pingEveryMs !== undefined && !outgoing.destroyed) {
        outgoing.write(frame('ping', {}))
        await goneOr(outgoing, mischief.pingEveryMs)
      }
  }
}

/** Waits for the client to read, or to go. */
async function write(outgoing: ServerResponse, part: string): Promise<void> {
  if (outgoing.destroyed || outgoing.write(part)) return
  await new Promise<void>((resolve) => {
    const done = () => {
      outgoing.off('drain', done).off('close', done)
      resolve()
    }
    outgoing.once('drain', done).once('close', done)
  })
}

async function goneOr(outgoing: ServerResponse, ms: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer)
      outgoing.off('close', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    outgoing.once('close', done)
  })
}

function messageOf(play: AnswerPlay, { id, request }: Told): Record<string, unknown> {
  const blocks = blocksOf(play.content)
  return {
    id: `msg_${id}`,
    type: 'message',
    role: 'assistant',
    model: play.model ?? request.model,
    content: blocks,
    stop_reason: stopReasonOf(play, blocks),
    stop_sequence: null,
    stop_details: play.stopDetails ?? null,
    usage: usageOf(play, request) ?? undefined,
  }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return null
  }
}
