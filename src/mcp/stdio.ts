import process from 'node:process'
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio'
import { limits } from '../kernel/limits.ts'
import type { McpContext } from './context.ts'
import { mcpServer } from './server.ts'

/**
 * MCP over stdin and stdout, until the client closes its end or `signal` aborts. Nothing but protocol is written
 * to stdout. A message that is larger than `limits.mcpMessageBytesMax` ends the connection.
 */
export async function serveOverStdio(context: McpContext, signal: AbortSignal): Promise<void> {
  const { promise: ended, resolve } = Promise.withResolvers<void>()
  const transport = new StdioServerTransport(process.stdin, process.stdout, {
    maxBufferSize: limits.mcpMessageBytesMax,
  })
  const handle = serveStdio(() => mcpServer(context), {
    transport,
    maxSubscriptions: limits.mcpSubscriptionsMax,
    onerror: (error) => context.log(`mcp: ${error.message}`),
  })
  for (const event of ['end', 'close', 'error'] as const) process.stdin.once(event, () => resolve())
  signal.addEventListener('abort', () => resolve(), { once: true })
  if (signal.aborted) resolve()
  await ended
  await handle.close()
}
