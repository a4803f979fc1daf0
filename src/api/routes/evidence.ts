import { createRoute, z } from '@hono/zod-openapi'
import { packEvidence } from '../../runtime/evidence/pack-evidence.ts'
import { showWorkflow } from '../../runtime/work-views.ts'
import { answersAsFile } from '../answers.ts'
import { newRoutes } from '../context.ts'

/** What others are given to check for themselves. */
export function evidenceRoutes() {
  return newRoutes().openapi(
    createRoute({
      method: 'get',
      path: '/v1/workflows/{id}/evidence',
      summary: 'What the log says about a workflow up to its last seal, with the proof: a tar archive',
      request: { params: z.object({ id: z.string().max(100) }) },
      responses: answersAsFile('The files of the evidence', 'application/x-tar'),
    }),
    async (c) => {
      const { project, settings } = c.var.daybook
      const { id: workflow } = await showWorkflow(project, c.req.valid('param').id)
      const packed = await packEvidence(project, { workflow, settings })
      return c.body(ReadableStream.from(packed) as ReadableStream<Uint8Array>, 200, {
        'Content-Type': 'application/x-tar',
        'Content-Disposition': `attachment; filename="evidence-${workflow}.tar"`,
      })
    },
  )
}
