import { createRoute, z } from '@hono/zod-openapi'
import { refusal } from '../../kernel/errors.ts'
import { answers, answersAsTextOrJson } from '../answers.ts'
import { type ApiDaybook, newRoutes } from '../context.ts'
import { markdown, prefers } from '../representations.ts'

const name = z.string().min(1).max(200)
const Listed = z.object({
  position: z.string().nullable(),
  lag: z.object({ events: z.int(), more: z.boolean() }),
  projections: z.array(z.object({ name: z.string(), keys: z.int() })),
  diagnostics: z.array(z.object({ code: z.string(), message: z.string() })),
})

export function projectionRoutes() {
  return newRoutes()
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/projections',
        summary: 'Projections, up to where they are folded, and how far behind the log',
        responses: answers('Projections', Listed),
      }),
      async (c) => {
        const { projector } = c.var.daybook
        const lag = await projector.lag()
        const projections = projector.names.map((one) => ({ name: one, keys: projector.keys(one).length }))
        const { position, diagnostics } = projector
        return c.json({ position, lag, projections, diagnostics }, 200)
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/projections/{name}',
        summary: 'The keys of one projection',
        request: { params: z.object({ name }) },
        responses: answers('Its keys', z.object({ name: z.string(), keys: z.array(z.string()) })),
      }),
      async (c) => {
        const projection = named(c.var.daybook, c.req.valid('param').name)
        await c.var.daybook.projector.catchUp()
        return c.json({ name: projection, keys: c.var.daybook.projector.keys(projection) }, 200)
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/projections/{name}/{key}',
        summary: 'One state of a projection; Markdown when Accept asks for it',
        request: { params: z.object({ name, key: z.string().min(1).max(500) }) },
        responses: answersAsTextOrJson(
          'The state',
          z.object({
            name: z.string(),
            key: z.string(),
            position: z.string().nullable(),
            state: z.unknown(),
          }),
        ),
      }),
      async (c) => {
        const { projector } = c.var.daybook
        const { name: wanted, key } = c.req.valid('param')
        const projection = named(c.var.daybook, wanted)
        const position = await projector.catchUp()
        const state = projector.get(projection, key)
        if (state === undefined) {
          const message = `The projection ${projection} has no "${key}". GET /v1/projections/${projection} lists its keys.`
          throw refusal({ code: 'not_found', message })
        }
        c.header('Vary', 'Accept')
        if (prefers(c, 'application/json') === 'text/markdown')
          return markdown(c, projector.render(projection, key) ?? '')
        return c.json({ name: projection, key, position, state }, 200)
      },
    )
}

function named({ projector }: ApiDaybook, wanted: string): string {
  if (projector.names.includes(wanted)) return wanted
  const message = `There is no projection "${wanted}"; there are ${projector.names.join(', ')}.`
  throw refusal({ code: 'not_found', message })
}
