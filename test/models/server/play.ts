/** A block of an answer, as the Messages API shapes it. */
export type Block =
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'tool_use'
      readonly id?: string
      readonly name: string
      readonly input?: unknown
      /** The input as characters, where it shall not be good JSON. */
      readonly json?: string
    }
  | { readonly type: string; readonly [field: string]: unknown }

/** How an answer goes wrong on its way. Frames are counted from 1, `message_start` and the first ping included. */
export type Mischief =
  /** The socket is destroyed. */
  | { readonly kind: 'cut'; readonly afterFrames: number }
  /** The response ends in good order, and the rest of the message never comes. */
  | { readonly kind: 'end'; readonly afterFrames: number }
  /** An `error` event. */
  | { readonly kind: 'error'; readonly afterFrames: number; readonly type: string; readonly message: string }
  /** Data that is not JSON. */
  | { readonly kind: 'garbage'; readonly afterFrames: number }
  /** Nothing more comes but pings, if any, and the socket stays open. */
  | { readonly kind: 'silence'; readonly afterFrames: number; readonly pingEveryMs?: number }
  /** Events and deltas of types that nobody knows, between the others. */
  | { readonly kind: 'noise' }
  /** Not even headers come for so long. */
  | { readonly kind: 'late'; readonly ms: number }

export interface AnswerPlay {
  readonly content: string | readonly (string | Block)[]
  /** Otherwise `tool_use` when there is a tool call, and `end_turn`. */
  readonly stopReason?: string | null
  readonly stopDetails?: unknown
  /** Counters to send instead of counted ones. */
  readonly usage?: Readonly<Record<string, unknown>> | 'missing'
  readonly model?: string
  /** Characters of one delta; otherwise 24. */
  readonly deltaChars?: number
  readonly mischief?: Mischief
}

/** No stream at all: a status with an error of the API, or any other body. */
export interface RefusalPlay {
  readonly status: number
  readonly error?: { readonly type: string; readonly message: string; readonly details?: unknown }
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export type Play = AnswerPlay | RefusalPlay

/** What a stand-in for the model decides by: the request as the API would see it. */
export interface MessagesRequest {
  readonly model: string
  readonly max_tokens: number
  readonly stream?: boolean
  readonly system?: string | readonly { readonly type: string; readonly text: string }[]
  readonly tools?: readonly { readonly name: string; readonly input_schema: unknown }[]
  readonly messages: readonly { readonly role: string; readonly content: string | readonly Block[] }[]
  readonly [field: string]: unknown
}

export function blocksOf(content: AnswerPlay['content']): Block[] {
  const list = typeof content === 'string' ? [content] : content
  return list.map((block) => (typeof block === 'string' ? { type: 'text', text: block } : block))
}

interface Told {
  readonly id: string
  readonly request: MessagesRequest
}

/** The frames of an answer, exactly as they go over the wire. */
export function framesOf(play: AnswerPlay, { id, request }: Told): string[] {
  const blocks = blocksOf(play.content)
  const usage = usageOf(play, request)
  const noisy = play.mischief?.kind === 'noise'
  const start = {
    id: `msg_${id}`,
    type: 'message',
    role: 'assistant',
    model: play.model ?? request.model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    container: null,
    diagnostics: null,
    ...(usage === null ? {} : { usage: { ...usage, output_tokens: 1 } }),
  }
  const delta = {
    stop_reason: stopReasonOf(play, blocks),
    stop_sequence: null,
    stop_details: play.stopDetails ?? null,
    container: null,
  }
  return [
    frame('message_start', { message: start }),
    frame('ping', {}),
    ...(noisy ? [frame('weather_report', { sky: 'clear' })] : []),
    ...blocks.flatMap((block, index) => blockFrames(block, index, { play, id })),
    frame('message_delta', { delta, ...(usage === null ? {} : { usage }) }),
    frame('message_stop', {}),
  ]
}

export function frame(type: string, data: Record<string, unknown>): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`
}

export function stopReasonOf(play: AnswerPlay, blocks: readonly Block[]): string | null {
  if (play.stopReason !== undefined) return play.stopReason
  return blocks.some((block) => block.type === 'tool_use') ? 'tool_use' : 'end_turn'
}

export function usageOf(play: AnswerPlay, request: MessagesRequest): Record<string, unknown> | null {
  if (play.usage === 'missing') return null
  const counted = {
    input_tokens: Math.ceil(JSON.stringify([request.system, request.tools, request.messages]).length / 4),
    output_tokens: Math.max(1, Math.ceil(JSON.stringify(play.content).length / 4)),
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
  }
  return play.usage === undefined ? counted : { ...play.usage }
}

function blockFrames(block: Block, index: number, { play, id }: { play: AnswerPlay; id: string }): string[] {
  const { begin, deltas } = shapeOf(block, { play, name: `toolu_${id}_${index}` })
  const noise = play.mischief?.kind === 'noise' ? [{ type: 'mood_delta', mood: 'calm' }] : []
  return [
    frame('content_block_start', { index, content_block: begin }),
    ...[...noise, ...deltas].map((delta) => frame('content_block_delta', { index, delta })),
    frame('content_block_stop', { index }),
  ]
}

type Fields = Readonly<Record<string, unknown>>

function shapeOf(
  block: Block,
  { play, name }: { play: AnswerPlay; name: string },
): { begin: Fields; deltas: Fields[] } {
  const size = play.deltaChars ?? 24
  const fields = block as Fields
  switch (block.type) {
    case 'text':
      return {
        begin: { type: 'text', text: '', citations: null },
        deltas: pieces(String(fields.text), size).map((text) => ({ type: 'text_delta', text })),
      }
    case 'thinking':
      return {
        begin: { type: 'thinking', thinking: '', signature: '' },
        deltas: [
          ...pieces(String(fields.thinking), size).map((thinking) => ({ type: 'thinking_delta', thinking })),
          { type: 'signature_delta', signature: fields.signature ?? `signed-${name}` },
        ],
      }
    case 'tool_use': {
      const json = typeof fields.json === 'string' ? fields.json : JSON.stringify(fields.input ?? {})
      const begin = { type: 'tool_use', id: fields.id ?? name, name: fields.name, input: {} }
      return {
        begin: { ...begin, caller: { type: 'direct' } },
        deltas: ['', ...pieces(json, size)].map((part) => ({ type: 'input_json_delta', partial_json: part })),
      }
    }
    default:
      return { begin: fields, deltas: [] }
  }
}

function pieces(text: string, size: number): string[] {
  const count = Math.ceil(text.length / size)
  return Array.from({ length: count }, (_, index) => text.slice(index * size, (index + 1) * size))
}
