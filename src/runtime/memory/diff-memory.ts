import {
  type Document,
  type DocumentSection,
  emptyDocument,
  findSection,
  renderDocument,
} from '../../memory/document.ts'
import { diffLines } from '../../memory/line-diff.ts'
import { unifiedDiff } from '../../memory/unified-diff.ts'
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
  const unified = unifiedDiff(names, old, now)
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
