import type { Document } from './document.ts'
import { openingLine, splitSections } from './markdown-sections.ts'

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

/** A slice that stands in the changed text as it did. */
interface Kept {
  readonly index: number
  readonly start: number
}

/** Slices that are looked for at once where one of them changed: the nearest is taken. */
const soughtAtOnce = 8

/**
 * Cuts a changed text, parsing only what changed and the sections beside it. Nothing further away can move a
 * boundary: a heading at the top level closes every block before it, so what follows a heading that is still
 * there is read as before. Where that does not hold, the whole text is parsed.
 */
export function resplit(before: Slices, after: string): Slices {
  const kept = keptIn(before, after)
  const [first] = kept
  if (first === undefined) return splitSections(after)
  const begun = splitBefore(before, after, first)
  if (begun === null) return splitSections(after)
  const sections = [...begun.sections]
  for (const [at, { index, start }] of kept.entries()) {
    const slice = before.sections[index] as Slice
    sections.push(slice)
    const next = kept[at + 1]
    const gap = after.slice(start + slice.text.length, next?.start)
    const following = next === undefined ? null : (before.sections[next.index] as Slice)
    if (gap === '' && (following === null || next?.index === index + 1)) continue
    const stillOpens = opensAs(gap, before.sections[index + 1])
    // Whatever else follows it may have become part of the last slice that is kept.
    const changed = splitGap(stillOpens ? gap : slice.text + gap, following)
    if (changed === null) return splitSections(after)
    if (!stillOpens) sections.pop()
    sections.push(...changed)
  }
  return { preamble: begun.preamble, sections }
}

type Slice = Slices['sections'][number]

/** The slices that are found again, in their order. */
function keptIn({ preamble, sections }: Slices, after: string): Kept[] {
  const kept: Kept[] = []
  let offset = after.startsWith(preamble) ? preamble.length : 0
  let index = 0
  while (index < sections.length) {
    const found = after.startsWith((sections[index] as Slice).text, offset)
      ? { index, start: offset }
      : nearestOf(sections, after, { index, offset })
    if (found !== null) {
      kept.push(found)
      offset = found.start + (sections[found.index] as Slice).text.length
    }
    index = found === null ? index + soughtAtOnce : found.index + 1
  }
  return kept
}

function nearestOf(sections: Slices['sections'], after: string, from: { index: number; offset: number }) {
  let nearest: Kept | null = null
  const sought = sections.slice(from.index, from.index + soughtAtOnce)
  for (const [ahead, { text }] of sought.entries()) {
    const start = after.indexOf(text, from.offset)
    if (start < 0 || (nearest !== null && start >= nearest.start)) continue
    nearest = { index: from.index + ahead, start }
  }
  return nearest
}

/** What stands before the first slice that is kept; null when that one is no section any more. */
function splitBefore({ preamble, sections }: Slices, after: string, { index, start }: Kept): Slices | null {
  if (index === 0 && start === preamble.length && after.startsWith(preamble))
    return { preamble, sections: [] }
  const { text } = sections[index] as Slice
  const opening = openingLine(text) ?? text
  const split = splitSections(after.slice(0, start) + opening)
  if (split.sections.at(-1)?.text !== opening) return null
  return { preamble: split.preamble, sections: split.sections.slice(0, -1) }
}

/** A text whose first line opens the section that stood there as that one's did: what is before it ends where it ended. */
function opensAs(text: string, section: Slice | undefined): boolean {
  const opening = section === undefined ? null : openingLine(section.text)
  return opening !== null && openingLine(text) === opening
}

/** The sections of a text up to one that is kept; null when it begins with none, or that one is none any more. */
function splitGap(text: string, next: Slice | null): Slice[] | null {
  const opening = next === null ? '' : (openingLine(next.text) ?? next.text)
  const split = splitSections(text + opening)
  if (split.preamble !== '') return null
  if (next === null) return [...split.sections]
  return split.sections.at(-1)?.text === opening ? split.sections.slice(0, -1) : null
}
