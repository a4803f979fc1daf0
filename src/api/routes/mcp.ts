import { createMiddleware } from 'hono/factory'
import { type ApiEnv, type ApiServer, newRoutes } from '../context.ts'

/**
 * MCP over Streamable HTTP at `/mcp`, behind the same guards as everything else. What speaks it is loaded with the
 * first request: no command should wait for it that serves nothing.
 */
export function mcpRoutes({ daybook, version, log, stopping }: ApiServer) {
  const load = async () => {
    const { mcpHandler } = await import('../../mcp/http.ts')
    return mcpHandler({ daybook, version, log }, stopping)
  }
  let loaded: ReturnType<typeof load> | undefined
  const app = newRoutes()
  app.all(
    '/mcp',
    createMiddleware<ApiEnv>(async (c) => {
      loaded ??= load()
      const handler = await loaded
      // The guards have read the body already.
      const body = c.req.method === 'POST' ? await c.req.json() : undefined
      return handler.fetch(c.req.raw, c.var.caller!, body)
    }),
  )
  return app
}
