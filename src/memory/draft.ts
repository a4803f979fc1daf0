import { kebab } from '../kernel/words.ts'
import { type Document, findSection, headingKey } from './document.ts'
import { resplit, slicesOf } from './document-slices.ts'
import { withLineEnding } from './line-endings.ts'
import { splitSections } from './markdown-sections.ts'
import { matchSections } from './match-sections.ts'

/** A section as somebody wants it to be. */
export interface Part {
  /** Null: it is new. */
  readonly section: string | null
  readonly heading: string
  /** Null: whatever makes a blank line before the heading. */
  readonly separator: string | null
  readonly text: string
  /** Written as a section of its own: blank lines at its end may be added. Otherwise every byte counts. */
  readonly tidy?: true
}

/** A document as somebody wants it to be. */
export interface Draft {
  readonly preamble: string
  readonly parts: readonly Part[]
}

export function draftOf(state: Document): Draft {
  const parts = state.sections.map(({ section, heading, separator, text }) => ({
    section,
    heading,
    separator,
    text,
  }))
  return { preamble: state.preamble, parts }
}

/** The draft that a whole text is, with the sections that it still has found again. Byte for byte. */
export function draftOfText(base: Document, text: string): Draft {
  const before = slicesOf(base)
  const after = resplit(before, text)
  const matches = matchSections(before.sections, after.sections)
  const sections = matches.map((match) => (match === null ? undefined : base.sections[match]))
  const preamble = withoutSeparator(after.preamble, sections[0]?.separator)
  let separator = after.preamble.slice(preamble.length)
  const parts = after.sections.map((slice, index): Part => {
    const own = withoutSeparator(slice.text, sections[index + 1]?.separator)
    const part = {
      section: sections[index]?.section ?? null,
      heading: slice.heading,
      separator,
      text: own,
    }
    separator = slice.text.slice(own.length)
    return part
  })
  return { preamble, parts }
}

function withoutSeparator(slice: string, separator: string | undefined): string {
  if (separator === undefined || separator === '' || !slice.endsWith(separator)) return slice
  return slice.slice(0, slice.length - separator.length)
}

/** One section that somebody wants to write, by its id, its heading, or its heading in kebab case. */
export interface SectionWrite {
  readonly section: string
  /** With or without its heading line; null takes the section out. */
  readonly text: string | null
  /** Headings that the writer may open; the one that `section` means is used as it is spelled here. */
  readonly headings: readonly string[]
  /** The text is taken byte for byte. */
  readonly exact?: true
}

/** The draft with one section written, taken out, or, when it is not there, opened at the end. */
export function draftOfSection(base: Document, write: SectionWrite): Draft {
  const draft = draftOf(base)
  const found = findSection(base, write.section)
  if (write.text === null) {
    return { ...draft, parts: draft.parts.filter((part) => part.section !== found?.section) }
  }
  const named = found?.heading ?? spelledOut(write)
  const given = write.exact ? write.text : withLineEnding(write.text, base.eol)
  const written = { ...headed(given, named, base.eol), ...(write.exact ? {} : { tidy: true as const }) }
  if (found === undefined) {
    return { ...draft, parts: [...draft.parts, { section: null, separator: null, ...written }] }
  }
  const parts = draft.parts.map((part) => (part.section === found.section ? { ...part, ...written } : part))
  return { ...draft, parts }
}

/** The heading that is meant: as claimed, where a claim says it in other letters. */
function spelledOut(write: SectionWrite): string {
  const plain = write.section.replace(/^#{1,6}\s+/u, '').trim()
  const same = (heading: string) =>
    headingKey(heading) === headingKey(plain) || kebab(heading) === kebab(plain)
  return write.headings.find(same) ?? plain
}

/** The text from its own level-2 heading on; the heading is put before a text that has none. */
function headed(text: string, heading: string, eol: string): { heading: string; text: string } {
  const body = text.replace(/^\uFEFF*(?:[ \t]*[\r\n]+)*/u, '')
  const [first] = splitSections(body).sections
  if (first?.line === 1) return { heading: first.heading, text: body }
  return { heading, text: `## ${heading}${eol}${eol}${body}` }
}
