import type { Json } from '../kernel/event.ts'
import type { CallId } from '../kernel/words.ts'
import type { AppendedMessage, ContentBlock, ToolClass, ToolDefinition } from './events.ts'

/** One message in the Messages API's shape. */
export interface Message {
  readonly role: 'user' | 'assistant'
  readonly content: string | readonly (ContentBlock | ToolResultBlock)[]
}

export interface ToolResultBlock {
  readonly type: 'tool_result'
  readonly tool_use_id: string
  readonly content: string
  readonly is_error?: true
}

/** A tool call of the last answer, with its result once it is there. */
export interface ToolUse {
  readonly toolUse: CallId
  /** The block's own id, by which the model knows it. */
  readonly blockId: string
  readonly tool: string
  readonly input: Json
  readonly key: string
  /** As it was declared when it was called. */
  readonly class: ToolClass
  readonly status: 'called' | 'returned' | 'unknown' | 'retry'
  readonly output: string
  readonly isError: boolean
  /** What a person decided about its unknown outcome. */
  readonly decision: 'retry' | 'skip' | 'fail' | null
}

export interface Answer {
  readonly call: CallId
  readonly content: readonly ContentBlock[]
  readonly stopReason: string
}

/** What the session's stream holds that an appended message may point at. */
export interface Spoken {
  readonly answer: Answer | null
  readonly toolUses: Readonly<Record<CallId, ToolUse>>
}

/** Puts the messages that a request appended together again, from what they point at. */
export function materialise(appended: readonly AppendedMessage[], spoken: Spoken): Message[] {
  return appended.flatMap((message) => materialiseOne(message, spoken))
}

/** An answer that says nothing is left out, as is empty text in it: the Messages API refuses both. */
function materialiseOne(message: AppendedMessage, spoken: Spoken): Message[] {
  if (message.role === 'user') return [{ role: 'user', content: message.text }]
  if (message.role === 'tools') {
    return [{ role: 'user', content: message.results.flatMap((id) => toolResult(spoken.toolUses[id])) }]
  }
  const said = spoken.answer?.call === message.answer ? spoken.answer.content : []
  const content = said.filter(
    (block) => block.type !== 'text' || typeof block.text !== 'string' || block.text.trim() !== '',
  )
  return content.length === 0 ? [] : [{ role: 'assistant', content }]
}

function toolResult(use: ToolUse | undefined): ToolResultBlock[] {
  if (use === undefined) return []
  const block: ToolResultBlock = { type: 'tool_result', tool_use_id: use.blockId, content: use.output }
  return [use.isError ? { ...block, is_error: true } : block]
}

/** The part of a request that its digest adds to the digest of the request before it. */
export interface RequestPart {
  readonly previous: string | null
  /** Only in a session's first request. */
  readonly opening: {
    readonly model: string
    readonly parameters: Json
    readonly system: string
    readonly tools: readonly ToolDefinition[]
  } | null
  readonly messages: readonly Message[]
  /** Only in the first request after the conversation was shortened. */
  readonly trimmed?: Trimmed
}

/** How a conversation was shortened before a request, as its digest covers it. */
export interface Trimmed {
  readonly keptFrom: number
  readonly digest: string
  readonly note: string
}

/** What the digest of the next request says of a conversation that was shortened since the last one. */
export function trimmedPart({
  trimmed,
}: {
  readonly trimmed: { keptFrom: number; digest?: string | undefined; note?: string | undefined } | null
}): Pick<RequestPart, 'trimmed'> {
  if (trimmed === null) return {}
  const { keptFrom, digest = '', note = '' } = trimmed
  return { trimmed: { keptFrom, digest, note } }
}

/** Text of an answer: its text blocks, joined by blank lines. */
export function answerText(content: readonly ContentBlock[]): string {
  return content
    .flatMap((block) => (block.type === 'text' && typeof block.text === 'string' ? [block.text] : []))
    .join('\n\n')
}

/** Tool calls of an answer with the index of their blocks. */
export function toolCalls(
  content: readonly ContentBlock[],
): { block: number; id: string; name: string; input: Json }[] {
  return content.flatMap((part, block) => {
    if (part.type !== 'tool_use') return []
    const { id, name, input } = part as { id: string; name: string; input: Json }
    return [{ block, id, name, input }]
  })
}
