/** What simulations came by: how often each state was met, and each operation with each fault. Plain JSON. */
export interface Coverage {
  readonly states: Record<string, number>
  /** `operation × fault`. */
  readonly pairs: Record<string, number>
}

export function noCoverage(): Coverage {
  return { states: {}, pairs: {} }
}

export function note(counts: Record<string, number>, what: string): void {
  counts[what] = (counts[what] ?? 0) + 1
}

export function addCoverage(to: Coverage, more: Coverage): void {
  for (const kind of ['states', 'pairs'] as const)
    for (const [what, count] of Object.entries(more[kind])) to[kind][what] = (to[kind][what] ?? 0) + count
}

/** For people: the states by name, and a table of operations and the faults that met them. */
export function coverageLines({ states, pairs }: Coverage): string[] {
  const byOperation = Map.groupBy(Object.entries(pairs), ([pair]) => pair.split(' × ')[0]!)
  const operations = [...byOperation].sort(([a], [b]) => (a < b ? -1 : 1))
  const lines = operations.map(([operation, met]) => {
    const faults = met.map(([pair, count]) => `${pair.split(' × ')[1]} ${count}`).sort()
    return `  ${operation}: ${faults.join(', ')}`
  })
  const met = Object.entries(states).sort(([a], [b]) => (a < b ? -1 : 1))
  return [
    `states met (${met.length}):`,
    `  ${met.map(([state, count]) => `${state} ${count}`).join(', ')}`,
    `pairs of operation and fault (${Object.keys(pairs).length}):`,
    ...lines,
  ]
}
