import type { Document } from './document.ts'
import { splitSections } from './markdown-sections.ts'

/**
 * A document as it would be cut out of its rendering: a slice runs from one heading to the next, so it ends
 * with the separator that belongs to the following section.
 */
export interface Slices {
  readonly preamble: string
  readonly sections: readonly { readonly heading: string; readonly text: string }[]
}

export function slicesOf(state: Document): Slices {
  const separators = state.sections.map((section) => section.separator)
  const sections = state.sections.map(({ heading, text }, index) => ({
    heading,
    text: text + (separators[index + 1] ?? ''),
  }))
  return { preamble: state.preamble + (separators[0] ?? ''), sections }
}

/**
 * Cuts a changed text, parsing only what changed and the sections beside it. Nothing further away can move a
 * boundary: a heading at the top level closes every block before it, so what follows a heading that is still
 * there is read as before. Where that does not hold, the whole text is parsed.
 */
export function resplit(before: Slices, after: string): Slices {
  const { first, last } = unchanged(before, after)
  const head = before.sections.slice(0, first)
  const tail = before.sections.slice(before.sections.length - last)
  const headText = first === 0 ? '' : before.preamble + joined(head)
  const tailText = joined(tail)
  const middle = after.slice(headText.length, after.length - tailText.length)
  const next = tail[0]?.text
  const split = splitSections(middle + (next ?? ''))
  if (first > 0 && split.preamble !== '') return splitSections(after)
  if (next !== undefined && split.sections.at(-1)?.text !== next) return splitSections(after)
  const changed = next === undefined ? split.sections : split.sections.slice(0, -1)
  const preamble = first === 0 ? split.preamble : before.preamble
  return { preamble, sections: [...head, ...changed, ...tail] }
}

/**
 * How many sections at either end are untouched. The last of the leading ones is parsed again with the
 * middle: whatever follows it may have become part of it.
 */
function unchanged(before: Slices, after: string): { first: number; last: number } {
  const { sections, preamble } = before
  if (!after.startsWith(preamble)) return { first: 0, last: trailing(before, after, 0) }
  let offset = preamble.length
  let first = 0
  while (first < sections.length && after.startsWith(sections[first]?.text ?? '', offset)) {
    offset += sections[first]?.text.length ?? 0
    first += 1
  }
  first = Math.max(0, first - 1)
  return { first, last: trailing(before, after, first) }
}

function trailing(before: Slices, after: string, first: number): number {
  const { sections } = before
  const start = first === 0 ? 0 : before.preamble.length + joined(sections.slice(0, first)).length
  let end = after.length
  let last = 0
  while (last < sections.length - first) {
    const slice = sections[sections.length - 1 - last]?.text ?? ''
    if (end - slice.length < start || !after.endsWith(slice, end)) break
    end -= slice.length
    last += 1
  }
  return last
}

function joined(sections: Slices['sections']): string {
  return sections.map((section) => section.text).join('')
}
