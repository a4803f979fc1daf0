import type { Project } from './project.ts'
import { coordinatorMeta } from './route-handoff.ts'
import * as targets from './targets.ts'
import type { WorkflowWork } from './workflow-work.ts'

/** Nothing is open any more: the workflow is complete. */
export async function completeWorkflow(project: Project, work: WorkflowWork): Promise<void> {
  const handoffs = [...work.handoffs.values()]
  const count = (...statuses: string[]) =>
    handoffs.filter((handoff) => statuses.includes(handoff.status)).length
  const command = {
    type: 'CompleteWorkflow',
    sessions: work.sessions.size,
    handoffs: handoffs.length,
    unrouted: count('unrouted'),
    failed: count('failed', 'expired', 'dead_lettered'),
  } as const
  await project.streams.execute(
    targets.workflow(work.id),
    command,
    coordinatorMeta(project, work.id, work.rehearsal),
  )
}

export async function failWorkflow(
  project: Project,
  { work, code, reason }: { work: WorkflowWork; code: string; reason: string },
): Promise<void> {
  const meta = coordinatorMeta(project, work.id, work.rehearsal)
  await project.streams.execute(targets.workflow(work.id), { type: 'FailWorkflow', code, reason }, meta)
}

/** What a person redrove goes on, and its workflow with it. */
export async function reopenWorkflow(project: Project, work: WorkflowWork): Promise<void> {
  const meta = coordinatorMeta(project, work.id, work.rehearsal)
  const reason = 'A handoff of it was redriven.'
  const command = { type: 'ResumeWorkflow', by: meta.actor, reason, redriven: true } as const
  await project.streams.execute(targets.workflow(work.id), command, meta)
}

/** Nobody needs it any more. Who works on it finds its lease gone. */
export async function expireHandoff(
  project: Project,
  { work, handoff }: { work: WorkflowWork; handoff: string },
): Promise<void> {
  const deadline = work.handoffs.get(handoff)?.request?.deadline ?? ''
  const command = { type: 'ExpireHandoff', reason: `Its deadline was ${deadline}.` } as const
  const meta = coordinatorMeta(project, work.id, work.rehearsal)
  await project.streams.execute(targets.handoff(handoff), command, meta)
}

/** Whoever ran the session has no part in its handoff any more. */
export async function endSession(
  project: Project,
  { work, session, reason }: { work: WorkflowWork; session: string; reason: string },
): Promise<void> {
  const meta = coordinatorMeta(project, work.id, work.rehearsal)
  const command = { type: 'CancelSession', by: meta.actor, reason } as const
  await project.streams.execute(targets.session(session), command, meta)
}

/** A cancelled workflow takes its open handoffs and their sessions with it. */
export async function cancelHandoff(
  project: Project,
  { work, handoff }: { work: WorkflowWork; handoff: string },
): Promise<void> {
  const meta = coordinatorMeta(project, work.id, work.rehearsal)
  const by = meta.actor
  const reason = `The workflow is ${work.workflow.status}.`
  const lease = work.handoffs.get(handoff)?.lease
  const session = lease === undefined || lease === null ? undefined : work.sessions.get(lease.session)
  if (session !== undefined && (session.status === 'running' || session.status === 'paused')) {
    await project.streams.execute(targets.session(session.id), { type: 'CancelSession', by, reason }, meta)
  }
  await project.streams.execute(targets.handoff(handoff), { type: 'CancelHandoff', by, reason }, meta)
}
