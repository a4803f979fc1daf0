import { createRoute, z } from '@hono/zod-openapi'
import { AgentDefinition, Diagnostic, SectionClaim } from '../../agents/events.ts'
import { limits } from '../../kernel/limits.ts'
import { AgentName, text } from '../../kernel/words.ts'
import { agentNamed, agentRow, listAgents } from '../../runtime/agent-list.ts'
import { retireAgent } from '../../runtime/retire-agent.ts'
import { answers, takes } from '../answers.ts'
import { newRoutes } from '../context.ts'
import { hasWords, pageOf, pageQuery, WordsFilter } from '../paging.ts'
import { Next } from '../schemas.ts'

/** `new` and `changed`: the next run takes the file in. `elsewhere`: the server's folder does not have it. */
const Standing = z.enum(['registered', 'new', 'changed', 'elsewhere', 'retired'])

const listed = {
  name: z.string(),
  standing: Standing,
  description: z.string(),
  source: z.string(),
  /** The event that defines it; null while it is new. */
  event: z.string().nullable(),
}

const ListedAgent = z
  .object({
    ...listed,
    sections: z.array(SectionClaim).readonly(),
    /** How many. */
    diagnostics: z.int(),
  })
  .openapi('ListedAgent')

const AgentFile = z
  .object({ ...listed, definition: AgentDefinition, diagnostics: z.array(Diagnostic).readonly() })
  .openapi('AgentFile')

const Retired = z
  .object({
    name: z.string(),
    retired: z.literal(true),
    /** Null: it was retired already. */
    event: z.string().nullable(),
    source: z.string(),
    /** Before: `registered` and `changed` mean that its file is still there, and registers it again. */
    was: Standing,
  })
  .openapi('RetiredAgent')

/** Agents as the log and the server's folder of files have them, and taking one out. */
export function agentFileRoutes() {
  return newRoutes()
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/agent-files',
        summary: 'Agents that are registered, were retired, or whose file is new or changed',
        request: {
          query: z.strictObject({
            ...pageQuery,
            text: WordsFilter.optional(),
            standing: Standing.optional(),
          }),
        },
        responses: answers('Agents', z.object({ agents: z.array(ListedAgent), next: Next })),
      }),
      async (c) => {
        const { project, settings } = c.var.daybook
        const { text: words, standing, ...cursor } = c.req.valid('query')
        const { page, next } = pageOf(await listAgents(project.store, settings.agents), cursor, {
          id: ({ name }) => name,
          matches: (one) =>
            (standing === undefined || one.standing === standing) &&
            hasWords(`${one.name} ${one.description}`, words),
        })
        return c.json({ agents: page.map(agentRow), next }, 200)
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/agent-files/{name}',
        summary: 'One of them, as Daybook reads its file',
        request: { params: z.object({ name: AgentName }) },
        responses: answers('The agent', AgentFile),
      }),
      async (c) => {
        const { project, settings } = c.var.daybook
        const agents = await listAgents(project.store, settings.agents)
        return c.json(agentNamed(agents, c.req.valid('param').name), 200)
      },
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/v1/agents/{name}/retire',
        summary: 'Take an agent out: routing and new workflows leave it alone',
        request: {
          params: z.object({ name: AgentName }),
          body: takes(
            z.strictObject({ reason: text(limits.reasonCharsMax).min(1) }).openapi('RetireRequest'),
          ),
        },
        responses: answers('It is retired', Retired),
      }),
      async (c) => {
        const retired = await retireAgent(c.var.daybook, { ...c.req.valid('param'), ...c.req.valid('json') })
        return c.json(retired, 200)
      },
    )
}
