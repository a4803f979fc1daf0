import type { Takeover } from '../handoffs/commands.ts'
import type { Handoff, Lease } from '../handoffs/handoff.ts'
import { contentId } from './digest.ts'
import { leaseEnd } from './held-lease.ts'
import { now, type Project } from './project.ts'
import { coordinatorMeta } from './route-handoff.ts'
import * as targets from './targets.ts'
import type { WorkflowWork } from './workflow-work.ts'

/** A handoff that this worker has, until its lease ends. */
export interface Accepted {
  readonly handoff: Handoff
  readonly lease: Lease
  readonly of: WorkflowWork
}

interface Taking {
  readonly project: Project
  readonly handoff: string
  readonly takeover: Takeover | null
}

/** Takes a handoff for this worker; null when somebody else has it, or nothing is to be taken. */
export async function acceptHandoff({ project, handoff, takeover }: Taking): Promise<Accepted | null> {
  await project.work.refresh()
  const of = project.work.workflowOfHandoff(handoff)
  if (of === null) return null
  const before = of.handoffs.get(handoff)
  const { epoch = 0, redrives = 0 } = before ?? {}
  const session = sessionFor(handoff, before)
  await noteProgress(project, { of, before, handoff })
  const outcome = await project.streams.execute(
    targets.handoff(handoff),
    {
      type: 'AcceptHandoff',
      worker: project.worker,
      session,
      now: now(project),
      leaseUntil: leaseEnd(project),
      takeover,
      seen: { epoch, redrives },
    },
    coordinatorMeta(project, of.id, of.rehearsal),
  )
  const { lease, status } = outcome.state
  if (outcome.kind === 'rejected' || status !== 'accepted' || lease === null) return null
  // While the answer was on its way another worker may have taken over: its lease is not ours.
  const own = outcome.events.some(({ data }) => (data as { epoch?: number }).epoch === lease.epoch)
  return own ? { handoff: outcome.state, lease, of } : null
}

/** The session that a worker of Daybook goes on with; a new one after a redrive, a decline, and for what was elsewhere. */
function sessionFor(id: string, handoff: Handoff | undefined): string {
  const { lease = null, redrives = 0, epoch = 0 } = handoff ?? {}
  if (lease !== null && lease.external !== true) return lease.session
  return newSessionId(id, { redrives, epoch })
}

/** Of the session that an acceptance begins: the same for all who try at the same time. */
export function newSessionId(
  handoff: string,
  { redrives, epoch }: Pick<Handoff, 'redrives' | 'epoch'>,
): string {
  return contentId('session', handoff, epoch === 0 ? String(redrives) : `${redrives} ${epoch}`)
}

/** Steps recorded since the last takeover show that the handoff does not kill every worker. */
async function noteProgress(
  project: Project,
  { of, before, handoff }: { of: WorkflowWork; before: Handoff | undefined; handoff: string },
): Promise<void> {
  if (before?.status !== 'accepted' || before.lease === null) return
  // A lease that was given back is no death: nobody counts it.
  if (before.released && before.takeovers === 0) return
  const steps = of.sessions.get(before.lease.session)?.steps ?? 0
  if (steps <= before.stepsSeen) return
  const { worker, epoch } = before.lease
  const command = {
    type: 'ReportProgress',
    worker,
    epoch,
    note: `${steps} steps are on record.`,
    steps,
  } as const
  await project.streams.execute(
    targets.handoff(handoff),
    command,
    coordinatorMeta(project, of.id, of.rehearsal),
  )
}
