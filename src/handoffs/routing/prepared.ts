import { type AnchorIndex, anchorIndex } from './anchors.ts'
import { agentNumbers, type Edge, edgesOf } from './edges.ts'
import { type Graph, graphOf } from './graph.ts'
import type { KnownAgent, RoutingKnowledge } from './knowledge.ts'
import { type TextIndex, textIndex } from './text-index.ts'

/** Knowledge with everything worked out that no single question changes. */
export interface PreparedKnowledge {
  readonly knowledge: RoutingKnowledge
  /** Agent key -> number, its place in `knowledge.agents`. */
  readonly numbers: ReadonlyMap<string, number>
  readonly texts: TextIndex
  readonly edges: readonly Edge[]
  readonly anchors: AnchorIndex
  readonly graph: Graph
}

const preparedBy = new WeakMap<RoutingKnowledge, PreparedKnowledge>()
const textsBy = new WeakMap<readonly KnownAgent[], TextIndex>()

/**
 * Prepares knowledge for many questions; the second time for the same object costs nothing, and knowledge with
 * the same `agents` array shares the index of their texts. Never changes what it is given.
 */
export function prepare(knowledge: RoutingKnowledge): PreparedKnowledge {
  const known = preparedBy.get(knowledge)
  if (known !== undefined) return known
  const numbers = agentNumbers(knowledge)
  const texts = once(() => textsOf(knowledge.agents))
  const edges = once(() => edgesOf(knowledge, numbers))
  const anchors = once(() => anchorIndex(edges()))
  const graph = once(() => graphOf(edges()))
  const prepared: PreparedKnowledge = {
    knowledge,
    numbers,
    get texts() {
      return texts()
    },
    get edges() {
      return edges()
    },
    get anchors() {
      return anchors()
    },
    get graph() {
      return graph()
    },
  }
  preparedBy.set(knowledge, prepared)
  return prepared
}

function textsOf(agents: readonly KnownAgent[]): TextIndex {
  const texts = textsBy.get(agents) ?? textIndex(agents)
  textsBy.set(agents, texts)
  return texts
}

/** Worked out when it is first asked for: a handoff to an agent that its sender named needs none of it. */
function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

/** The same without some edges, as if nobody had ever said them; texts stay as they are. */
export function withhold(
  prepared: PreparedKnowledge,
  isWithheld: (edge: Edge) => boolean,
): PreparedKnowledge {
  const edges = prepared.edges.filter((edge) => !isWithheld(edge))
  if (edges.length === prepared.edges.length) return prepared
  return { ...prepared, edges, anchors: anchorIndex(edges), graph: graphOf(edges) }
}
