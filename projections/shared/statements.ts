import { isPlaceholder, labelLine } from '../../src/kernel/labels.ts'
import { limits } from '../../src/kernel/limits.ts'
import { markdownLines } from '../../src/kernel/markdown-lines.ts'

/** One thing that a text says: a bullet with what stands below it, or a paragraph. */
export type Statement = {
  /** The nearest heading above it, without hashes; empty when there is none. */
  heading: string
  /** `Database Choice` of `- **Database Choice**: PostgreSQL`. */
  label: string | null
  /** On one line; nested bullets are joined to it. */
  text: string
}

/** A part of a statement that says what it is about: `Rationale: joins`. */
export type Part = { label: string; text: string }

interface Open {
  readonly heading: string
  readonly indent: number
  text: string
}

/**
 * What a section or a summary says, in order; at most `limits.statementsPerTextMax`. Fenced blocks are
 * examples and say nothing, nor do placeholders, comments and "Last updated". Linear in the text's length.
 */
export function statementsOf(markdown: string): Statement[] {
  const found: Open[] = []
  let heading = ''
  let current: Open | null = null
  for (const line of markdownLines(markdown)) {
    if (line.kind === 'heading') heading = line.level > 2 ? line.title.replaceAll('**', '') : ''
    const text = line.text.trim()
    if (line.kind !== 'text' || text === '' || isAside(text)) {
      current =
        line.kind === 'text' && text === '' && current !== null && current.indent >= 0 ? current : null
      continue
    }
    const bullet = /^([ \t]*)(?:[-*+]|\d{1,3}[.)])[ \t]+/u.exec(line.text)
    const indent = bullet === null ? -1 : bullet[1]!.length
    if (current !== null && bullet !== null && indent > current.indent && current.indent >= 0) {
      current.text += nested(line.text.slice(bullet[0].length).trim())
    } else if (current !== null && bullet === null && (current.indent < 0 || /^[ \t]/u.test(line.text))) {
      current.text += ` ${text}`
    } else {
      current = { heading, indent, text: bullet === null ? text : line.text.slice(bullet[0].length).trim() }
      found.push(current)
      if (found.length >= limits.statementsPerTextMax) break
    }
  }
  return found.flatMap(statement)
}

/**
 * Cuts `PostgreSQL - Rationale: joins; Performance: 5 ms` into its head and its labelled parts. A part begins
 * after a dash, a semicolon or a full stop, with a capital letter, and ends its label with a colon.
 */
export function partsOf(text: string): { head: string; parts: Part[] } {
  const pieces = text.split(/(?:\s[-–—]\s|;\s|\.\s)(?=\**\p{Lu}[\p{L}\p{N} /&()-]{0,40}\**:)/u)
  const labelled = pieces.map((piece) => /^\**(\p{Lu}[\p{L}\p{N} /&()-]{0,40})\**:\**\s*(.*)$/su.exec(piece))
  const headed = labelled[0] === null
  const parts = labelled.flatMap((match) => {
    if (match === null) return []
    return [{ label: match[1]!.trim(), text: match[2]!.trim() }]
  })
  return headed ? { head: pieces[0]!.trim(), parts } : { head: '', parts }
}

/** True for a text that says nothing: empty, `none`, `n/a`, or a placeholder that nobody filled in. */
export function saysNothing(text: string): boolean {
  const bare = text.trim()
  return (
    bare === '' || isPlaceholder(bare) || /^(?:none|nothing|n\/a|not applicable|tbd|-|–|—)\.?$/iu.test(bare)
  )
}

/** The words of a text for comparing: case, marks and blanks do not matter. */
export function wordsOf(text: string): string[] {
  return (
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  )
}

function statement(open: Open): Statement[] {
  const label = labelLine(open.text)
  const trusted = label?.separated && (label.bold || /^[\p{L} /]{1,40}$/u.test(label.label))
  const said = trusted
    ? { heading: open.heading, label: label.label, text: label.value }
    : { heading: open.heading, label: null, text: open.text }
  return saysNothing(said.text) || isPlaceholder(said.label ?? '') ? [] : [said]
}

function nested(text: string): string {
  const label = labelLine(text)
  return label?.bold && label.separated ? ` - ${label.label}: ${label.value}` : `; ${text}`
}

function isAside(text: string): boolean {
  return (
    text.startsWith('<!--') || /^[*_]*last updated/iu.test(text) || /^(?:-{3,}|\*{3,}|_{3,})$/u.test(text)
  )
}
