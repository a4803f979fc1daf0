import type { Session } from '../../sessions/session.ts'
import { noteOf, planCut, withoutPending } from '../../sessions/trim.ts'
import { digestJson } from '../digest.ts'
import { record, type SessionRun } from './session-run.ts'

/** Failures that say that the conversation is too long, whatever the model would have answered. */
const outgrown: ReadonlySet<string> = new Set(['context_window', 'too_large'])

export function isOutgrown(session: Session): boolean {
  return outgrown.has(session.pending?.failure?.kind ?? '')
}

/**
 * Leaves out the oldest part of a conversation that does not fit into the model's window, as a decision on record:
 * which messages, by turn and digest, and what the model is told instead. null when there is nothing to leave out.
 */
export async function trimContext(run: SessionRun, session: Session): Promise<Session | null> {
  const before = withoutPending(session)
  const cut = planCut(before)
  if (cut === null) return null
  const { keptFrom, left, turns } = cut
  const call = session.pending?.call
  const reason = `The conversation outgrew the context window of ${session.started?.model ?? 'the model'}: what was said in the turns ${turns.from} to ${turns.to} is left out from now on.`
  return record(run, {
    type: 'TrimContext',
    keptFrom,
    dropped: left.length,
    reason,
    turns,
    digest: digestJson(left),
    note: noteOf(cut, before),
    ...(call === undefined ? {} : { call }),
  })
}
