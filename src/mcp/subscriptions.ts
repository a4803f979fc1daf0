import type { McpServer } from '@modelcontextprotocol/server'
import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server'
import { limits } from '../kernel/limits.ts'

/** Addresses that a client of the 2025 protocols wants to hear of; later ones ask the transport instead. */
export interface Subscriptions {
  has(uri: string): boolean
}

/** Takes `resources/subscribe` and `resources/unsubscribe`, up to `limits.mcpSubscriptionsMax` addresses. */
export function takeSubscriptions({ server }: McpServer): Subscriptions {
  const wanted = new Set<string>()
  server.setRequestHandler('resources/subscribe', ({ params: { uri } }) => {
    if (!wanted.has(uri) && wanted.size >= limits.mcpSubscriptionsMax) {
      const message = `At most ${limits.mcpSubscriptionsMax} resources can be subscribed to: unsubscribe from one first.`
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, message)
    }
    wanted.add(uri)
    return {}
  })
  server.setRequestHandler('resources/unsubscribe', ({ params: { uri } }) => {
    wanted.delete(uri)
    return {}
  })
  return wanted
}
