import {
  type AgentRow,
  agentNamed,
  agentRow,
  type ListedAgent,
  listAgents,
} from '../../runtime/agent-list.ts'
import { type Retired, retireAgent } from '../../runtime/retire-agent.ts'
import type { Ask } from '../ask.ts'
import { everyPage, said, segment } from '../running-server.ts'

/** Asked of the files alone where there is no log. */
export const allAgents: Ask<object, readonly AgentRow[]> = {
  open: { mode: 'read' },
  here: async ({ project, settings }) => (await listAgents(project.store, settings.agents)).map(agentRow),
  there: ({ client }) =>
    everyPage(async (cursor) => {
      const { agents, next } = await said(client.v1['agent-files'].$get({ query: cursor }))
      return { items: agents as unknown as readonly AgentRow[], next }
    }),
}

export const oneAgent: Ask<{ readonly name: string }, ListedAgent> = {
  open: { mode: 'read' },
  here: async ({ project, settings }, { name }) =>
    agentNamed(await listAgents(project.store, settings.agents), name),
  there: async ({ client }, { name }) =>
    (await said(
      client.v1['agent-files'][':name'].$get({ param: { name: segment(name) } }),
    )) as unknown as ListedAgent,
}

export const retiredAgent: Ask<{ readonly name: string; readonly reason: string }, Retired> = {
  open: { log: 'existing' },
  here: retireAgent,
  there: ({ client }, { name, reason }) =>
    said(client.v1.agents[':name'].retire.$post({ param: { name: segment(name) }, json: { reason } })),
}
