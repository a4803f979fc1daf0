import { createMcpHandler, type McpHttpHandler } from '@modelcontextprotocol/server'
import { limits } from '../kernel/limits.ts'
import type { McpContext } from './context.ts'
import { mcpServer } from './server.ts'

/**
 * MCP over Streamable HTTP. Every request is answered by a server of its own, whatever its protocol version, so
 * there are no sessions that could pile up; only streams that wait for changes stay open, and they are bounded.
 * Who may ask, and how large a request may be, is checked before this is reached.
 */
export function mcpHandler(context: Omit<McpContext, 'speaker' | 'connection'>): McpHttpHandler {
  return createMcpHandler(() => mcpServer({ ...context, speaker: null, connection: null }), {
    maxSubscriptions: limits.mcpSubscriptionsMax,
    maxRequestBodySize: limits.mcpMessageBytesMax,
    keepAliveMs: limits.eventStreamHeartbeatMs,
    onerror: (error) => context.log(`mcp: ${error.message}`),
  })
}
