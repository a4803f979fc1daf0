import type { EditDocument } from '../../memory/decider.ts'
import { type Document, type DocumentSection, emptyDocument, findSection } from '../../memory/document.ts'
import { type Claim, keeperOf, sameAgent } from '../../memory/ownership.ts'
import { lastSeen } from '../../sessions/session.ts'
import { claimsOn } from '../claims.ts'
import * as targets from '../targets.ts'
import type { SessionRun } from './session-run.ts'

type Run = Omit<SessionRun, 'tools'>

/** Of a base that is no state of the log, but what a session knows of one. */
const noRevision = -2

/** What a session's edit says about the state that it saw. */
export type Seen = Pick<EditDocument, 'base' | 'expects'>

/**
 * The state that a session's write of one section began from: its own section as it was last given it, read it
 * or wrote it, by what is on record, so that a resumed session says the same. What others changed there since
 * is merged or makes the write stale; an own section that it never saw makes it stale at once.
 */
export async function seenSection(
  run: Run,
  { document, heading }: { document: string; heading: string },
): Promise<Seen> {
  const current = standing(run, document)
  const section = findSection(current, heading)
  if (section === undefined) return { base: await withTakenOut(run, current, heading) }
  if (!isOwn(run, current, section)) return { base: current }
  const known = await knownSection(run, document, section.section)
  return known === null ? { expects: { kind: 'absent' } } : { base: withKnown(current, [known]) }
}

/** The same for a whole document that the session was not shown by this process. */
export async function seenDocument(run: Run, document: string): Promise<Seen> {
  const current = standing(run, document)
  const own = current.sections.filter((section) => isOwn(run, current, section))
  const known = await Promise.all(own.map(({ section }) => knownSection(run, document, section)))
  return {
    base: withKnown(
      current,
      known.filter((section) => section !== null),
    ),
  }
}

/** The section as the session knows it: the newer of what it saw and what it wrote. null: it knows nothing of it. */
export async function knownSection(
  run: Run,
  document: string,
  section: string,
): Promise<DocumentSection | null> {
  const { history, streams } = run.project
  const session = await streams.load(targets.session(run.id))
  const event = lastSeen(session, { document, section })
  const seen = event === null ? null : await history.sectionBy(document, { section, event })
  const written = (await history.recent(document)).findLast(
    ({ state, session: by }) => by === run.id && writtenAt(state, section) !== undefined,
  )
  const own = written === undefined ? undefined : writtenAt(written.state, section)
  return own !== undefined && own.revision > (seen?.revision ?? -1) ? own : seen
}

function writtenAt(state: Document, section: string): DocumentSection | undefined {
  return state.sections.find((one) => one.section === section && one.revision === state.revision)
}

/** A section that the session knows and somebody took out meanwhile stands in what the session saw. */
async function withTakenOut(run: Run, current: Document, heading: string): Promise<Document> {
  const { history, streams } = run.project
  const { document } = current
  const before = (await history.recent(document)).findLast(
    ({ state }) => findSection(state, heading) !== undefined,
  )
  const section = before === undefined ? undefined : findSection(before.state, heading)
  if (section === undefined) return current
  const session = await streams.load(targets.session(run.id))
  // Told once that it is gone, the agent may open it again.
  const told = session.sectionsRead[`${document}/${section.section}`] === ''
  const known = told ? null : await knownSection(run, document, section.section)
  return known === null
    ? current
    : { ...current, revision: noRevision, sections: [...current.sections, known] }
}

function withKnown(current: Document, known: readonly DocumentSection[]): Document {
  const byId = new Map(known.map((section) => [section.section, section]))
  const older = current.sections.some(({ section, event }) => (byId.get(section)?.event ?? event) !== event)
  if (!older) return current
  const sections = current.sections.map((section) => byId.get(section.section) ?? section)
  return { ...current, revision: noRevision, sections }
}

/** Whether the agent may write into a section. */
export function isOwn(run: Run, current: Document, section: DocumentSection): boolean {
  const claims: readonly Claim[] = claimsOn(run.project.view, current.document)
  return sameAgent(keeperOf(current, section, claims), run.definition.name)
}

function standing({ project }: Run, document: string): Document {
  return project.view.document(document) ?? emptyDocument(document)
}
