import { createRoute, z } from '@hono/zod-openapi'
import type { DecisionLog } from '../../../projections/decision-log.ts'
import { AgentName, agentKey } from '../../kernel/words.ts'
import { wholeId } from '../../runtime/whole-id.ts'
import { answers } from '../answers.ts'
import { newRoutes } from '../context.ts'
import { hasWords, pageOf, pageQuery, WordsFilter } from '../paging.ts'
import { Next } from '../schemas.ts'

const DecisionView = z
  .looseObject({
    choice: z.string(),
    agent: z.string().nullable(),
    session: z.string().nullable(),
    event: z.string(),
  })
  .openapi('Decision')

const Query = z.strictObject({
  ...pageQuery,
  agent: AgentName.optional(),
  session: z.string().max(100).optional(),
  text: WordsFilter.optional(),
})

export function decisionRoutes() {
  const app = newRoutes()
  return app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/decisions',
      summary: 'What every session decided, and why, the first one first',
      request: { query: Query },
      responses: answers('Decisions', z.object({ decisions: z.array(DecisionView), next: Next })),
    }),
    async (c) => {
      const { projector } = c.var.daybook
      await projector.catchUp()
      const state = projector.get('decision-log', 'decisions') as DecisionLog | undefined
      const { agent, session: named, text, ...cursor } = c.req.valid('query')
      const session = named === undefined ? undefined : await wholeId(c.var.daybook.project, 'session', named)
      // The oldest are let go one day, and counted: a place in the whole list stays.
      const { decisions = [], dropped = 0 } = state ?? {}
      const all = decisions.map((decision, at) => ({ decision, cursor: String(dropped + at) }))
      const { page, next } = pageOf(all, cursor, {
        id: (one) => one.cursor,
        matches: ({ decision: one }) =>
          (agent === undefined || (one.agent !== null && agentKey(one.agent) === agentKey(agent))) &&
          (session === undefined || one.session === session) &&
          hasWords(JSON.stringify(one), text),
      })
      return c.json({ decisions: page.map(({ decision }) => ({ ...decision })), next }, 200)
    },
  )
}
