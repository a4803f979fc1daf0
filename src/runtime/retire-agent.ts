import { agentDecider } from '../agents/decider.ts'
import { DaybookError, refusal } from '../kernel/errors.ts'
import { streamOf } from '../kernel/event.ts'
import { agentKey } from '../kernel/words.ts'
import { type AgentStanding, agentNamed, listAgents } from './agent-list.ts'
import type { ServedDaybook } from './daybook.ts'

export interface Retired {
  readonly name: string
  readonly retired: true
  /** Null: it was retired already. */
  readonly event: string | null
  readonly source: string
  /** Before: `registered` and `changed` mean that its file is still there, and registers it again. */
  readonly was: AgentStanding
}

/** Takes an agent out of routing and new workflows. Rejects with `not_found`, and for one that is not registered. */
export async function retireAgent(
  { project, person, settings }: Pick<ServedDaybook, 'project' | 'person' | 'settings'>,
  { name, reason }: { readonly name: string; readonly reason: string },
): Promise<Retired> {
  const agents = await listAgents(project.store, settings.agents)
  const { name: whole, source, standing: was } = agentNamed(agents, name)
  if (was === 'new')
    throw new DaybookError('rejected', `${whole} is not registered: only its file is there (${source}).`)
  const target = { stream: streamOf('agent', agentKey(whole)), decider: agentDecider }
  const known = await project.streams.load(target)
  const command = { type: 'RetireAgent', source: known?.source ?? source, reason } as const
  const outcome = await project.streams.execute(target, command, { actor: person })
  if (outcome.kind === 'rejected') throw refusal(outcome.rejection)
  return { name: whole, retired: true, event: outcome.events[0]?.id ?? null, source, was }
}
