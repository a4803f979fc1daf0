import { createMcpHandler, type McpRequestContext } from '@modelcontextprotocol/server'
import type { Caller } from '../access/caller.ts'
import { limits } from '../kernel/limits.ts'
import type { McpContext } from './context.ts'
import { watchMemory } from './memory-watch.ts'
import { mcpServer } from './server.ts'

export interface McpOverHttp {
  /** `body`: already parsed; absent where there is none. */
  fetch(request: Request, caller: Caller, body?: unknown): Promise<Response>
}

/**
 * MCP over Streamable HTTP, until `signal` aborts. Every request is answered by a server of its own, whatever its
 * protocol version, so there are no sessions that could pile up; only streams that wait for changes stay open, and
 * they are bounded. Who may ask, and how large a request may be, is checked before this is reached.
 */
export function mcpHandler(
  context: Omit<McpContext, 'speaker' | 'sees' | 'connection'>,
  signal: AbortSignal,
): McpOverHttp {
  const onProblem = (error: Error) => context.log(`mcp: ${error.message}`)
  const server = ({ era, authInfo }: McpRequestContext) =>
    mcpServer(
      { ...context, ...asking(context, authInfo), connection: null },
      era === 'modern' ? 'told' : 'untold',
    )
  const handler = createMcpHandler(server, {
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
  return {
    fetch(request, caller, body) {
      const authInfo = { token: '', clientId: caller.id, scopes: [], extra: { caller } }
      return handler.fetch(request, body === undefined ? { authInfo } : { authInfo, parsedBody: body })
    },
  }
}

/** Who asks is who shows the key: an agent's key speaks as that agent only, a person's as that person or for agents. */
function asking(
  { daybook }: Pick<McpContext, 'daybook'>,
  authInfo: McpRequestContext['authInfo'],
): Pick<McpContext, 'daybook' | 'speaker' | 'sees'> {
  const caller = authInfo?.extra?.caller as Caller | undefined
  if (caller === undefined) throw new Error('a request reached MCP without the guards')
  const own = { ...daybook, person: caller.actor }
  return { daybook: own, speaker: caller.agent, ...(caller.agent === null ? {} : { sees: 'own' as const }) }
}
