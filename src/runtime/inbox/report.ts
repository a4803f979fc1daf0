import type { HandoffStatus } from '../../handoffs/handoff.ts'
import { refusal } from '../../kernel/errors.ts'
import type { Actor } from '../../kernel/event.ts'
import { limits } from '../../kernel/limits.ts'
import type { Project } from '../project.ts'
import { routeHandoff } from '../route-handoff.ts'
import * as targets from '../targets.ts'
import { type Found, found, leaseOf, metaOf } from './held.ts'
import { refuseOverTime } from './session-limits.ts'

/** What is said about a handoff by whoever has taken it. */
export interface Said {
  /** Its id, or the beginning of it. */
  readonly handoff: string
  /** Under which it was taken. */
  readonly epoch: number
  readonly by: Actor
}

export interface Progress extends Said {
  /** One line for people. */
  readonly note: string
  /** Lines noted since the last report and not said then, oldest first; at most `limits.notesPerReportMax`. */
  readonly earlier?: readonly string[] | undefined
  /** From now on; `limits.externalLeaseMs` when absent. */
  readonly leaseMs?: number | undefined
}

/**
 * Says that the work goes on, and renews the lease. Throws `lease_lost` when another has taken over or the handoff is
 * over (then stop: what comes now does not count), and `limit_reached` when the session took longer than it may.
 */
export async function reportProgress(
  project: Project,
  { note, earlier = [], leaseMs = limits.externalLeaseMs, ...said }: Progress,
): Promise<{ readonly handoff: string; readonly epoch: number; readonly leaseUntil: string }> {
  const at = await found(project, said.handoff)
  const { worker, session } = await leaseOf(project, at, said.epoch)
  await refuseOverTime(project, at, session)
  const leaseUntil = new Date(project.clock.now() + leaseMs).toISOString()
  const command = {
    type: 'ReportProgress',
    worker,
    epoch: said.epoch,
    note: note.slice(0, limits.reasonCharsMax),
    earlier: earlier.map((line) => line.slice(0, limits.reasonCharsMax)),
    leaseUntil,
  } as const
  const outcome = await project.streams.execute(targets.handoff(at.id), command, metaOf(at, said.by))
  if (outcome.kind === 'rejected') throw refusal(outcome.rejection)
  return { handoff: at.id, epoch: said.epoch, leaseUntil }
}

export interface Declining {
  readonly handoff: string
  /** The agent that does not want it, in any spelling. */
  readonly agent: string
  readonly reason: string
  readonly by: Actor
  /** Needed once it was taken. */
  readonly epoch?: number | undefined
}

/**
 * Gives a handoff back, before or after it was taken. It is routed again at once, never to an agent that declined
 * it; after `limits.handoffDeclinesMax` refusals it is set aside for a person. The session, if one had begun, ends.
 * Throws `not_yours`, `not_open` and `lease_lost`. Said again it changes nothing.
 */
export async function declineWork(
  project: Project,
  { handoff, agent, reason, by, epoch }: Declining,
): Promise<{ readonly handoff: string; readonly status: HandoffStatus; readonly to: string | null }> {
  const at = await found(project, handoff)
  const { lease } = at.handoff
  const command = {
    type: 'DeclineHandoff',
    by: agent,
    reason: reason.slice(0, limits.reasonCharsMax),
    ...(epoch === undefined ? {} : { epoch }),
  } as const
  const outcome = await project.streams.execute(targets.handoff(at.id), command, metaOf(at, by))
  if (outcome.kind === 'rejected') throw refusal(outcome.rejection)
  if (lease !== null && lease.epoch === epoch)
    await endDeclined(project, at, { session: lease.session, by, reason })
  await routeHandoff(project, at.id)
  const { status, to } = await project.streams.load(targets.handoff(at.id))
  return { handoff: at.id, status, to }
}

async function endDeclined(
  project: Project,
  at: Found,
  { session, by, reason }: { session: string; by: Actor; reason: string },
): Promise<void> {
  const said = `Declined: ${reason}`.slice(0, limits.reasonCharsMax)
  const command = { type: 'CancelSession', by, reason: said } as const
  await project.streams.execute(targets.session(session), command, metaOf(at, by))
}
