import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff'
import { limits } from '../../kernel/limits.ts'
import {
  type Document,
  type DocumentSection,
  emptyDocument,
  findSection,
  renderDocument,
} from '../../memory/document.ts'
import { diffLines } from '../../memory/line-diff.ts'
import type { Project } from '../project.ts'
import { documentAt, documentIfThere, sectionOf } from './document-at.ts'

export interface SectionDiff {
  readonly section: string
  readonly heading: string
  readonly change: 'added' | 'removed' | 'changed' | 'renamed'
  readonly owner: string | null
  /** Lines. */
  readonly added: number
  readonly removed: number
}

export interface MemoryDiff {
  readonly document: string
  readonly from: string
  readonly to: string
  readonly equal: boolean
  readonly sections: readonly SectionDiff[]
  /** As `diff -u` writes it; empty when nothing differs. */
  readonly unified: string
}

export interface DiffQuestion {
  readonly document: string
  readonly section?: string | undefined
  /** WHEN; `to` is now when absent. */
  readonly from: string
  readonly to?: string | undefined
}

/** What changed in a document, or in one section, between two moments. */
export async function diffMemory(project: Project, question: DiffQuestion): Promise<MemoryDiff> {
  const { document, section, from, to } = question
  const after = await documentAt(project, document, to)
  const before = (await documentIfThere(project, document, from)) ?? emptyDocument(document)
  const wanted = section === undefined ? null : sectionMeant(before, after, section).section
  const [old, now] = [textOf(before, wanted), textOf(after, wanted)]
  const names = [`${document}.md at ${from}`, `${document}.md at ${to ?? 'now'}`] as const
  const unified = old === now ? '' : unifiedDiff(names, old, now)
  const sections = sectionDiffs(before, after).filter((one) => wanted === null || one.section === wanted)
  return { document, from, to: to ?? 'now', equal: old === now, sections, unified }
}

/** The section as it is called at the later moment, or was at the earlier one. */
function sectionMeant(before: Document, after: Document, name: string): DocumentSection {
  return findSection(after, name) ?? findSection(before, name) ?? sectionOf(after, name)
}

function textOf(document: Document, section: string | null): string {
  if (section === null) return renderDocument(document)
  return document.sections.find((candidate) => candidate.section === section)?.text ?? ''
}

function unifiedDiff(names: readonly [string, string], before: string, after: string): string {
  const options = {
    context: 3,
    headerOptions: FILE_HEADERS_ONLY,
    maxEditLength: limits.lineDiffEditsMax,
    stripTrailingCr: false,
  }
  const compared = createTwoFilesPatch(...names, before, after, undefined, undefined, options)
  return compared ?? replacedWhole(names, before, after)
}

/** For texts that have too little in common to be compared. */
function replacedWhole(names: readonly [string, string], before: string, after: string): string {
  const [old, now] = [prefixed('-', before), prefixed('+', after)]
  const place = (lines: readonly string[]) => (lines.length === 0 ? '0,0' : `1,${lines.length}`)
  const hunk = `@@ -${place(old)} +${place(now)} @@\n`
  return `--- ${names[0]}\n+++ ${names[1]}\n${hunk}${[...old, ...now].join('')}`
}

function prefixed(sign: string, text: string): string[] {
  return (text.match(/[^\n]*\n|[^\n]+$/gu) ?? []).map((line) =>
    line.endsWith('\n') ? sign + line : `${sign}${line}\n\\ No newline at end of file\n`,
  )
}

function sectionDiffs(before: Document, after: Document): SectionDiff[] {
  const old = new Map(before.sections.map((section) => [section.section, section]))
  const now = new Set(after.sections.map((section) => section.section))
  const changed = after.sections.flatMap((section): SectionDiff[] => {
    const was = old.get(section.section)
    if (was?.text === section.text) return []
    const change = was === undefined ? 'added' : was.heading === section.heading ? 'changed' : 'renamed'
    return [sectionDiff(section, change, [was?.text ?? '', section.text])]
  })
  const removed = before.sections
    .filter(({ section }) => !now.has(section))
    .map((section) => sectionDiff(section, 'removed', [section.text, '']))
  return [...changed, ...removed]
}

function sectionDiff(
  { section, heading, owner }: DocumentSection,
  change: SectionDiff['change'],
  [before, after]: readonly [string, string],
): SectionDiff {
  const runs = diffLines(before, after)
  const count = (kind: string) =>
    runs.reduce((sum, run) => sum + (run.kind === kind ? run.lines.length : 0), 0)
  return { section, heading, owner, change, added: count('added'), removed: count('removed') }
}
