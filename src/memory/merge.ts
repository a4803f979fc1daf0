import { diff3Merge } from 'node-diff3'

/** A text that two sides changed: put together, or not. */
export type Merge = { readonly kind: 'merged'; readonly text: string } | { readonly kind: 'conflict' }

/**
 * Merges two changes of one text, line by line. A line keeps its own ending. No conflict markers, ever: what
 * does not merge is a conflict, and the caller keeps both texts.
 */
export function mergeTexts(base: string, ours: string, theirs: string): Merge {
  if (ours === theirs || theirs === base) return { kind: 'merged', text: ours }
  if (ours === base) return { kind: 'merged', text: theirs }
  const regions = diff3Merge(linesOf(ours), linesOf(base), linesOf(theirs), { excludeFalseConflicts: true })
  const merged: string[] = []
  for (const region of regions) {
    if (region.ok === undefined) return { kind: 'conflict' }
    merged.push(...region.ok)
  }
  return { kind: 'merged', text: merged.join('') }
}

/** Lines with their endings: joined, they are the text. */
export function linesOf(text: string): string[] {
  return text.match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/gu) ?? []
}
