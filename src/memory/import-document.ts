import { limits } from '../kernel/limits.ts'
import { unstorable, utf8Bytes } from './allowed-text.ts'
import { headingKey } from './document.ts'
import type { MemoryEvent, SectionText } from './events.ts'
import { lineEndingOf } from './line-endings.ts'
import { splitSections } from './markdown-sections.ts'
import { type Claim, ownerByClaim } from './ownership.ts'
import type { Refusal } from './refusal.ts'

/** An existing memory file, as it stands. */
export interface ImportInput {
  readonly document: string
  readonly text: string
  /** Claims of all agents on this document, in the order of registration. */
  readonly claims: readonly Claim[]
  /** Ids of the sections are this and a number. */
  readonly idBase: string
  readonly digest?: string | undefined
  readonly source?: string | undefined
}

export type ImportResult =
  | { readonly kind: 'imported'; readonly event: Extract<MemoryEvent, { type: 'DocumentImported' }> }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/**
 * Takes a file in as it stands: every byte belongs to the preamble or to one section, in whatever state they
 * are. A section gets an owner where exactly one agent claims its heading, and only the first of several
 * sections with that heading; the rest is people's.
 */
export function importDocument(input: ImportInput): ImportResult {
  const { document, text, claims, idBase } = input
  const about = { document, section: null, heading: '', owner: null }
  const problem = unstorable(text, limits.documentBytesMax)
  if (problem !== null)
    return {
      kind: 'refused',
      refusal: { ...problem, ...about, message: `${document}: ${problem.message}` },
    }
  const split = splitSections(text)
  const taken = new Set<string>()
  const sections = split.sections.map((slice, index): SectionText => {
    const { heading } = slice
    const owner = taken.has(headingKey(heading)) ? null : ownerByClaim(heading, claims)
    taken.add(headingKey(heading))
    return { section: `${idBase}-${index + 1}`, heading, owner, separator: '', text: slice.text }
  })
  const origin = {
    ...(input.digest === undefined ? {} : { digest: input.digest }),
    ...(input.source === undefined ? {} : { source: input.source }),
  }
  const data = { document, preamble: split.preamble, sections, eol: lineEndingOf(text), ...origin }
  const tooLarge = largestProblem(data)
  if (tooLarge !== null)
    return { kind: 'refused', refusal: { code: 'too_large', ...about, message: tooLarge } }
  return { kind: 'imported', event: { type: 'DocumentImported', data } }
}

function largestProblem(data: {
  document: string
  preamble: string
  sections: SectionText[]
}): string | null {
  const big = data.sections.find((section) => utf8Bytes(section.text) > limits.sectionBytesMax)
  if (big !== undefined)
    return `${data.document}: the section "${big.heading}" has ${utf8Bytes(big.text)} bytes and at most ${limits.sectionBytesMax} are kept: divide it`
  if (utf8Bytes(data.preamble) > limits.documentBytesMax / 8)
    return `${data.document}: more than ${limits.documentBytesMax / 8} bytes stand before the first "## " heading: divide them into sections`
  if (data.sections.length > limits.sectionsMax)
    return `${data.document} has ${data.sections.length} sections and at most ${limits.sectionsMax} are kept: divide the file`
  const bytes = utf8Bytes(JSON.stringify(data))
  if (bytes <= limits.eventBytesMax - 4 * 1024) return null
  return `${data.document} needs ${bytes} bytes as one event and at most ${limits.eventBytesMax} fit: divide the file into several documents`
}
