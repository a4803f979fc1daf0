import { createRoute, z } from '@hono/zod-openapi'
import type { RecordedAgentEvent } from '../../agents/events.ts'
import { pathOfSource } from '../../agents/source.ts'
import { streamOf } from '../../kernel/event.ts'
import { AgentName, agentKey } from '../../kernel/words.ts'
import { agentNamed } from '../../runtime/callers.ts'
import type { KnownAgent } from '../../runtime/log-view.ts'
import { answers } from '../answers.ts'
import { newRoutes } from '../context.ts'
import { hasWords, pageOf, pageQuery, WordsFilter } from '../paging.ts'
import { AgentDetails, AgentView, Next } from '../schemas.ts'

export function agentRoutes() {
  const app = newRoutes()
  return app
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/agents',
        summary: 'Agents that are registered, in the order of their registration',
        request: { query: z.strictObject({ ...pageQuery, text: WordsFilter.optional() }) },
        responses: answers('Agents', z.object({ agents: z.array(AgentView), next: Next })),
      }),
      async (c) => {
        const { view } = c.var.daybook.project
        const { text, ...cursor } = c.req.valid('query')
        await view.refresh()
        const { page, next } = pageOf(view.agents(), cursor, {
          id: ({ definition }) => definition.name,
          matches: ({ definition: { name, description } }) => hasWords(`${name} ${description}`, text),
        })
        return c.json({ agents: page.map(agentView), next }, 200)
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/agents/{name}',
        summary: 'One agent: its file as it was read, and what is wrong with it',
        request: { params: z.object({ name: AgentName }) },
        responses: answers('The agent', AgentDetails),
      }),
      async (c) => {
        const { view, store } = c.var.daybook.project
        await view.refresh()
        const agent = agentNamed(view, c.req.valid('param').name, 'not_found')
        const { name, prompt, template, examples } = agent.definition
        const found = await Array.fromAsync(store.readStream(streamOf('agent', agentKey(name))))
        const event = found.find(({ id }) => id === agent.event) as RecordedAgentEvent | undefined
        const read = event === undefined || event.type === 'AgentRetired' ? noFile : event.data
        const { file, digest, diagnostics } = read
        return c.json({ ...agentView(agent), file, digest, prompt, template, examples, diagnostics }, 200)
      },
    )
}

const noFile = { file: '', digest: '', diagnostics: [] }

function agentView({ definition, event, source }: KnownAgent): AgentView {
  const { name, description, tools, model, color, claims, worksWith, ...rest } = definition
  const { requirements, summaryFields, recovered } = rest
  const read = { requirements, summaryFields, recovered, source: pathOfSource(source), event }
  return { name, description, tools, model, color, sections: claims, worksWith, ...read }
}
