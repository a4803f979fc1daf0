import { createRoute, z } from '@hono/zod-openapi'
import { KeyName, Role } from '../../access/events.ts'
import { AgentName, Instant } from '../../kernel/words.ts'
import { createKey, listKeys, revokeKey } from '../../runtime/access/api-keys.ts'
import { answers, creates, takes } from '../answers.ts'
import { newRoutes } from '../context.ts'
import { pageOf, pageQuery } from '../paging.ts'
import { Next } from '../schemas.ts'

const KeyView = z
  .object({
    id: z.string(),
    name: z.string(),
    role: Role,
    agent: z.string().nullable(),
    status: z.enum(['active', 'expired', 'revoked']),
    createdAt: z.string(),
    expiresAt: z.string().nullable(),
    revokedAt: z.string().nullable(),
  })
  .openapi('Key')

const KeyRequest = z
  .strictObject({
    name: KeyName,
    role: Role,
    /** Whom it speaks for; with the role agent, and only then. */
    agent: AgentName.nullish(),
    expiresAt: Instant.nullish(),
  })
  .openapi('KeyRequest')

/** `secret` is told once: the log has only its digest. */
const NewKey = KeyView.extend({ secret: z.string() }).openapi('NewKey')

/** Who may use the API; for admins. */
export function keyRoutes() {
  const app = newRoutes()
  return app
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/keys',
        summary: 'API keys that are and were, the oldest first; never the keys themselves',
        request: { query: z.strictObject(pageQuery) },
        responses: answers('Keys', z.object({ keys: z.array(KeyView), next: Next })),
      }),
      async (c) => {
        const all = await listKeys(c.var.daybook.project)
        const { page, next } = pageOf(all, c.req.valid('query'), { id: ({ id }) => id })
        return c.json({ keys: page, next }, 200)
      },
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/v1/keys',
        summary: 'Make an API key; it is shown in this answer and never again',
        request: { body: takes(KeyRequest) },
        responses: creates('The key', NewKey),
      }),
      async (c) => {
        const { project, person: by } = c.var.daybook
        const { key, secret } = await createKey(project, { ...c.req.valid('json'), by })
        c.header('Cache-Control', 'no-store')
        return c.json({ ...key, secret }, 201)
      },
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/v1/keys/{id}/revoke',
        summary: 'Revoke an API key, by its id or name: it is refused from then on',
        request: { params: z.object({ id: z.string().min(1).max(100) }) },
        responses: answers('The key', KeyView),
      }),
      async (c) => {
        const { project, person } = c.var.daybook
        return c.json(await revokeKey(project, c.req.valid('param').id, person), 200)
      },
    )
}
