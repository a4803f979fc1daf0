import type { Project } from '../project.ts'

/** How large a section is, and how stale. */
export interface SectionReport {
  readonly document: string
  readonly section: string
  readonly heading: string
  readonly owner: string | null
  readonly bytes: number
  readonly lines: number
  readonly changedAt: string
  readonly changedBy: string
  /** Whole days since the last change. */
  readonly ageDays: number
  /** Edits of the document since then: the rest went on without it. */
  readonly editsSince: number
}

const dayMs = 86_400_000

/** Every section of every document, or of one, with its size and its age, the oldest first. */
export async function reportSections({ view, clock }: Project, only?: string): Promise<SectionReport[]> {
  await view.refresh()
  const nowMs = clock.now()
  const documents = view.documents().filter(({ document }) => only === undefined || document === only)
  return documents
    .flatMap(({ document, sections, revision: newest }) =>
      sections.map(({ section, heading, owner, text, at, by, revision }) => ({
        document,
        section,
        heading,
        owner,
        bytes: Buffer.byteLength(text),
        lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0),
        changedAt: at,
        changedBy: `${by.kind}:${by.id}`,
        ageDays: Math.floor((nowMs - Date.parse(at)) / dayMs),
        editsSince: newest - revision,
      })),
    )
    .sort((a, b) => (a.changedAt < b.changedAt ? -1 : a.changedAt > b.changedAt ? 1 : 0))
}
