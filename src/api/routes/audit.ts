import { createRoute, z } from '@hono/zod-openapi'
import type { RecordedEvent } from '../../kernel/event.ts'
import { resolveWhen } from '../../runtime/when.ts'
import { workflowNamed } from '../../runtime/whole-id.ts'
import { answers } from '../answers.ts'
import { newRoutes } from '../context.ts'
import { AuditEntry, PageSize, When } from '../schemas.ts'

/** Who was told no, what nobody took, and what a person decided over the heads of the rules. */
const kinds: Readonly<Record<string, z.infer<typeof AuditEntry>['kind']>> = {
  RequestRefused: 'refusal',
  EditRefused: 'refusal',
  HandoffUnrouted: 'unrouted',
  HandoffDeadLettered: 'unrouted',
  HandoffRedriven: 'override',
  LimitRaised: 'override',
  OutcomeDecided: 'override',
  ApprovalGranted: 'override',
  ApprovalDenied: 'override',
  WorkflowCancelled: 'override',
  WorkflowForked: 'override',
}

const Query = z.strictObject({
  after: When.optional(),
  limit: PageSize.optional(),
  kind: AuditEntry.shape.kind.optional(),
  workflow: z.string().max(100).optional(),
  /** Who was told no, or decided: the name of an agent or a person. */
  by: z.string().min(1).max(200).optional(),
})

export function auditRoutes() {
  const app = newRoutes()
  return app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/audit',
      summary: 'Refusals, work that nobody took, and what people decided by hand',
      request: { query: Query },
      responses: answers('A page', z.object({ entries: z.array(AuditEntry), next: z.string().nullable() })),
    }),
    async (c) => {
      const { project } = c.var.daybook
      const { after, limit = 100, kind, workflow: named, by } = c.req.valid('query')
      const workflow = await workflowNamed(project, named)
      const begin = after === undefined ? null : await resolveWhen(project, after)
      const from = begin === null ? ('start' as const) : { after: begin }
      const filter = { typePrefixes: Object.keys(kinds) }
      const entries: z.infer<typeof AuditEntry>[] = []
      for await (const event of project.store.readAll({ from, filter })) {
        const entry = entryOf(event)
        if (entry === null || (kind !== undefined && entry.kind !== kind)) continue
        if (workflow !== undefined && event.meta.correlation !== workflow) continue
        if (by !== undefined && event.meta.actor.id !== by) continue
        if (entries.length === limit) return c.json({ entries, next: entries.at(-1)?.position ?? null }, 200)
        entries.push(entry)
      }
      return c.json({ entries, next: null }, 200)
    },
  )
}

function entryOf(event: RecordedEvent): z.infer<typeof AuditEntry> | null {
  const kind = Object.hasOwn(kinds, event.type) ? kinds[event.type] : undefined
  if (kind === undefined) return null
  const { id, type, stream, position, meta, data } = event
  const { reason } = data as { reason?: unknown }
  const about = { event: id, type, stream, position, at: meta.recordedAt, by: meta.actor, data }
  return { kind, ...about, reason: typeof reason === 'string' ? reason : '' }
}
