import { createRoute, z } from '@hono/zod-openapi'
import { refusal } from '../../kernel/errors.ts'
import { shortPosition } from '../../kernel/event.ts'
import { limits } from '../../kernel/limits.ts'
import { storeHealth } from '../../runtime/store-health.ts'
import { answers } from '../answers.ts'
import { newRoutes } from '../context.ts'

const Ready = z
  .object({
    status: z.literal('ready'),
    store: z.string(),
    position: z.string().nullable(),
    projections: z.object({ position: z.string().nullable(), lag: z.int(), more: z.boolean() }),
    rehearsal: z.boolean(),
  })
  .openapi('Ready')

export function healthRoutes() {
  const app = newRoutes()
  return app
    .openapi(
      createRoute({
        method: 'get',
        path: '/healthz',
        summary: 'The process is alive',
        responses: answers('It answers', z.object({ status: z.literal('ok'), version: z.string() })),
      }),
      (c) => c.json({ status: 'ok' as const, version: c.var.server.version }, 200),
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/readyz',
        summary: 'The log can be reached; how far the projections are behind it',
        responses: answers('It can work', Ready),
      }),
      async (c) => {
        if (c.var.server.stopping.aborted)
          throw refusal({ code: 'closed', message: 'This Daybook is about to end.' })
        const { project, projector, settings } = c.var.daybook
        const { state, detail } = await storeHealth(project.store)
        if (state !== 'ready') throw refusal({ code: state, message: detail })
        const position = await project.store.lastPosition({ timeoutMs: limits.storeHealthMs })
        const { events: lag, more } = await projector.lag()
        const folded = projector.position
        return c.json(
          {
            status: 'ready' as const,
            store: project.store.description,
            position: position === null ? null : shortPosition(position),
            projections: { position: folded === null ? null : shortPosition(folded), lag, more },
            rehearsal: settings.rehearsal,
          },
          200,
        )
      },
    )
}
