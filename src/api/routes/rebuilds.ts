import { createRoute, z } from '@hono/zod-openapi'
import { checkRebuild, rebuild } from '../../runtime/rebuild.ts'
import { answers, begins, takes } from '../answers.ts'
import { newRoutes } from '../context.ts'
import { longWork } from '../long-work-schema.ts'
import { list } from '../memory-schemas.ts'
import { keyForWork, lookAt } from '../server-works.ts'

const RebuildRequest = z
  .strictObject({
    /** Only compare with what is live. */
    check: z.boolean().default(false),
  })
  .openapi('RebuildRequest')

const position = z.string().nullable()
const Rebuilt = z.object({ position, projections: list(z.string()), documents: list(z.string()) })
const Checked = z.object({
  equal: z.boolean(),
  position,
  differences: list(z.object({ projection: z.string(), key: z.string(), firstDifference: z.string() })),
})
const RebuildView = longWork(z.union([Rebuilt, Checked])).openapi('Rebuild')

/** Everything that is folded from the log, folded again. */
export function rebuildRoutes() {
  return newRoutes()
    .openapi(
      createRoute({
        method: 'post',
        path: '/v1/rebuild',
        summary: 'Fold everything again from the log, and render the documents; with `check` only compare',
        request: { body: takes(RebuildRequest) },
        responses: begins('It runs; Location says where to look', RebuildView),
      }),
      async (c) => {
        const { daybook } = c.var
        const { check } = c.req.valid('json')
        const run = () => (check ? checkRebuild(daybook) : rebuild(daybook))
        const { rebuilds } = c.var.server.works
        const work = rebuilds.start(daybook.project, { id: keyForWork(c), run })
        lookAt(c, `/v1/rebuild/${work.id}`)
        return c.json(work, 202)
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/rebuild/{id}',
        summary: 'How it goes, and what was found',
        request: { params: z.object({ id: z.string().max(100) }) },
        responses: answers('The rebuilding', RebuildView),
      }),
      (c) => c.json(c.var.server.works.rebuilds.get(c.req.valid('param').id), 200),
    )
}
