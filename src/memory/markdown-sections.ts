import { Parser } from 'commonmark'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { limits } from '../kernel/limits.ts'
import { remembered } from './remembered.ts'

/**
 * Where the sections of a Markdown text begin. Two CommonMark parsers that share no code look at it, because
 * what one of them sees otherwise could hide a section from its owner. Never a regular expression: whether
 * `## x` is a heading depends on every block around it.
 */

/** A heading at the top level of a text: not inside a list, a quote, a fence or HTML. */
export interface Heading {
  readonly depth: number
  /** Without hashes or underline, as written otherwise; blanks collapsed. */
  readonly heading: string
  /** Of the start of its first line, in UTF-16 units. */
  readonly offset: number
  /** From 1. */
  readonly line: number
}

/** A block that would take in whatever is written after it. */
export interface OpenBlock {
  readonly kind: 'code fence' | 'comment' | 'HTML block' | 'block'
  /** Where it begins, from 1. */
  readonly line: number
}

const byteOrderMark = '\uFEFF'

/** Inline syntax has no say in where a block begins, and reading it takes a third of the time. */
const blocksOnly = {
  disable: {
    null: [
      'attention',
      'autolink',
      'characterEscape',
      'characterReference',
      'codeText',
      'hardBreakEscape',
      'htmlText',
      'labelEnd',
      'labelStartImage',
      'labelStartLink',
    ],
  },
}

interface Block {
  readonly type: string
  readonly depth: number
  readonly heading: string
  readonly offset: number
  readonly end: number
}

/** Top-level headings of every depth, in order, as mdast sees them. */
export const headingsOf: (text: string) => readonly Heading[] = remembered((text) => {
  const headings = blocksOf(text).filter((block) => block.type === 'heading')
  const counter = lineCounter(text)
  return headings.map(({ depth, heading, offset }) => ({ depth, heading, offset, line: counter(offset) }))
})

/** The headings that begin a section: level 2, at the top level. */
export function sectionHeadings(text: string): Heading[] {
  return headingsOf(text).filter((heading) => heading.depth === 2)
}

/** Where sections begin, as the second parser sees it. */
export const commonmarkOffsets: (text: string) => readonly number[] = remembered((text) => {
  const start = text.startsWith(byteOrderMark) ? 1 : 0
  const lines = lineStarts(text.slice(start))
  const offsets: number[] = []
  const root = new Parser().parse(text.slice(start))
  for (let node = root.firstChild; node !== null; node = node.next) {
    if (node.type !== 'heading' || node.level !== 2) continue
    offsets.push(start + (lines[node.sourcepos[0][0] - 1] ?? 0))
  }
  return offsets
})

/** False when the two parsers see sections begin in different places. */
export function sectionsAgree(text: string): boolean {
  const ours = sectionHeadings(text).map((heading) => heading.offset)
  return sameOffsets(ours, commonmarkOffsets(text))
}

export function sameOffsets(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((offset, index) => offset === b[index])
}

/** A text in its parts: joined, they are the text. */
export interface SplitText {
  readonly preamble: string
  readonly sections: readonly { readonly heading: string; readonly text: string; readonly line: number }[]
}

/** Cuts a text where its sections begin. Exact: no byte is added, lost or changed. */
export function splitSections(text: string): SplitText {
  const headings = sectionHeadings(text)
  const sections = headings.map(({ heading, offset, line }, index) => ({
    heading,
    line,
    text: text.slice(offset, headings[index + 1]?.offset),
  }))
  return { preamble: text.slice(0, headings[0]?.offset), sections }
}

/**
 * The line that opens a section by hashes, without its end; null for a heading of another kind. It opens one whatever
 * follows, which an underlined heading does not.
 */
export function openingLine(section: string): string | null {
  return /^ {0,3}##(?![^ \t\r\n])[^\r\n]*/u.exec(section)?.[0] ?? null
}

/** The block that is still open at the end of a text, by either parser; null when a heading could follow. */
export function openBlockAtEnd(text: string): OpenBlock | null {
  const probed = `${text}\n\n## probe\n`
  const probe = text.length + 2
  const block = blocksOf(probed).findLast((candidate) => candidate.offset <= probe)
  if (block !== undefined && block.offset < probe) {
    return { kind: openKind(block.type, probed.slice(block.offset)), line: lineAt(probed, block.offset) }
  }
  return commonmarkOffsets(probed).at(-1) === probe ? null : commonmarkOpenBlock(probed)
}

/** Line number of an offset, from 1; CR, LF and CRLF each end a line, as in CommonMark. */
export function lineAt(text: string, offset: number): number {
  return lineCounter(text)(offset)
}

function commonmarkOpenBlock(text: string): OpenBlock {
  const start = text.startsWith(byteOrderMark) ? 1 : 0
  const last = new Parser().parse(text.slice(start)).lastChild
  const line = last?.sourcepos[0][0] ?? 1
  const type = last?.type === 'code_block' ? 'code' : last?.type === 'html_block' ? 'html' : 'other'
  return { kind: openKind(type, last?.literal?.trimStart() ?? ''), line }
}

function openKind(type: string, source: string): OpenBlock['kind'] {
  if (type === 'code') return 'code fence'
  if (type !== 'html') return 'block'
  return source.startsWith('<!--') ? 'comment' : 'HTML block'
}

function blocksOf(text: string): readonly Block[] {
  const start = text.startsWith(byteOrderMark) ? 1 : 0
  const source = text.slice(start)
  // The parser takes one mark off by itself and counts from behind it: a second one is text.
  return fromMarkdown(text, { extensions: [blocksOnly] }).children.map((node) => {
    const offset = node.position?.start.offset ?? 0
    const end = (node.position?.end.offset ?? 0) + start
    const block = { type: node.type, depth: 0, heading: '', offset: lineStart(source, offset) + start, end }
    if (node.type !== 'heading') return block
    const from = node.children[0]?.position?.start.offset
    const to = node.children.at(-1)?.position?.end.offset
    const heading = from === undefined ? '' : headingText(source.slice(from, to))
    return { ...block, depth: node.depth, heading }
  })
}

/** A heading on one line, cut where a heading must end, and never inside a character. */
function headingText(source: string): string {
  const line = source.replace(/\s+/gu, ' ').trim()
  if (line.length <= limits.headingCharsMax) return line
  const cut = line.slice(0, limits.headingCharsMax)
  return cut.isWellFormed() || !line.isWellFormed() ? cut : cut.slice(0, -1)
}

function lineStart(text: string, offset: number): number {
  let start = offset
  while (start > 0 && text[start - 1] !== '\n' && text[start - 1] !== '\r') start -= 1
  return start
}

function lineStarts(text: string): number[] {
  const starts = [0]
  for (const ending of text.matchAll(/\r\n|\r|\n/gu)) starts.push(ending.index + ending[0].length)
  return starts
}

/** Counts lines of one text for offsets that only grow. */
function lineCounter(text: string): (offset: number) => number {
  const starts = lineStarts(text)
  let line = 0
  return (offset) => {
    while ((starts[line + 1] ?? Number.POSITIVE_INFINITY) <= offset) line += 1
    return line + 1
  }
}
