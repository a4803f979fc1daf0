import { limits } from '../kernel/limits.ts'
import type { Accepted } from './accept-handoff.ts'
import { renewalMs } from './lease.ts'
import { now, type Project } from './project.ts'
import { coordinatorMeta } from './route-handoff.ts'
import { RunLost } from './session/session-run.ts'
import * as targets from './targets.ts'

interface Holding {
  readonly project: Project
  readonly handoff: string
  readonly signal: AbortSignal
}

export interface HeldLease {
  readonly signal: AbortSignal
  /** Whether it ran out, by this process's own clock, since it was last known to be renewed. */
  readonly isOver: () => boolean
  readonly end: () => void
}

/** Renews the lease beside the work; a lease that is lost stops the run. */
export function holdLease(work: Holding, accepted: Accepted): HeldLease {
  const { project } = work
  const lost = new AbortController()
  let until = accepted.lease.leaseUntil
  const renew = async () => {
    const leaseUntil = leaseEnd(project)
    if (await progress(work, accepted, { note: 'At work.', leaseUntil })) until = leaseUntil
    else lost.abort(new RunLost('The lease was lost.'))
  }
  const end = project.timers.every(renewalMs(project.leaseMs), () => void renew().catch(() => undefined))
  return { signal: AbortSignal.any([work.signal, lost.signal]), isOver: () => now(project) >= until, end }
}

/** The lease ends at once: whoever is free goes on when there is something to go on with. */
export async function release(work: Holding, accepted: Accepted, note: string): Promise<void> {
  await progress(work, accepted, {
    note: note.slice(0, limits.reasonCharsMax),
    leaseUntil: now(work.project),
    released: true,
  })
}

async function progress(
  work: Holding,
  { lease, of }: Accepted,
  what: { note: string; leaseUntil: string; released?: true },
): Promise<boolean> {
  const { project } = work
  const command = { type: 'ReportProgress', worker: project.worker, epoch: lease.epoch, ...what } as const
  const meta = coordinatorMeta(project, of.id, of.rehearsal)
  const outcome = await project.streams.execute(targets.handoff(work.handoff), command, meta)
  return outcome.kind === 'accepted'
}

/** When a lease ends that is taken or renewed now. */
export function leaseEnd(project: Project): string {
  return new Date(project.clock.now() + project.leaseMs).toISOString()
}
