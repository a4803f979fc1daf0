import type { IncomingHttpHeaders } from 'node:http'
import type { Block, MessagesRequest, RefusalPlay } from './play.ts'

/** What the API would refuse about a request, with its own status and type; null when it is in order. */
export function refuse(headers: IncomingHttpHeaders, body: unknown): RefusalPlay | null {
  const key = headers.authorization ?? headers['x-api-key']
  if (key === undefined) return refusal(401, 'authentication_error', 'no credentials were given')
  if (headers['anthropic-version'] === undefined) return invalid('anthropic-version: header is required')
  if (typeof body !== 'object' || body === null) return invalid('the body is not valid JSON')
  const request = body as MessagesRequest
  if (typeof request.model !== 'string') return invalid('model: Field required')
  if (!Number.isInteger(request.max_tokens)) return invalid('max_tokens: Field required')
  if (!Array.isArray(request.messages) || request.messages.length === 0)
    return invalid('messages: at least one message is required')
  const foreign = ['temperature', 'top_p', 'top_k', 'thread', 'container'].find(
    (field) => request[field] != null,
  )
  if (foreign !== undefined) return invalid(`${foreign}: Extra inputs are not permitted`)
  return refuseMessages(request)
}

function refuseMessages({ messages, system }: MessagesRequest): RefusalPlay | null {
  if (messages[0]?.role !== 'user') return invalid('messages: first message must use the "user" role')
  if (Array.isArray(system) && system.some((block) => block.text === ''))
    return invalid('system: text content blocks must be non-empty')
  let open = new Set<string>()
  for (const [at, { role, content }] of messages.entries()) {
    const blocks: readonly Block[] = typeof content === 'string' ? [{ type: 'text', text: content }] : content
    if (blocks.length === 0) return invalid(`messages.${at}: all messages must have non-empty content`)
    const wrong = blocks.map((block) => wrongBlock(block as Fields)).find((found) => found !== null)
    if (wrong !== undefined) return invalid(`messages.${at}.content: ${wrong}`)
    const answered = new Set(idsOf(blocks, 'tool_result', 'tool_use_id'))
    const unanswered = [...open].find((id) => !answered.has(id))
    if (unanswered !== undefined)
      return invalid(`messages.${at}: tool_use ids were found without tool_result blocks: ${unanswered}`)
    const unasked = [...answered].find((id) => !open.has(id))
    if (unasked !== undefined) return invalid(`messages.${at}: unexpected tool_use_id: ${unasked}`)
    open = new Set(role === 'assistant' ? idsOf(blocks, 'tool_use', 'id') : [])
  }
  return open.size > 0 ? invalid('messages: the last tool_use has no tool_result') : null
}

type Fields = Readonly<Record<string, unknown>>

function wrongBlock(block: Fields): string | null {
  if (block.type === 'text' && block.text === '') return 'text content blocks must be non-empty'
  const { type, input } = block
  const isObject = typeof input === 'object' && input !== null && !Array.isArray(input)
  if (type === 'tool_use' && !isObject) return 'tool_use.input: Input should be a valid dictionary'
  return knownTypes.has(String(type)) ? null : `Input tag '${String(type)}' is not one of the expected tags`
}

const knownTypes: ReadonlySet<string> = new Set([
  'text',
  'thinking',
  'redacted_thinking',
  'tool_use',
  'tool_result',
  'server_tool_use',
  'web_search_tool_result',
])

function idsOf(blocks: readonly Block[], type: string, field: string): string[] {
  return blocks.filter((block) => block.type === type).map((block) => String((block as Fields)[field]))
}

function invalid(message: string): RefusalPlay {
  return refusal(400, 'invalid_request_error', message)
}

function refusal(status: number, type: string, message: string): RefusalPlay {
  return { status, error: { type, message } }
}
