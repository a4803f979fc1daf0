import { type AgentState, agentDecider } from '../agents/decider.ts'
import { type AgentDefinition, agentEvents, type RecordedAgentEvent } from '../agents/events.ts'
import { pathOfSource } from '../agents/source.ts'
import { DaybookError } from '../kernel/errors.ts'
import { isEventOf } from '../kernel/event-schema.ts'
import { nearest } from '../kernel/nearest.ts'
import { agentKey } from '../kernel/words.ts'
import type { EventStore } from '../store/port.ts'
import { type FolderAgent, readAgentFolder } from './agent-folder.ts'

/** `new` and `changed`: the next run takes the file in. `elsewhere`: the folder in use does not have it. */
export type AgentStanding = 'registered' | 'new' | 'changed' | 'elsewhere' | 'retired'

export interface ListedAgent {
  readonly name: string
  readonly standing: AgentStanding
  readonly description: string
  /** The file's path, with the folder's; inside the folder while it is new. */
  readonly source: string
  /** The event that defines it; null while it is new. */
  readonly event: string | null
  readonly definition: AgentDefinition
  readonly diagnostics: readonly { readonly code: string; readonly message: string }[]
}

/** One as a list shows it. */
export type AgentRow = Omit<ListedAgent, 'definition' | 'diagnostics'> & {
  readonly sections: ListedAgent['definition']['claims']
  /** How many. */
  readonly diagnostics: number
}

export function agentRow({ definition, diagnostics, ...agent }: ListedAgent): AgentRow {
  return { ...agent, sections: definition.claims, diagnostics: diagnostics.length }
}

/** Agents as the log and the folder in use have them: registered ones in their order, then new ones. */
export async function listAgents(store: EventStore | null, folder: string): Promise<ListedAgent[]> {
  const files = await filesOf(folder, store === null)
  const known = store === null ? new Map<string, NonNullable<AgentState>>() : await knownAgents(store)
  const registered = [...known].map(([key, state]): ListedAgent => {
    const file = files.get(key)
    const { name, definition, diagnostics, event } = state
    const source = pathOfSource(state.source)
    const standing = standingOf(state, file)
    return { name, standing, description: definition.description, source, event, definition, diagnostics }
  })
  const added = [...files]
    .filter(([key]) => !known.has(key))
    .map(([, { definition, diagnostics, source }]): ListedAgent => {
      const { name, description } = definition
      return { name, standing: 'new', description, source, event: null, definition, diagnostics }
    })
  return [...registered, ...added]
}

/** Rejects with `not_found`, naming the agent that was probably meant. */
export function agentNamed<Agent extends { readonly name: string }>(
  agents: readonly Agent[],
  name: string,
): Agent {
  const found = agents.find((agent) => agentKey(agent.name) === agentKey(name))
  if (found !== undefined) return found
  throw new DaybookError('not_found', noSuchAgent(name, agents))
}

export function noSuchAgent(name: string, agents: readonly { readonly name: string }[]): string {
  const names = agents.map((agent) => agent.name)
  const close = nearest(name, names)
  const known = `${names.slice(0, 20).join(', ') || 'none'}${names.length > 20 ? ' …' : ''}`
  return `There is no agent "${name}". ${close === null ? `Known: ${known}.` : `Did you mean "${close}"?`}`
}

function standingOf(state: NonNullable<AgentState>, file: FolderAgent | undefined): AgentStanding {
  if (state.retired) return file === undefined ? 'retired' : 'new'
  if (file === undefined) return 'elsewhere'
  return file.digest === state.digest ? 'registered' : 'changed'
}

async function filesOf(folder: string, required: boolean): Promise<Map<string, FolderAgent>> {
  try {
    const { agents } = await readAgentFolder(folder)
    return new Map(agents.map((agent) => [agentKey(agent.definition.name), agent]))
  } catch (error) {
    // The log is enough: its agents may come from a folder that is not here.
    if (!required && error instanceof DaybookError && error.code === 'not_found') return new Map()
    throw error
  }
}

async function knownAgents(store: EventStore): Promise<Map<string, NonNullable<AgentState>>> {
  const known = new Map<string, NonNullable<AgentState>>()
  for await (const event of store.readAll({ filter: { streamPrefixes: ['agent-'] } })) {
    if (!isEventOf(agentEvents, event)) continue
    const key = agentKey(event.data.name as string)
    const state = agentDecider.evolve(known.get(key) ?? null, event as RecordedAgentEvent)
    if (state !== null) known.set(key, state)
  }
  return known
}
