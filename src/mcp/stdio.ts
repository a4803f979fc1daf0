import process from 'node:process'
import type { McpServer } from '@modelcontextprotocol/server'
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio'
import { limits } from '../kernel/limits.ts'
import type { McpContext } from './context.ts'
import { type MemoryNews, watchMemory } from './memory-watch.ts'
import { mcpServer } from './server.ts'
import { takeSubscriptions } from './subscriptions.ts'

/**
 * MCP over stdin and stdout, until the client closes its end or `signal` aborts. Nothing but protocol is written
 * to stdout. A message that is larger than `limits.mcpMessageBytesMax` ends the connection.
 */
export async function serveOverStdio(context: McpContext, signal: AbortSignal): Promise<void> {
  const over = new AbortController()
  const end = () => over.abort()
  const onProblem = (error: Error) => context.log(`mcp: ${error.message}`)
  const transport = new StdioServerTransport(process.stdin, process.stdout, {
    maxBufferSize: limits.mcpMessageBytesMax,
  })
  let tell: (news: MemoryNews) => void = () => undefined
  const handle = serveStdio(
    ({ era }) => {
      const server = mcpServer(context, 'told')
      tell = tellerOf(server, era)
      return server
    },
    { transport, maxSubscriptions: limits.mcpSubscriptionsMax, onerror: onProblem },
  )
  const closed = transport.onclose
  transport.onclose = () => {
    closed?.()
    end()
  }
  for (const event of ['end', 'close', 'error'] as const) process.stdin.once(event, end)
  signal.addEventListener('abort', end, { once: true })
  if (signal.aborted) end()
  await watchMemory(context.daybook.project, {
    signal: over.signal,
    tell: (news) => tell(news),
    onProblem,
  })
  await handle.close()
  // A paused pipe that is still open would keep the process.
  process.stdin.destroy()
}

/** Of the later protocols the connection itself knows what its client wants to hear; of the earlier ones we do. */
function tellerOf(server: McpServer, era: 'legacy' | 'modern'): (news: MemoryNews) => void {
  const wanted = era === 'legacy' ? takeSubscriptions(server) : { has: () => true }
  return ({ changed, list }) => {
    if (!server.isConnected()) return
    for (const uri of changed.filter((one) => wanted.has(one)))
      server.server.sendResourceUpdated({ uri }).catch(() => undefined)
    if (list === 'other') server.sendResourceListChanged()
  }
}
