import { diffArrays } from 'diff'
import { limits } from '../kernel/limits.ts'
import { linesOf } from './merge.ts'

/** `same`: lines that stay. `removed` and `added`: lines of the text before, and of the text after. */
export interface LineRun {
  readonly kind: 'same' | 'removed' | 'added'
  readonly lines: readonly string[]
}

/**
 * How one text becomes another, line by line; what is removed comes before what is added in its place. Texts that
 * have little in common are not compared to the end: then everything between the lines that both begin and
 * end with counts as replaced.
 */
export function diffLines(before: string, after: string): LineRun[] {
  const old = linesOf(before)
  const now = linesOf(after)
  const start = commonStart(old, now)
  const end = commonEnd(old.slice(start), now.slice(start))
  const middle = replaced(old.slice(start, old.length - end), now.slice(start, now.length - end))
  const kept = { kind: 'same' as const, lines: old.slice(0, start) }
  const rest = { kind: 'same' as const, lines: old.slice(old.length - end) }
  return [kept, ...middle, rest].filter(({ lines }) => lines.length > 0)
}

function replaced(old: string[], now: string[]): LineRun[] {
  const parts = diffArrays(old, now, { maxEditLength: limits.lineDiffEditsMax })
  if (parts === undefined)
    return [
      { kind: 'removed', lines: old },
      { kind: 'added', lines: now },
    ]
  return parts.map(({ added, removed, value }) => ({
    kind: added ? 'added' : removed ? 'removed' : 'same',
    lines: value,
  }))
}

function commonStart(a: readonly string[], b: readonly string[]): number {
  let index = 0
  while (index < a.length && index < b.length && a[index] === b[index]) index += 1
  return index
}

function commonEnd(a: readonly string[], b: readonly string[]): number {
  let count = 0
  while (count < a.length && count < b.length && a.at(-1 - count) === b.at(-1 - count)) count += 1
  return count
}
