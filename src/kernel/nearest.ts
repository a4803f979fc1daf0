/**
 * The candidate that a misspelled word most probably means, or null when none is close: at most a third of the
 * letters differ (insertions, deletions, replacements, neighbours swapped), in any case. The first of equals.
 */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  const sought = word.toLowerCase()
  if (sought.length > 100) return null
  let best: string | null = null
  let distance = Math.max(1, Math.floor(sought.length / 3)) + 1
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - sought.length) >= distance) continue
    const found = editDistance(sought, candidate.toLowerCase(), distance)
    if (found >= distance) continue
    distance = found
    best = candidate
  }
  return best
}

/** Optimal string alignment distance; stops early with `atLeast` once it cannot come out smaller. */
function editDistance(from: string, to: string, atLeast: number): number {
  let before: number[] = []
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row]
    let least = row
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1]
      let cost = Math.min(
        previous[column]! + 1,
        current[column - 1]! + 1,
        previous[column - 1]! + (same ? 0 : 1),
      )
      const swapped = row > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      if (swapped) cost = Math.min(cost, before[column - 2]! + 1)
      current.push(cost)
      least = Math.min(least, cost)
    }
    if (least >= atLeast) return atLeast
    before = previous
    previous = current
  }
  return previous[to.length]!
}
