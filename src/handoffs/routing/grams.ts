import { limits } from '../../kernel/limits.ts'

/** Character 3–5-grams of a word, its ends marked: they find what stems miss, in any alphabet. */
export function gramsOf(surface: string): string[] {
  const letters = ['^', ...[...surface].slice(0, limits.routingWordCharsMax), '$']
  const grams: string[] = []
  for (let size = 3; size <= 5; size++) {
    for (let start = 0; start + size <= letters.length; start++)
      grams.push(letters.slice(start, start + size).join(''))
  }
  return grams
}

/** How alike two words are by their 3–5-grams, from 0 to 1 (Dice). */
export function wordLikeness(one: string, other: string): number {
  if (one === other) return 1
  const left = new Set(gramsOf(one))
  const right = new Set(gramsOf(other))
  if (left.size === 0 || right.size === 0) return 0
  let shared = 0
  for (const gram of left) if (right.has(gram)) shared++
  return (2 * shared) / (left.size + right.size)
}
