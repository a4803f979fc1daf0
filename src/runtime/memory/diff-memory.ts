import { createTwoFilesPatch, diffLines, FILE_HEADERS_ONLY } from 'diff'
import { type Document, emptyDocument, renderDocument } from '../../memory/document.ts'
import type { Daybook } from '../daybook.ts'
import { documentAt, sectionOf } from './document-at.ts'

export interface SectionDiff {
  readonly heading: string
  readonly change: 'added' | 'removed' | 'changed'
  readonly owner: string | null
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
  readonly section: string | undefined
  /** WHEN; `to` is now when absent. */
  readonly from: string
  readonly to: string | undefined
}

/** What changed in a document, or in one section, between two moments. */
export async function diffMemory(
  reading: Pick<Daybook, 'project' | 'projector'>,
  question: DiffQuestion,
): Promise<MemoryDiff> {
  const { document, section, from, to } = question
  const after = await documentAt(reading, document, to)
  const before = await documentAt(reading, document, from).catch(() => emptyDocument(document))
  const [old, now] =
    section === undefined
      ? [renderDocument(before), renderDocument(after)]
      : sectionTexts(before, after, section)
  const names = [`${document}.md at ${from}`, `${document}.md at ${to ?? 'now'}`] as const
  const unified =
    old === now
      ? ''
      : createTwoFilesPatch(...names, old, now, undefined, undefined, {
          context: 3,
          headerOptions: FILE_HEADERS_ONLY,
        })
  const sections = sectionDiffs(before, after).filter(
    (one) => section === undefined || one.heading === sectionHeading(before, after, section),
  )
  return { document, from, to: to ?? 'now', equal: old === now, sections, unified }
}

function sectionTexts(before: Document, after: Document, name: string): [string, string] {
  const heading = sectionHeading(before, after, name)
  const text = (document: Document) =>
    document.sections.find((section) => section.heading === heading)?.text ?? ''
  return [text(before), text(after)]
}

function sectionHeading(before: Document, after: Document, name: string): string {
  try {
    return sectionOf(after, name).heading
  } catch {
    return sectionOf(before, name).heading
  }
}

function sectionDiffs(before: Document, after: Document): SectionDiff[] {
  const old = new Map(before.sections.map((section) => [section.section, section]))
  const now = new Set(after.sections.map((section) => section.section))
  const changed = after.sections.flatMap((section): SectionDiff[] => {
    const was = old.get(section.section)
    if (was?.text === section.text) return []
    const counts = countLines(was?.text ?? '', section.text)
    return [
      {
        heading: section.heading,
        owner: section.owner,
        change: was === undefined ? 'added' : 'changed',
        ...counts,
      },
    ]
  })
  const removed = before.sections
    .filter((section) => !now.has(section.section))
    .map(
      ({ heading, owner, text }): SectionDiff => ({
        heading,
        owner,
        change: 'removed',
        ...countLines(text, ''),
      }),
    )
  return [...changed, ...removed]
}

function countLines(before: string, after: string): { added: number; removed: number } {
  let added = 0
  let removed = 0
  for (const part of diffLines(before, after)) {
    if (part.added) added += part.count ?? 0
    if (part.removed) removed += part.count ?? 0
  }
  return { added, removed }
}
