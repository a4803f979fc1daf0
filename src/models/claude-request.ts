import type Anthropic from '@anthropic-ai/sdk'
import type { Json } from '../kernel/event.ts'
import type { ModelRequest } from './port.ts'

type Params = Anthropic.MessageCreateParamsStreaming

/**
 * A request as it goes over the wire. Pure: the same request gives the same bytes, so the prompt cache holds.
 * One cache mark ends tools and system, which an agent's sessions share; the other one, at the top level, moves
 * along with the end of the conversation.
 */
export function wireRequest(request: ModelRequest): Params {
  const cache = { type: 'ephemeral' } as const
  const { system, tools } = request
  return {
    model: request.model,
    max_tokens: request.outputTokensMax,
    stream: true,
    cache_control: cache,
    ...(system === '' ? {} : { system: [{ type: 'text' as const, text: system, cache_control: cache }] }),
    ...(tools.length === 0 ? {} : { tools: tools.map(wireTool) }),
    messages: request.messages.flatMap(wireMessage),
    ...(request.answerSchema === undefined ? {} : { output_config: outputOf(request.answerSchema) }),
  }
}

function outputOf(schema: Json): Anthropic.OutputConfig {
  return { format: { type: 'json_schema', schema: schema as Record<string, unknown> } }
}

function wireTool(tool: ModelRequest['tools'][number]): Anthropic.Tool {
  const { name, description } = tool
  return { name, description, input_schema: tool.inputSchema as unknown as Anthropic.Tool.InputSchema }
}

/** The API refuses messages without content, and an answer may have none. */
function wireMessage({ role, content }: ModelRequest['messages'][number]): Anthropic.MessageParam[] {
  if (!Array.isArray(content)) return content === '' ? [] : [{ role, content: String(content) }]
  const blocks = content.flatMap(wireBlock)
  return blocks.length === 0 ? [] : [{ role, content: blocks }]
}

/**
 * What the API gives and what it takes differ in three ways: it takes no empty text, no tool input that is not an
 * object, and not the reason of a refusal, which is a block only in our record.
 */
function wireBlock(block: { type: string; text?: unknown; input?: unknown }): Anthropic.ContentBlockParam[] {
  if (block.type === 'stop_details' || (block.type === 'text' && block.text === '')) return []
  const { type, input } = block
  const isCall = type === 'tool_use' || type === 'server_tool_use'
  const isObject = typeof input === 'object' && input !== null && !Array.isArray(input)
  const wired = isCall && !isObject ? { ...block, input: { malformed_input: input ?? null } } : block
  return [wired as Anthropic.ContentBlockParam]
}
