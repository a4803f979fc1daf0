import { refusal } from '../kernel/errors.ts'
import type { Actor, EventMeta } from '../kernel/event.ts'
import type { EditDocument, MemoryDecision } from '../memory/decider.ts'
import { type Document, type DocumentSection, findSection } from '../memory/document.ts'
import type { EditVia } from '../memory/events.ts'
import { claimsOn } from './claims.ts'
import type { ServedDaybook } from './daybook.ts'
import { contentId } from './digest.ts'
import { now } from './project.ts'
import { recordRefusal } from './record-refusal.ts'
import * as targets from './targets.ts'

/** What a writer of a section says about the state it saw. */
export type Precondition =
  | { readonly kind: 'revision'; readonly revision: number }
  | { readonly kind: 'present' }
  | { readonly kind: 'absent' }

export interface SectionWriting {
  readonly document: string
  /** Id, heading, or heading in kebab case. */
  readonly section: string
  readonly text: string
  readonly by: Actor
  readonly precondition: Precondition
  /** How it came in. */
  readonly via: Extract<EditVia, 'api' | 'mcp'>
  /** The work that it belongs to, where that is known. */
  readonly within?: { readonly session: string; readonly workflow: string } | undefined
}

export interface Written {
  readonly section: DocumentSection
  readonly opened: boolean
  readonly notes: readonly string[]
}

/**
 * Writes one section, by the same rules as every other way in. What others changed since the state that the
 * writer saw is merged where the changes do not touch; where they do, `stale` with the text that stands there.
 */
export async function writeSection(daybook: ServedDaybook, writing: SectionWriting): Promise<Written> {
  const { project, settings } = daybook
  const { document, section, by, within } = writing
  await project.view.refresh()
  const target = targets.document(document)
  const before = await project.streams.load(target)
  const seen = await seenBy(daybook, writing, before)
  const meta: EventMeta = {
    actor: by,
    ...(within === undefined ? {} : { correlation: within.workflow }),
    ...(settings.rehearsal ? { rehearsal: true } : {}),
  }
  const outcome = await project.streams.execute(target, { ...command(daybook, writing), ...seen }, meta)
  if (outcome.kind === 'rejected') {
    const { code, message } = outcome.rejection
    if (code === 'not_owner' || code === 'not_claimed') {
      const what = `write ${document}/${section}`
      await recordRefusal(project, { by, what, code, reason: message, rehearsal: settings.rehearsal })
    }
    throw refusal(outcome.rejection)
  }
  await project.rendering.render(document)
  const after = findSection(outcome.state, section) ?? newestOf(outcome.state)
  const { refusals, diagnostics } = outcome.decision as Extract<MemoryDecision, { kind: 'accepted' }>
  const notes = [...(refusals ?? []), ...(diagnostics ?? [])].map(({ message }) => message)
  return { section: after, opened: findSection(before, section) === undefined, notes }
}

function command({ project }: ServedDaybook, writing: SectionWriting): EditDocument {
  const { document, section, text, by, via, within } = writing
  const definition = by.kind === 'agent' ? project.view.agent(by.id)?.definition : undefined
  return {
    type: 'EditDocument',
    document,
    edit: { kind: 'section', section, text },
    actor: by,
    claims: claimsOn(project.view, document),
    template: definition?.claims[0]?.document === document ? definition.template : null,
    via,
    ...(within === undefined ? {} : { session: within.session }),
    at: now(project),
    idBase: contentId('section', project.ids.next()),
  }
}

/** The state that the writer saw, as the memory's rules take it. */
async function seenBy(
  daybook: ServedDaybook,
  { document, section, precondition }: SectionWriting,
  current: Document,
): Promise<Pick<EditDocument, 'base' | 'expects'>> {
  const standing = findSection(current, section)
  switch (precondition.kind) {
    case 'absent':
      return { expects: { kind: 'absent' } }
    case 'present':
      if (standing === undefined) throw gone(document, section)
      return {}
    case 'revision': {
      const { revision } = precondition
      const base = await daybook.project.history.at(document, revision)
      if (base === null || findSection(base, section) === undefined) throw gone(document, section, standing)
      return { base }
    }
  }
}

function gone(document: string, section: string, standing?: DocumentSection) {
  const about = { document, heading: standing?.heading ?? section, owner: standing?.owner ?? null }
  const now =
    standing === undefined
      ? {}
      : { section: standing.section, current: standing.text, revision: standing.revision }
  const message = `"${about.heading}" of ${document} is not what you saw: read it again and put your change into it`
  return refusal({ code: 'stale', ...about, ...now, message })
}

/** A section whose heading the writer changed is found by its event. */
function newestOf(document: Document): DocumentSection {
  return document.sections.reduce((newest, one) => (one.revision > newest.revision ? one : newest))
}
