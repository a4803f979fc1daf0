import { type BlamedLine, blame, type LineOrigins, lineOrigins } from '../../../projections/line-origins.ts'
import { DaybookError } from '../../kernel/errors.ts'
import type { Daybook } from '../daybook.ts'
import { resolveWhen } from '../when.ts'
import { documentAt, sectionOf } from './document-at.ts'
import { memoryEventsOf } from './memory-events.ts'

export type Reading = Pick<Daybook, 'project' | 'projector'>

export interface BlameQuestion {
  readonly document: string
  /** Only this section; its lines keep their numbers in the document. */
  readonly section?: string | undefined
  /** WHEN; now when absent. */
  readonly at?: string | undefined
}

/** Every line of a document or section, now or as of a moment, with where it comes from. */
export async function blameDocument(reading: Reading, question: BlameQuestion): Promise<BlamedLine[]> {
  const { document, section, at } = question
  const state = await originsAt(reading, document, at)
  // Says which documents there are.
  if (state === undefined) await documentAt(reading.project, document, at)
  if (state === undefined) throw new DaybookError('not_found', `There is no document "${document}".`)
  const lines = blame(state)
  if (section === undefined) return lines
  const { section: id } = sectionOf(state.document, section)
  return lines.filter((line) => line.section === id)
}

async function originsAt(
  { project, projector }: Reading,
  document: string,
  at: string | undefined,
): Promise<LineOrigins | undefined> {
  const until = at === undefined ? null : await resolveWhen(project, at)
  await projector.catchUp()
  if (at === undefined) return projector.get(lineOrigins.name, document) as LineOrigins | undefined
  if (until === null) return undefined
  const kept = projector.landmark(lineOrigins.name, document, until) as LineOrigins | undefined
  let state = kept ?? lineOrigins.initial
  const from = state.document.revision + 1
  for await (const event of memoryEventsOf(project.store, document, { from, until }))
    state = lineOrigins.evolve(state, event)
  return state === lineOrigins.initial ? undefined : state
}
