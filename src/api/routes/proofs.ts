import { createRoute, z } from '@hono/zod-openapi'
import type { Project } from '../../runtime/project.ts'
import { prove } from '../../runtime/proof/prove.ts'
import { findSession, showWorkflow } from '../../runtime/work-views.ts'
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

const summary =
  'Put every recorded request together again, and say whether all fits and what would differ today'
const params = z.object({ id: z.string().max(100) })
const responses = answers('The proof', Proof)

/** What the log alone shows, without asking any model. */
export function proofRoutes() {
  return newRoutes()
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/workflows/{id}/prove',
        summary,
        request: { params },
        responses,
      }),
      async (c) => {
        const { project } = c.var.daybook
        return c.json(await proven(project, (await showWorkflow(project, c.req.valid('param').id)).id), 200)
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/sessions/{id}/prove',
        summary,
        request: { params },
        responses,
      }),
      async (c) => {
        const { project } = c.var.daybook
        return c.json(await proven(project, (await findSession(project, c.req.valid('param').id)).id), 200)
      },
    )
}

async function proven(project: Project, id: string) {
  const { firstDifference, drift, ...counts } = await prove(project, id)
  return {
    ...counts,
    firstDifference: firstDifference && { ...firstDifference },
    drift: drift && { ...drift },
  }
}
