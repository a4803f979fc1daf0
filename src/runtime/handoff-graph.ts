import { prepare } from '../handoffs/routing/prepared.ts'
import { type AgentName, agentKey } from '../kernel/words.ts'
import type { Daybook } from './daybook.ts'
import { routingKnowledge } from './routing-knowledge.ts'

/** One agent's way to another. */
export interface GraphEdge {
  readonly from: AgentName
  readonly to: AgentName
  /** What for, as the sender's file says it; an empty text for a partner without a note. */
  readonly declared: readonly string[]
  /** What for, as the sender's sections say it, each with the event that recorded it. */
  readonly recorded: readonly { readonly note: string; readonly event: string }[]
  /** Handoffs that went this way, and what became of them. */
  readonly happened: { readonly handoffs: number; readonly completed: number; readonly declined: number }
}

export interface HandoffGraph {
  readonly agents: readonly AgentName[]
  /** By sender, then receiver. */
  readonly edges: readonly GraphEdge[]
}

interface Gathered {
  from: AgentName
  to: AgentName
  declared: string[]
  recorded: { note: string; event: string }[]
  happened: { handoffs: number; completed: number; declined: number }
}

/** Who hands to whom: as files declare it, as sections record it, and as it happened. */
export async function handoffGraph({ project }: Pick<Daybook, 'project'>): Promise<HandoffGraph> {
  await project.work.refresh()
  const known = project.view.agents()
  const roster = known.map(({ definition, event }) => ({ agent: definition.name, event }))
  const prepared = prepare(routingKnowledge(project.view, roster))
  const nameOf = (agent: number) => prepared.knowledge.agents[agent]!.definition.name
  const edges = new Map<string, Gathered>()
  const between = (from: AgentName, to: AgentName) => {
    const key = `${agentKey(from)}\n${agentKey(to)}`
    const edge = edges.get(key) ?? {
      from,
      to,
      declared: [],
      recorded: [],
      happened: { handoffs: 0, completed: 0, declined: 0 },
    }
    edges.set(key, edge)
    return edge
  }
  for (const { from, to, kind, note, event } of prepared.edges) {
    const edge = between(nameOf(from), nameOf(to))
    if (kind === 'declared') edge.declared.push(note ?? '')
    else edge.recorded.push({ note: note ?? '', event })
  }
  for (const work of project.work.workflows()) {
    for (const { request, to, status, declined } of work.handoffs.values()) {
      if (request?.from.kind !== 'agent') continue
      for (const agent of declined) between(request.from.id, agent).happened.declined++
      if (to === null) continue
      const { happened } = between(request.from.id, to)
      happened.handoffs++
      if (status === 'completed') happened.completed++
    }
  }
  return { agents: known.map(({ definition }) => definition.name).sort(byCode), edges: inOrder(edges) }
}

function inOrder(edges: ReadonlyMap<string, Gathered>): GraphEdge[] {
  return [...edges.values()].sort((one, other) => byCode(one.from, other.from) || byCode(one.to, other.to))
}

function byCode(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
