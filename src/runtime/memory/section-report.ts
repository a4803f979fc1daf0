import type { Project } from '../project.ts'

/** How large and how old a section is. */
export interface SectionReport {
  readonly document: string
  readonly heading: string
  readonly owner: string | null
  readonly bytes: number
  readonly lines: number
  readonly changedAt: string
  readonly changedBy: string
  /** Whole days since the last change. */
  readonly ageDays: number
}

const dayMs = 86_400_000

/** Every section with its size and its age, the oldest first. */
export async function reportSections({ view, clock }: Project): Promise<SectionReport[]> {
  await view.refresh()
  const nowMs = clock.now()
  return view
    .documents()
    .flatMap(({ document, sections }) =>
      sections.map(({ heading, owner, text, at, by }) => ({
        document,
        heading,
        owner,
        bytes: Buffer.byteLength(text),
        lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0),
        changedAt: at,
        changedBy: `${by.kind}:${by.id}`,
        ageDays: Math.floor((nowMs - Date.parse(at)) / dayMs),
      })),
    )
    .sort((a, b) => (a.changedAt < b.changedAt ? -1 : a.changedAt > b.changedAt ? 1 : 0))
}
