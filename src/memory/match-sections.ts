import { headingKey } from './document.ts'

interface Part {
  readonly heading: string
  readonly text: string
}

/**
 * Finds for every section of a changed text the section that it was before; null for a new one. A heading
 * finds its own first; of several with one heading the nearest in order and likeness; what is left is a
 * renamed section when its text is clearly the same.
 *
 * Gives one index into `before` (or null) per section of `after`; no index twice.
 */
export function matchSections(before: readonly Part[], after: readonly Part[]): (number | null)[] {
  const matches: (number | null)[] = after.map(() => null)
  const free = new Set(before.keys())
  const take = (index: number, found: number | undefined) => {
    if (found === undefined) return
    matches[index] = found
    free.delete(found)
  }
  const open = () => after.keys().filter((index) => matches[index] === null)
  const byText = groups(before, (part) => `${headingKey(part.heading)}\n${part.text.trimEnd()}`)
  for (const index of [...open()]) {
    const part = after[index] as Part
    const key = `${headingKey(part.heading)}\n${part.text.trimEnd()}`
    take(
      index,
      byText.get(key)?.find((candidate) => free.has(candidate)),
    )
  }
  const byHeading = groups(before, (part) => headingKey(part.heading))
  for (const index of [...open()]) {
    const part = after[index] as Part
    const candidates = byHeading.get(headingKey(part.heading))?.filter((candidate) => free.has(candidate))
    take(index, mostAlike(part, { before, candidates: candidates ?? [], atLeast: 0 }))
  }
  for (const index of [...open()]) {
    const part = after[index] as Part
    take(index, mostAlike(part, { before, candidates: [...free], atLeast: clearlyTheSame }))
  }
  return matches
}

/** Share of lines in common from which a text under another heading counts as the same section. */
const clearlyTheSame = 0.6

function groups(parts: readonly Part[], keyOf: (part: Part) => string): Map<string, number[]> {
  const found = new Map<string, number[]>()
  for (const [index, part] of parts.entries()) {
    const key = keyOf(part)
    found.set(key, [...(found.get(key) ?? []), index])
  }
  return found
}

/** The candidate with the most lines in common, the first of equals; with `atLeast` 0 any will do. */
function mostAlike(
  part: Part,
  among: { before: readonly Part[]; candidates: readonly number[]; atLeast: number },
): number | undefined {
  const { before, candidates, atLeast } = among
  if (candidates.length <= 1 && atLeast === 0) return candidates[0]
  let best: { index: number; likeness: number } | undefined
  for (const index of candidates) {
    const likeness = alike(bodyLines(before[index]?.text ?? ''), bodyLines(part.text))
    if (likeness >= atLeast && likeness > (best?.likeness ?? -1)) best = { index, likeness }
  }
  return best?.index
}

/** Dice's coefficient over the lines that say something; 0 when there are none. */
function alike(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return 0
  const counts = new Map<string, number>()
  for (const line of a) counts.set(line, (counts.get(line) ?? 0) + 1)
  let common = 0
  for (const line of b) {
    const left = counts.get(line) ?? 0
    if (left === 0) continue
    counts.set(line, left - 1)
    common += 1
  }
  return (2 * common) / (a.length + b.length)
}

/** Lines below the heading that are not blank. */
function bodyLines(text: string): string[] {
  return text
    .split(/\r\n|\r|\n/u)
    .slice(1)
    .map((line) => line.trim())
    .filter((line) => line !== '')
}
