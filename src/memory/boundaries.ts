import { blankLineAfter } from './line-endings.ts'
import {
  commonmarkOffsets,
  lineAt,
  openBlockAtEnd,
  openingLine,
  sameOffsets,
  sectionHeadings,
} from './markdown-sections.ts'

/** What stands before a section, with the separator between. */
export interface Neighbour {
  readonly text: string
  readonly kind: 'section' | 'preamble'
  /** Line of the document on which it begins. */
  readonly line: number
}

/** A section's text between its neighbours. */
export interface Placed {
  /** Null when the section begins as it always did. */
  readonly before: Neighbour | null
  readonly text: string
  /** The next section with its separator; null when it is the last. */
  readonly after: { readonly separator: string; readonly text: string } | null
}

/** How a section would not stay one section. */
export interface BoundaryProblem {
  readonly code: 'opens_section' | 'open_block' | 'parsers_disagree'
  readonly message: string
  /** Of the section's text, from 1; of the document, when the open block stands before the section. */
  readonly line: number
}

/**
 * Checks that a section stays one section where it stands: both parsers see it begin where it begins, see
 * the next one begin where that begins, and none in between. Looks at its neighbours only.
 */
export function boundaryProblem(placed: Placed): BoundaryProblem | null {
  const before = placed.before?.text ?? ''
  const gap = placed.after?.separator ?? blankLineAfter(placed.text, '\n')
  const next = placed.after === null ? '## next' : (openingLine(placed.after.text) ?? placed.after.text)
  const joined = before + placed.text + gap + next
  const start = before.length
  const end = start + placed.text.length + gap.length
  const expected = placed.before?.kind === 'section' ? [0, start, end] : [start, end]
  const seen = sectionHeadings(joined).map((heading) => heading.offset)
  const seenToo = commonmarkOffsets(joined)
  if (sameOffsets(seen, expected) && sameOffsets(seenToo, expected)) return null
  if (!sameOffsets(seen, seenToo)) {
    const at = firstDifference(seen, seenToo)
    return disagreement(lineAt(placed.text, Math.max(0, at - start)))
  }
  if (!seen.includes(start)) return openBefore(before, placed.before?.line ?? 1)
  const extra = seen.find((offset) => offset > start && offset < end)
  return extra === undefined ? openInside(placed.text) : opensSection(joined.slice(start), extra - start)
}

/** Checks that a section whose text did not change still begins where it does, behind another text. */
export function beginsStill(before: Neighbour, text: string): BoundaryProblem | null {
  const start = before.text.length
  const joined = before.text + (openingLine(text) ?? text)
  const expected = before.kind === 'section' ? [0, start] : [start]
  const upToIt = (offsets: readonly number[]) => offsets.slice(0, expected.length)
  const seen = sectionHeadings(joined).map((heading) => heading.offset)
  const seenToo = commonmarkOffsets(joined)
  if (sameOffsets(upToIt(seen), expected) && sameOffsets(upToIt(seenToo), expected)) return null
  if (!sameOffsets(seen, seenToo)) return disagreement(lineAt(text, 0))
  return openBefore(before.text, before.line)
}

function opensSection(text: string, offset: number): BoundaryProblem {
  const line = lineAt(text, offset)
  const message = `line ${line} would begin another section: use "###" for headings inside a section`
  return { code: 'opens_section', line, message }
}

function openInside(text: string): BoundaryProblem {
  const open = openBlockAtEnd(text) ?? { kind: 'block', line: 1 }
  const message = `the ${open.kind} that begins on line ${open.line} is still open at the end and would take in the next section: close it`
  return { code: 'open_block', line: open.line, message }
}

function openBefore(before: string, firstLine: number): BoundaryProblem {
  const open = openBlockAtEnd(before) ?? { kind: 'block', line: 1 }
  const line = firstLine + open.line - 1
  const message = `the ${open.kind} that begins on line ${line} of the document is still open and would take it in: close that first`
  return { code: 'open_block', line, message }
}

function disagreement(line: number): BoundaryProblem {
  const message = `two Markdown parsers read line ${line} differently, so where sections begin is not certain: write it more plainly`
  return { code: 'parsers_disagree', line, message }
}

function firstDifference(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((offset, at) => offset !== b[at])
  const at = index < 0 ? a.length : index
  return Math.min(a[at] ?? Number.POSITIVE_INFINITY, b[at] ?? Number.POSITIVE_INFINITY)
}
