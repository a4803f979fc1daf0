import {
  type AgentRow,
  agentNamed,
  agentRow,
  type ListedAgent,
  listAgents,
} from '../../runtime/agent-list.ts'
import { type Retired, retireAgent } from '../../runtime/retire-agent.ts'
import type { Settings } from '../../runtime/settings.ts'
import type { EventStore } from '../../store/port.ts'
import { type Ask, ask } from '../ask.ts'
import { type CommandContext, hasLog } from '../context.ts'
import { everyPage, said, segment } from '../running-server.ts'

export function listedAgents(context: CommandContext): Promise<readonly AgentRow[]> {
  return asksFiles(context) ? rowsOf(context.settings, null) : ask(context, allAgents, {})
}

export function shownAgent(context: CommandContext, name: string): Promise<ListedAgent> {
  return asksFiles(context) ? agentOf(context.settings, null, name) : ask(context, oneAgent, { name })
}

/** Where nothing has happened yet, the files are all there is. */
function asksFiles({ url, settings }: CommandContext): boolean {
  return url === null && !hasLog(settings)
}

type Folder = Pick<Settings, 'agents'>

async function rowsOf({ agents }: Folder, store: EventStore | null): Promise<readonly AgentRow[]> {
  return (await listAgents(store, agents)).map(agentRow)
}

async function agentOf({ agents }: Folder, store: EventStore | null, name: string): Promise<ListedAgent> {
  return agentNamed(await listAgents(store, agents), name)
}

const allAgents: Ask<object, readonly AgentRow[]> = {
  open: { mode: 'read' },
  here: ({ project, settings }) => rowsOf(settings, project.store),
  there: ({ client }) =>
    everyPage(async (cursor) => {
      const { agents, next } = await said(client.v1['agent-files'].$get({ query: cursor }))
      return { items: agents as unknown as readonly AgentRow[], next }
    }),
}

const oneAgent: Ask<{ readonly name: string }, ListedAgent> = {
  open: { mode: 'read' },
  here: ({ project, settings }, { name }) => agentOf(settings, project.store, name),
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
