import type { Rejection } from '../kernel/errors.ts'
import type { Actor } from '../kernel/event.ts'
import type { LimitName } from '../kernel/limit-events.ts'
import type { WorkflowCommand } from '../workflows/decider.ts'
import type { Project } from './project.ts'
import * as targets from './targets.ts'

export interface PersonsCommand {
  readonly workflow: string
  readonly command: WorkflowCommand
  readonly by: Actor
}

/** Limits that stop one session and not its workflow. */
const ofSessions: ReadonlySet<LimitName> = new Set(['turns', 'wall_time', 'session_tokens', 'session_cost'])

/**
 * Carries out what a person says about a running workflow. A raised limit also lets the sessions go on that
 * had stopped at it. Gives the refusal, or null when it is done.
 */
export async function commandWorkflow(
  project: Project,
  { workflow, command, by }: PersonsCommand,
): Promise<Rejection | null> {
  await project.work.refresh()
  const work = project.work.workflow(workflow)
  const meta = {
    actor: by,
    correlation: workflow,
    ...(work?.rehearsal === true ? { rehearsal: true as const } : {}),
  }
  const outcome = await project.streams.execute(targets.workflow(workflow), command, meta)
  if (outcome.kind === 'rejected') return outcome.rejection
  if (command.type !== 'RaiseLimit' || !ofSessions.has(command.limit)) return null
  const reason = `The limit on ${command.limit.replace('_', ' ')} was raised to ${command.max}.`
  for (const session of work?.sessions.values() ?? []) {
    if (session.status !== 'paused' || session.waitsFor !== 'limit') continue
    await project.streams.execute(targets.session(session.id), { type: 'ResumeSession', reason }, meta)
  }
  return null
}
