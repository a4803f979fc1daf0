import type { SessionCommand } from '../../sessions/commands.ts'
import { isEnded, type Session } from '../../sessions/session.ts'
import { readSummary } from '../../sessions/summary.ts'
import type { HandoverReply } from '../hand-over.ts'
import type { Project } from '../project.ts'
import type { Missing } from '../route-handoff.ts'
import { type EndingSession, handOverNeeds, notesOf } from '../session/last-words.ts'
import { sessionMeta } from '../session/session-run.ts'
import * as targets from '../targets.ts'
import { definitionOf, found } from './held.ts'
import { openSession } from './open-session.ts'

/**
 * Carries through what follows from a result that came from elsewhere: from the log alone, by whoever comes first,
 * as often as they like. The summary is read by the agent's labels, each need of it becomes a handoff, once, and the
 * session ends. In a workflow that is over nothing is handed on.
 */
export async function closeExternal(
  project: Project,
  handoff: string,
  missing: Missing = 'blocks',
): Promise<{ readonly session: Session; readonly replies: readonly HandoverReply[] }> {
  const at = await found(project, handoff)
  const { lease, answer } = at.handoff
  if (lease === null || answer === null)
    return { session: targets.session('none').decider.initial, replies: [] }
  const run: EndingSession = {
    project,
    id: lease.session,
    handoff: at.id,
    workflow: at.of.id,
    lease,
    definition: definitionOf(project, at),
    rehearsal: at.of.rehearsal,
  }
  const { session } = await openSession(project, at, { lease })
  const told = isEnded(session)
    ? session
    : await tell(run, { type: 'RecordSummary', ...readSummary(answer, run.definition) })
  const { status } = at.of.workflow
  const goesOn = status === 'running' || status === 'paused' || status === 'completed'
  const replies = goesOn ? await handOverNeeds(run, told, missing) : []
  if (isEnded(told)) return { session: told, replies }
  const notes = await notesOf(run, told, replies)
  return { session: await tell(run, { type: 'CompleteSession', notes }), replies }
}

/** A session that somebody cancelled meanwhile stays as it is. */
async function tell(run: EndingSession, command: SessionCommand): Promise<Session> {
  const { state } = await run.project.streams.execute(targets.session(run.id), command, sessionMeta(run))
  return state
}
