import type { Clock } from '../kernel/clock.ts'
import type { EventMeta } from '../kernel/event.ts'
import type { EditDocument, MemoryDecision } from '../memory/decider.ts'
import type { Document } from '../memory/document.ts'
import { claimsOn } from './claims.ts'
import type { Holder } from './command-hold.ts'
import { contentId } from './digest.ts'
import type { DocumentHistory } from './document-history.ts'
import type { LogView } from './log-view.ts'
import type { CommandEdit } from './rendering.ts'
import type { Outcome, Streams } from './streams.ts'
import * as targets from './targets.ts'

interface Log {
  readonly streams: Streams
  readonly view: LogView
  readonly history: DocumentHistory
  readonly clock: Clock
}

/** A file that is gone or empty is no edit: nobody means to remove everything. */
export function isTakenAway({ after }: CommandEdit): boolean {
  return after === null || after.trim() === ''
}

/** Whether nothing of an edit was refused. */
export function isTakenWhole(outcome: Outcome<Document>): boolean {
  if (outcome.kind === 'rejected') return false
  return (
    ((outcome.decision as Partial<Extract<MemoryDecision, { kind: 'accepted' }>>).refusals ?? []).length === 0
  )
}

/**
 * Records what a command left in a document as an edit of the agent that ran it, begun from the rendering that
 * the command found: its own section is taken, the others are refused. The same call edits once.
 */
export async function editAsAgent(
  { streams, view, history, clock }: Log,
  holder: Holder,
  { document, before, after }: CommandEdit,
): Promise<Outcome<Document>> {
  await view.refresh()
  const definition = view.agent(holder.agent)?.definition
  const base = before === null ? null : await history.renderedAs(document, before)
  const command: EditDocument = {
    type: 'EditDocument',
    document,
    edit: { kind: 'document', text: after ?? '' },
    ...(base === null ? {} : { base }),
    actor: { kind: 'agent', id: holder.agent },
    claims: claimsOn(view, document),
    template: definition?.claims[0]?.document === document ? definition.template : null,
    session: holder.session,
    call: holder.call,
    via: 'bash',
    at: new Date(clock.now()).toISOString(),
    idBase: contentId('section', holder.session, holder.call),
  }
  const meta: EventMeta = { actor: command.actor, correlation: holder.workflow }
  return streams.execute(targets.document(document), command, meta)
}
