import { cut } from './cut.ts'
import { type LabelLine, labelKey, labelLine } from './labels.ts'
import { limits } from './limits.ts'
import { type MarkdownLine, markdownLines } from './markdown-lines.ts'
import { type PatternItem, parseItems, splitList } from './pattern-items.ts'

/** What an agent declares in its file, or records in its section, about working with others. */
export interface CollaborationPatterns {
  readonly worksWith: PatternItem[]
  /** Noun phrases: what others need from this agent's work, or must bring to it. */
  readonly requirements: string[]
}

type Kind = 'partners' | 'requirements'

/**
 * Reads "Works well with" and "Handoff requirements" from Markdown: a section of a document, or a part of an
 * agent's file. With a heading "Collaboration Patterns" only what stands under it counts, otherwise every line
 * that begins with one of the labels. Text inside fences never counts: it is an example for somebody.
 * Lists may follow their label on its line or as a list below it. Pure, and linear in the text's length.
 */
export function parsePatterns(markdown: string): CollaborationPatterns {
  const lines = underHeading(markdownLines(markdown))
  let worksWith: PatternItem[] = []
  let requirements: string[] = []
  for (let at = 0; at < lines.length; at += 1) {
    const label = patternLabel(lines[at]!)
    if (label === null) continue
    const entries = entriesBelow(lines, at, label.line)
    if (label.kind === 'partners') {
      worksWith = worksWith.concat(entries.flatMap(parseItems)).slice(0, limits.partnersMax)
    } else {
      requirements = requirements.concat(entries.flatMap(requirementsOf)).slice(0, limits.requirementsMax)
    }
  }
  return { worksWith, requirements: [...new Set(requirements)] }
}

function underHeading(lines: readonly MarkdownLine[]): readonly MarkdownLine[] {
  const parts: MarkdownLine[] = []
  let level = 0
  let found = false
  for (const line of lines) {
    if (line.kind === 'heading') {
      if (labelKey(line.title).replace(/[:*]/gu, '') === 'collaboration patterns') {
        level = line.level
        found = true
        continue
      }
      if (line.level <= level) level = 0
    }
    if (level > 0) parts.push(line)
  }
  return found ? parts : lines
}

function patternLabel(line: MarkdownLine): { kind: Kind; line: LabelLine } | null {
  if (line.kind === 'heading') {
    const kind = kindOf(line.title.replaceAll('**', '').replace(/[:：]$/u, ''))
    const asLabel = { label: line.title, value: '', bold: false, bullet: false, indent: 0, separated: true }
    return kind === null ? null : { kind, line: asLabel }
  }
  if (line.kind !== 'text') return null
  const label = labelLine(line.text)
  const kind = label === null || !label.separated ? null : kindOf(label.label)
  if (label !== null && kind !== null) return { kind, line: label }
  const bare = /^([ \t]*)([-*+][ \t]+)?\**works well with\**[ \t]+(?=\S)/iu.exec(line.text)
  if (bare === null) return null
  const value = line.text.slice(bare[0].length).trim()
  const { indent, bullet } = { indent: bare[1]!.length, bullet: bare[2] !== undefined }
  return { kind: 'partners', line: { label: '', value, bold: false, bullet, indent, separated: false } }
}

function kindOf(label: string): Kind | null {
  const key = labelKey(label)
  if (/^works (?:well |best |closely )?with$/u.test(key)) return 'partners'
  return /^hand-?off requirements?$/u.test(key) ? 'requirements' : null
}

/** The label's own value first (it may be empty), then one entry for each list item below it. */
function entriesBelow(lines: readonly MarkdownLine[], at: number, label: LabelLine): string[] {
  const entries = [label.value]
  let afterBlank = false
  for (let next = at + 1; next < lines.length; next += 1) {
    const line = lines[next]!
    if (line.kind !== 'text' || patternLabel(line) !== null) break
    const trimmed = line.text.trim()
    if (trimmed === '') {
      afterBlank = true
      continue
    }
    const bullet = /^([ \t]*)(?:[-*+]|\d{1,3}[.)])[ \t]+/u.exec(line.text)
    if (bullet !== null) {
      const deeper = bullet[1]!.length > label.indent
      if (!deeper && (label.bullet || label.value !== '')) break
      entries.push(line.text.slice(bullet[0].length).trim())
    } else {
      if (afterBlank || endsList(trimmed) || entries.at(-1)!.length > limits.needCharsMax) break
      entries[entries.length - 1] = `${entries.at(-1)} ${trimmed}`.trim()
    }
    afterBlank = false
  }
  return entries
}

function endsList(trimmed: string): boolean {
  return /^(?:\*\*|__|<!--|-{3}|\*{3}|last updated)/iu.test(trimmed)
}

/** The label's own value is a comma list; an item of a list below it is one requirement. */
function requirementsOf(entry: string, index: number): string[] {
  const parts = index === 0 ? splitList(entry) : [entry]
  return parts
    .map((part) =>
      part
        .replace(/^(?:and|or)\s+/iu, '')
        .replace(/\.$/u, '')
        .trim(),
    )
    .filter((part) => part !== '' && !/^\[.*\]$/u.test(part) && !/^(?:none|n\/a|-)$/iu.test(part))
    .map((part) => cut(part, limits.noteCharsMax))
}
