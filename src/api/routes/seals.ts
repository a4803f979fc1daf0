import { createRoute, z } from '@hono/zod-openapi'
import { auditEvents } from '../../kernel/audit-events.ts'
import type { LongWork } from '../../runtime/long-work.ts'
import { sealNow } from '../../runtime/seals/seal-now.ts'
import type { Verified } from '../../runtime/seals/verify-log.ts'
import { verifyServed } from '../../runtime/seals/verify-served.ts'
import { resolveWhen } from '../../runtime/when.ts'
import { answers, begins } from '../answers.ts'
import { newRoutes } from '../context.ts'
import { Next, PageSize, When } from '../schemas.ts'
import { SealView, VerificationView } from '../seal-schemas.ts'
import { keyForWork, lookAt } from '../server-works.ts'

const Sealed = SealView.extend({ event: z.string(), position: z.string(), at: z.string() }).openapi(
  'SealEntry',
)

const SealedNow = z
  .object({
    seal: z.union([SealView, z.null()]),
    event: z.string().nullable(),
    /** Where the server keeps its seals, too. */
    folder: z.string(),
  })
  .openapi('SealedNow')

/** What is counted is events. */
function verificationView({ id, status, startedAt, done, result, problem }: LongWork<Verified>) {
  return { id, status, startedAt, compared: result?.events ?? done, result, problem }
}

/** What testifies that the log is as it was. */
export function sealRoutes() {
  const app = newRoutes()
  return app
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/seals',
        summary: 'The seals of the log, the first one first',
        request: { query: z.strictObject({ after: When.optional(), limit: PageSize.optional() }) },
        responses: answers('Seals', z.object({ seals: z.array(Sealed), next: Next })),
      }),
      async (c) => {
        const { project } = c.var.daybook
        const { after, limit = 100 } = c.req.valid('query')
        const begin = after === undefined ? null : await resolveWhen(project, after)
        const from = begin === null ? ('start' as const) : { after: begin }
        const seals: z.infer<typeof Sealed>[] = []
        for await (const event of project.store.readAll({ from, filter: { typePrefixes: ['LogSealed'] } })) {
          const seal = auditEvents.LogSealed.safeParse(event.data)
          if (event.type !== 'LogSealed' || !seal.success) continue
          if (seals.length === limit) return c.json({ seals, next: seals.at(-1)?.position ?? null }, 200)
          const { id, position, meta } = event
          seals.push({ ...seal.data, event: id, position, at: meta.recordedAt })
        }
        return c.json({ seals, next: null }, 200)
      },
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/v1/seals',
        summary: 'Seal the log now: sign a digest of everything in it',
        responses: answers('The seal; null when nothing came since the last one', SealedNow),
      }),
      async (c) => {
        const { project, settings } = c.var.daybook
        return c.json(await sealNow(project, settings), 200)
      },
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/v1/verify',
        summary: 'Compare the whole log with its seals; the answer says where to look how it goes',
        responses: begins('It runs; Location says where to look', VerificationView),
      }),
      (c) => {
        const { project, settings } = c.var.daybook
        const { verifications } = c.var.server.works
        const id = keyForWork(c)
        // Who asks without a key while one runs is told of that one.
        const running = id === null ? verifications.running : null
        const run = (onCount: (events: number) => void) => verifyServed(project.store, settings, onCount)
        const verification = running ?? verifications.start(project, { id, run })
        lookAt(c, `/v1/verify/${verification.id}`)
        return c.json(verificationView(verification), 202)
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/verify/{id}',
        summary: 'How a verification goes, and what it found',
        request: { params: z.object({ id: z.string().max(100) }) },
        responses: answers('The verification', VerificationView),
      }),
      (c) => c.json(verificationView(c.var.server.works.verifications.get(c.req.valid('param').id)), 200),
    )
}
