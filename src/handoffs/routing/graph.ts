import type { Edge } from './edges.ts'

/** Who works with whom, whatever for. */
export interface Graph {
  /** Agent -> its partners. */
  readonly partners: ReadonlyMap<number, ReadonlySet<number>>
  /** Agent -> agents who name it as a partner. */
  readonly admirers: ReadonlyMap<number, ReadonlySet<number>>
}

export function graphOf(edges: readonly Edge[]): Graph {
  const partners = new Map<number, Set<number>>()
  const admirers = new Map<number, Set<number>>()
  for (const edge of edges) {
    partners.set(edge.from, (partners.get(edge.from) ?? new Set<number>()).add(edge.to))
    admirers.set(edge.to, (admirers.get(edge.to) ?? new Set<number>()).add(edge.from))
  }
  return { partners, admirers }
}

/** The logarithm of how many agents name it; how often one of them does makes no difference. */
export function popularityScores(graph: Graph, agentCount: number): Float64Array {
  const scores = new Float64Array(agentCount)
  for (const [agent, admirers] of graph.admirers) scores[agent] = Math.log(1 + admirers.size)
  return scores
}

/** How much the sender's partners work with each agent; one with many partners says less about each. */
export function friendScores(graph: Graph, sender: number | null, agentCount: number): Float64Array {
  const scores = new Float64Array(agentCount)
  for (const friend of friendsOf(graph, sender)) {
    const theirs = graph.partners.get(friend)
    for (const agent of theirs ?? []) scores[agent]! += 1 / Math.sqrt(theirs!.size)
  }
  return scores
}

/** The sender's partners, in number order. */
export function friendsOf(graph: Graph, sender: number | null): number[] {
  if (sender === null) return []
  return [...(graph.partners.get(sender) ?? [])].sort((one, other) => one - other)
}
