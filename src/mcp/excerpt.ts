import { limits } from '../kernel/limits.ts'

/** A text, or the part of a long one that one answer takes. */
export interface Excerpt {
  readonly text: string
  /** Characters of the whole. */
  readonly length: number
  /** The offset to go on at; null when this was the end. */
  readonly next: number | null
}

export function excerpt(whole: string, offset: number): Excerpt {
  const rest = whole.slice(offset)
  const text = rest.length > limits.mcpTextCharsMax ? wholePairs(rest.slice(0, limits.mcpTextCharsMax)) : rest
  const end = offset + text.length
  return { text, length: whole.length, next: end < whole.length ? end : null }
}

/** What a model is told beside an excerpt; empty when it is the whole text. */
export function howToGoOn({ length, next }: Excerpt): string {
  return next === null ? '' : `${next} of ${length} characters so far: go on with offset ${next}.`
}

/** Without half of a surrogate pair at its end. */
function wholePairs(text: string): string {
  return text.isWellFormed() ? text : text.slice(0, -1)
}
