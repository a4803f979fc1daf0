import { diffLines } from './line-diff.ts'
import { linesOf } from './merge.ts'

/**
 * Carries the origins of lines over an edit: a line that stays keeps its origin, every other gets `origin`.
 * Both lists of origins have one entry a line.
 */
export function carryOrigins(
  before: { readonly text: string; readonly origins: readonly number[] },
  after: string,
  origin: number,
): number[] {
  if (before.text === '') return linesOf(after).map(() => origin)
  const origins: number[] = []
  let at = 0
  for (const { kind, lines } of diffLines(before.text, after)) {
    if (kind === 'same')
      for (let index = 0; index < lines.length; index += 1) origins.push(before.origins[at + index]!)
    if (kind === 'added') for (const _ of lines) origins.push(origin)
    if (kind !== 'added') at += lines.length
  }
  return origins
}
