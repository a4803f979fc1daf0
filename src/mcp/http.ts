import { createMcpHandler, type McpHttpHandler } from '@modelcontextprotocol/server'
import { limits } from '../kernel/limits.ts'
import type { McpContext } from './context.ts'
import { watchMemory } from './memory-watch.ts'
import { mcpServer } from './server.ts'

/**
 * MCP over Streamable HTTP, until `signal` aborts. Every request is answered by a server of its own, whatever its
 * protocol version, so there are no sessions that could pile up; only streams that wait for changes stay open, and
 * they are bounded. Who may ask, and how large a request may be, is checked before this is reached.
 */
export function mcpHandler(
  context: Omit<McpContext, 'speaker' | 'connection'>,
  signal: AbortSignal,
): Pick<McpHttpHandler, 'fetch'> {
  const onProblem = (error: Error) => context.log(`mcp: ${error.message}`)
  const server = (era: 'legacy' | 'modern') =>
    mcpServer({ ...context, speaker: null, connection: null }, era === 'modern' ? 'told' : 'untold')
  const handler = createMcpHandler(({ era }) => server(era), {
    maxSubscriptions: limits.mcpSubscriptionsMax,
    maxRequestBodySize: limits.mcpMessageBytesMax,
    keepAliveMs: limits.eventStreamHeartbeatMs,
    onerror: onProblem,
  })
  void watchMemory(context.daybook.project, {
    signal,
    onProblem,
    tell: ({ changed, list }) => {
      for (const uri of changed) handler.notify.resourceUpdated(uri)
      if (list === 'other') handler.notify.resourcesChanged()
    },
  }).then(() => handler.close())
  return handler
}
