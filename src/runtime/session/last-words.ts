import { limits } from '../../kernel/limits.ts'
import { needsOf } from '../../sessions/needs.ts'
import type { Session } from '../../sessions/session.ts'
import { type HandoverReply, handOver } from '../hand-over.ts'
import { rosterOf } from '../roster.ts'
import type { Missing } from '../route-handoff.ts'
import { sessionEdited } from './session-edits.ts'
import { agentMeta, type SessionRun } from './session-run.ts'

/** What the end of a session is told from, wherever its model ran. */
export type EndingSession = Pick<
  SessionRun,
  'project' | 'id' | 'handoff' | 'workflow' | 'lease' | 'definition' | 'rehearsal'
>

/** Hands over what a session's summary asks of others, each need once; the view has to be up to date. */
export async function handOverNeeds(
  run: EndingSession,
  session: Session,
  missing: Missing = 'blocks',
): Promise<HandoverReply[]> {
  const { project } = run
  const work = project.work.workflow(run.workflow)
  const roster = rosterOf(project.view, work?.workflow.roster ?? []).map(({ definition }) => definition.name)
  const replies: HandoverReply[] = []
  for (const need of needsOf(session.summary?.fields ?? [], roster)) {
    const context = summaryContext(session)
    replies.push(
      await handOver(project, {
        from: { kind: 'agent', id: run.definition.name },
        workflow: run.workflow,
        parent: run.handoff,
        session: run.id,
        need: need.need,
        to: need.to,
        context,
        provides: [],
        mode: 'delegate',
        missing,
        meta: agentMeta(run),
      }),
    )
  }
  return replies
}

/** What the receiver of a need gets to know: the sender's summary, and where its section stands. */
function summaryContext(session: Session): string {
  const lines = (session.summary?.fields ?? []).map((field) => `**${field.label}**: ${field.text}`)
  return lines.join('\n').slice(0, limits.contextCharsMax / 2)
}

/** What its record should say beside the summary: what the agent's file asks for and the session lacks. */
export async function notesOf(
  run: EndingSession,
  session: Session,
  replies: readonly HandoverReply[],
): Promise<string[]> {
  const notes: string[] = []
  if (run.definition.claims.length > 0 && !(await sessionEdited(run)))
    notes.push('The agent did not update its section.')
  const missing = session.summary?.missing ?? []
  if (missing.length > 0) notes.push(`The summary lacks: ${missing.join(', ')}.`)
  for (const reply of replies) {
    if (reply.status === 'refused') notes.push(`Not handed off: ${reply.reason}`)
    if (reply.status === 'settled' && reply.outcome === 'dead_lettered')
      notes.push(`Set aside: ${reply.answer}`)
    if (reply.status === 'nobody') notes.push(`Nobody could take: ${reply.reason}`)
  }
  return notes.map((note) => note.slice(0, limits.reasonCharsMax)).slice(0, 100)
}
