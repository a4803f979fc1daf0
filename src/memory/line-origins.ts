import { diffArrays } from 'diff'

/** The lines of a text with their endings; joined they are the text again. An empty text has none. */
export function linesOf(text: string): string[] {
  return text === '' ? [] : text.split(/(?<=\n)/u)
}

/**
 * Carries the origins of lines over an edit: a line that stays keeps its origin, every other gets `origin`.
 * Both lists of origins have one entry a line. Time grows with the lines times the size of the change.
 */
export function carryOrigins(
  before: { readonly text: string; readonly origins: readonly number[] },
  after: string,
  origin: number,
): number[] {
  const lines = linesOf(after)
  if (before.text === '') return lines.map(() => origin)
  const origins: number[] = []
  let at = 0
  for (const part of diffArrays(linesOf(before.text), lines)) {
    const count = part.value.length
    if (part.added) origins.push(...Array.from({ length: count }, () => origin))
    else {
      if (!part.removed) origins.push(...before.origins.slice(at, at + count))
      at += count
    }
  }
  return origins
}
