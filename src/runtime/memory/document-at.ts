import { DaybookError } from '../../kernel/errors.ts'
import type { Position } from '../../kernel/event.ts'
import { memoryDecider } from '../../memory/decider.ts'
import { type Document, type DocumentSection, emptyDocument, findSection } from '../../memory/document.ts'
import type { Project } from '../project.ts'
import { resolveWhen } from '../when.ts'
import { memoryEventsOf } from './memory-events.ts'

/** A document, now or as of WHEN. Rejects with `not_found` and the names that there are. */
export async function documentAt(project: Project, name: string, at?: string): Promise<Document> {
  const document = await documentIfThere(project, name, at)
  if (document !== null) return document
  await project.view.refresh()
  const known = project.view.documents().map((one) => one.document)
  const then = at === undefined ? '' : ` at ${at}`
  throw new DaybookError(
    'not_found',
    `There is no document "${name}"${then}. Documents: ${known.join(', ') || 'none'}.`,
  )
}

/** A document, now or as of WHEN; null when there was none. */
export async function documentIfThere(
  project: Project,
  name: string,
  at: string | undefined,
): Promise<Document | null> {
  if (at === undefined) {
    await project.view.refresh()
    return project.view.document(name)
  }
  const until = await resolveWhen(project, at)
  return until === null ? null : documentUntil(project, name, until)
}

/** A document right after a position; null before its first event. Folded from the nearest kept state. */
export async function documentUntil(
  project: Project,
  name: string,
  until: Position,
): Promise<Document | null> {
  await project.reading.refresh()
  let state = project.past.nearest(name, until) ?? emptyDocument(name)
  for await (const event of memoryEventsOf(project.store, name, { from: state.revision + 1, until }))
    state = memoryDecider.evolve(state, event)
  return state.revision < 0 ? null : state
}

/** A section by id, heading or heading in kebab case. Rejects with `not_found` and the headings that there are. */
export function sectionOf(document: Document, name: string): DocumentSection {
  const section = findSection(document, name)
  if (section !== undefined) return section
  const known = document.sections.map(({ heading }) => `"${heading}"`).join(', ') || 'none'
  throw new DaybookError(
    'not_found',
    `${document.document}.md has no section "${name}". Its sections: ${known}.`,
  )
}

/** A section, now or as of WHEN. Rejects with `not_found` and what there is instead. */
export async function sectionAt(
  project: Project,
  { document, section, at }: { document: string; section: string; at?: string | undefined },
): Promise<DocumentSection> {
  if (at === undefined) return sectionOf(await documentAt(project, document), section)
  const until = await resolveWhen(project, at)
  const found = until === null ? 'unknown' : await project.sectionPasts.find(document, section, until)
  return found === 'unknown' ? sectionOf(await documentAt(project, document, at), section) : found
}
