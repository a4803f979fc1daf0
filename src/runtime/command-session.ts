import { DaybookError, refusal } from '../kernel/errors.ts'
import type { Actor, RecordedEvent } from '../kernel/event.ts'
import type { SessionCommand } from '../sessions/commands.ts'
import type { Project } from './project.ts'
import * as targets from './targets.ts'
import { type SessionView, showSession } from './work-views.ts'

export interface PersonsWord {
  /** The session's id, or its beginning. */
  readonly session: string
  readonly by: Actor
}

type Shown = SessionView & { readonly events: RecordedEvent[] }

/** Lets a paused session go on. Rejects while it is not known what became of one of its tool calls. */
export function resumeSession(
  project: Project,
  { session, by, reason }: PersonsWord & { reason: string },
): Promise<Shown> {
  return carryOut(project, { session, by, commands: [{ type: 'ResumeSession', reason }] })
}

/** Ends a session; its handoff fails, and can be redriven. */
export function cancelSession(
  project: Project,
  { session, by, reason }: PersonsWord & { reason: string },
): Promise<Shown> {
  return carryOut(project, { session, by, commands: [{ type: 'CancelSession', by, reason }] })
}

export interface OutcomeDecision extends PersonsWord {
  readonly decision: 'retry' | 'skip' | 'fail'
  readonly note: string | null
}

/**
 * Says what shall become of the tool calls whose outcome is not known, and lets the session go on. Rejects with
 * `rejected` when there is none.
 */
export async function decideOutcome(
  project: Project,
  { session, by, decision, note }: OutcomeDecision,
): Promise<Shown> {
  const { id } = await showSession(project, session)
  const unknown = project.work.workflowOfSession(id)?.sessions.get(id)?.unknown ?? []
  if (unknown.length === 0)
    throw new DaybookError('rejected', `No tool call of session ${id} has an unknown outcome.`)
  const said = note === null ? {} : { note }
  const commands = unknown.map(
    (toolUse) => ({ type: 'DecideOutcome', toolUse, decision, by, ...said }) as const,
  )
  const reason = `A person decided: ${decision}.`
  return carryOut(project, { session: id, by, commands: [...commands, { type: 'ResumeSession', reason }] })
}

async function carryOut(
  project: Project,
  { session, by, commands }: PersonsWord & { commands: readonly SessionCommand[] },
): Promise<Shown> {
  const { id, workflow } = await showSession(project, session)
  const rehearsal = project.work.workflow(workflow)?.rehearsal === true
  const meta = { actor: by, correlation: workflow, ...(rehearsal ? { rehearsal: true as const } : {}) }
  for (const command of commands) {
    const outcome = await project.streams.execute(targets.session(id), command, meta)
    if (outcome.kind === 'rejected') throw refusal(outcome.rejection)
  }
  return showSession(project, id)
}
