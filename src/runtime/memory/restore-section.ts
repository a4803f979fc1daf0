import { refusal } from '../../kernel/errors.ts'
import type { Actor } from '../../kernel/event.ts'
import type { RestoreSection } from '../../memory/decider.ts'
import { findSection } from '../../memory/document.ts'
import type { EditVia } from '../../memory/events.ts'
import { claimsOn } from '../claims.ts'
import type { Daybook } from '../daybook.ts'
import { contentId } from '../digest.ts'
import { now } from '../project.ts'
import * as targets from '../targets.ts'
import { documentAt, sectionOf } from './document-at.ts'

export interface RestoreQuestion {
  readonly document: string
  readonly section: string
  /** WHEN. */
  readonly at: string
  readonly by: Actor
  readonly via: EditVia
}

/** Brings a section back to what it was at a moment, by a new event. Gives the event, or null when it is so already. */
export async function restoreSection(
  reading: Pick<Daybook, 'project' | 'projector'>,
  question: RestoreQuestion,
): Promise<string | null> {
  const { project } = reading
  const { document, at, by, via } = question
  const then = await documentAt(project, document, at)
  const was = sectionOf(then, question.section)
  await project.view.refresh()
  const current = await project.streams.load(targets.document(document))
  const standing =
    current.sections.find((section) => section.section === was.section) ?? findSection(current, was.heading)
  const command: RestoreSection = {
    type: 'RestoreSection',
    document,
    section: standing?.section ?? was.heading,
    text: was.text,
    restores: was.event,
    actor: by,
    claims: claimsOn(project.view, document),
    via,
    at: now(project),
    idBase: contentId('restore', document, was.section, was.event, String(current.revision)),
    reason: `Restored as of ${at}.`,
  }
  const outcome = await project.streams.execute(targets.document(document), command, { actor: by })
  if (outcome.kind === 'rejected') throw refusal(outcome.rejection)
  await project.rendering.render(document)
  return outcome.events.find((event) => event.type === 'DocumentEdited')?.id ?? null
}
