import { createRoute, z } from '@hono/zod-openapi'
import { prove } from '../../runtime/proof/prove.ts'
import { showSession, showWorkflow } from '../../runtime/work-views.ts'
import { answers } from '../answers.ts'
import { newRoutes } from '../context.ts'

const Proof = z
  .object({
    intact: z.boolean(),
    sessions: z.int(),
    calls: z.int(),
    firstDifference: z.looseObject({ message: z.string() }).nullable(),
    /** Where today's code or agent files would ask or decide otherwise. */
    drift: z.looseObject({ what: z.string(), message: z.string() }).nullable(),
  })
  .openapi('Proof')

const subjects = { workflows: showWorkflow, sessions: showSession } as const

/** What the log alone shows, without asking any model. */
export function proofRoutes() {
  const app = newRoutes()
  for (const [name, show] of Object.entries(subjects)) {
    app.openapi(
      createRoute({
        method: 'get',
        path: `/v1/${name}/{id}/prove`,
        summary:
          'Put every recorded request together again, and say whether all fits and what would differ today',
        request: { params: z.object({ id: z.string().max(100) }) },
        responses: answers('The proof', Proof),
      }),
      async (c) => {
        const { project } = c.var.daybook
        const { id } = await show(project, c.req.valid('param').id)
        const { intact, sessions, calls, firstDifference, drift } = await prove(project, id)
        return c.json(
          {
            intact,
            sessions,
            calls,
            firstDifference: firstDifference && { ...firstDifference },
            drift: drift && { ...drift },
          },
          200,
        )
      },
    )
  }
  return app
}
