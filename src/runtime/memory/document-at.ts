import { insights } from '../../../projections/insights.ts'
import { DaybookError } from '../../kernel/errors.ts'
import type { Json, Position } from '../../kernel/event.ts'
import type { Projection } from '../../kernel/projection.ts'
import { type Document, type DocumentSection, findSection } from '../../memory/document.ts'
import type { Daybook } from '../daybook.ts'
import { projectAt } from '../projector.ts'
import { resolveWhen } from '../when.ts'

type Reading = Pick<Daybook, 'project' | 'projector'>

/** One state of a projection, now or as of a moment. undefined: there was nothing. */
export async function stateAt<State extends Json>(
  { project, projector }: Reading,
  projection: Projection<State>,
  { key, at }: { key: string; at: string | undefined },
): Promise<State | undefined> {
  if (at === undefined) {
    await projector.catchUp()
    return projector.get(projection.name, key) as State | undefined
  }
  const until = await resolveWhen(project.store, project.clock, at)
  if (until === null) return undefined
  return (await projectAt(project.store, projection, { until, key })).get(key)
}

/** A document, now or as of a moment. Rejects with `not_found` and the names that there are. */
export async function documentAt(reading: Reading, name: string, at?: string): Promise<Document> {
  const document = await stateAt(reading, insights, { key: name, at })
  if (document !== undefined) return document
  await reading.projector.catchUp()
  const known = reading.projector.keys(insights.name).join(', ') || 'none'
  const then = at === undefined ? '' : ` at ${at}`
  throw new DaybookError('not_found', `There is no document "${name}"${then}. Documents: ${known}.`)
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

/** WHEN as a position; null before the first event, undefined for now. */
export async function positionOf(
  { project }: Reading,
  at: string | undefined,
): Promise<Position | null | undefined> {
  return at === undefined ? undefined : resolveWhen(project.store, project.clock, at)
}
