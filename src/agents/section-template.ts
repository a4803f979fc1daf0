import { cut } from '../kernel/cut.ts'
import { declaredLabels, labelKey } from '../kernel/labels.ts'
import { limits } from '../kernel/limits.ts'
import type { MarkdownLine } from '../kernel/markdown-lines.ts'
import { kebab } from '../kernel/words.ts'
import type { SectionClaim, SectionTemplate } from './events.ts'
import { firstHeading } from './section-claims.ts'

const lastUpdatedLine = /^\s*(?:[-*+]\s+)?[*_]*last updated[*_]*\s*[:：]/iu

/**
 * The template of the section of insights.md that the agent owns: the fenced one that begins with the claimed
 * heading, or, without one, what the memory part of the file names in the open ("### Collaboration Patterns",
 * "Last updated: [Date]"). Null when the agent owns no section, or promises nothing about its form.
 */
export function readTemplate(
  lines: readonly MarkdownLine[],
  claim: SectionClaim | null,
): SectionTemplate | null {
  if (claim === null) return null
  const opensAt = ownFence(lines, claim)
  return opensAt === null ? openTemplate(lines) : fencedTemplate(lines, opensAt)
}

/** Labels that "## Session Summary" declares, in order. */
export function readSummaryFields(lines: readonly MarkdownLine[], claim: SectionClaim | null): string[] {
  const start = lines.findIndex((line) => line.kind === 'heading' && isSummary(line.title))
  if (start >= 0) {
    const level = lines[start]!.level
    const end = lines.findIndex((line, at) => at > start && line.kind === 'heading' && line.level <= level)
    return declaredLabels(joined(lines.slice(start + 1, end < 0 ? undefined : end)))
  }
  const opensAt = claim === null ? null : ownFence(lines, claim)
  if (opensAt === null) return []
  const inside = fenceLines(lines, opensAt)
  const heading = inside.findIndex((line) => /^##[ \t]/u.test(line) && isSummary(line.slice(2)))
  return heading < 0 ? [] : declaredLabels(inside.slice(heading + 1).join('\n'))
}

/** Index of the fence that holds the claimed section's template. */
function ownFence(lines: readonly MarkdownLine[], claim: SectionClaim): number | null {
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at]!
    if (line.kind !== 'fence' || line.opensAt !== at) continue
    const heading = firstHeading(lines, at)
    if (heading !== null && kebab(heading) === kebab(claim.heading)) return at
  }
  return null
}

function fencedTemplate(lines: readonly MarkdownLine[], opensAt: number): SectionTemplate {
  const inside = fenceLines(lines, opensAt)
  const start = inside.findIndex((line) => /^\s*##[ \t]/u.test(line))
  const end = inside.findIndex((line, at) => at > start && /^\s*##[ \t]/u.test(line))
  const own = inside.slice(start, end < 0 ? undefined : end)
  const subheadings = own
    .filter((line) => /^\s*###[ \t]+\S/u.test(line))
    .map((line) => line.trim().slice(3).trim())
  return {
    subheadings: bounded(subheadings),
    lastUpdated: own.some((line) => lastUpdatedLine.test(line)),
    text: dedent(own).join('\n').trimEnd(),
  }
}

/** In the open: under the heading that speaks of memory, or the patterns' own heading. */
function openTemplate(lines: readonly MarkdownLine[]): SectionTemplate | null {
  const subheadings = lines
    .filter((line) => line.kind === 'heading' && line.level === 3)
    .map((line) => line.title)
    .filter((title) => labelKey(title) === 'collaboration patterns')
  const lastUpdated = lines.some((line) => line.kind === 'text' && lastUpdatedLine.test(line.text))
  if (subheadings.length === 0 && !lastUpdated) return null
  return { subheadings: bounded([...new Set(subheadings)]), lastUpdated, text: null }
}

function bounded(subheadings: readonly string[]): string[] {
  return subheadings.map((title) => cut(title, limits.headingCharsMax)).slice(0, 100)
}

export function fenceLines(lines: readonly MarkdownLine[], opensAt: number): string[] {
  const inside: string[] = []
  for (let at = opensAt + 1; at < lines.length && lines[at]!.opensAt === opensAt; at += 1) {
    if (lines[at]!.kind === 'fenced') inside.push(lines[at]!.text)
  }
  return inside
}

/** A template inside a list item is indented; its section is not. */
function dedent(lines: readonly string[]): string[] {
  const first = lines[0] ?? ''
  const indent = first.length - first.trimStart().length
  return lines.map((line) => (line.slice(0, indent).trim() === '' ? line.slice(indent) : line))
}

function isSummary(title: string): boolean {
  return labelKey(title).replace(/[:*]/gu, '').trim() === 'session summary'
}

function joined(lines: readonly MarkdownLine[]): string {
  return lines.map((line) => line.text).join('\n')
}
