import { createRoute, z } from '@hono/zod-openapi'
import { listSessions, showSession } from '../../runtime/work-views.ts'
import { answers } from '../answers.ts'
import { newRoutes } from '../context.ts'
import { SessionDetails, SessionView } from '../schemas.ts'

const transcripts = 'session-transcript'

export function sessionRoutes() {
  const app = newRoutes()
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/sessions',
      summary: 'Sessions, workflow by workflow',
      responses: answers('Sessions', z.object({ sessions: z.array(SessionView) })),
    }),
    async (c) => c.json({ sessions: await listSessions(c.var.daybook.project) }, 200),
  )
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/sessions/{id}',
      summary: 'One session with its transcript; GET /v1/events?stream=session-ID has every event whole',
      request: { params: z.object({ id: z.string().max(100) }) },
      responses: answers('The session', SessionDetails),
    }),
    async (c) => {
      const { project, projector } = c.var.daybook
      const { events, ...session } = await showSession(project, c.req.valid('param').id)
      await projector.catchUp()
      const known = projector.names.includes(transcripts)
      const transcript = known ? (projector.get(transcripts, session.id) ?? null) : null
      const mentions = events.map(({ id: event, type, meta }) => {
        return { event, type, at: meta.recordedAt, by: `${meta.actor.kind}:${meta.actor.id}` }
      })
      return c.json({ ...session, transcript, events: mentions }, 200)
    },
  )
  return app
}
