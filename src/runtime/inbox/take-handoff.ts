import type { Lease } from '../../handoffs/handoff.ts'
import { refusal } from '../../kernel/errors.ts'
import type { Actor } from '../../kernel/event.ts'
import { limits } from '../../kernel/limits.ts'
import { newSessionId } from '../accept-handoff.ts'
import { now, type Project } from '../project.ts'
import { routeHandoff } from '../route-handoff.ts'
import * as targets from '../targets.ts'
import { type Found, found, metaOf } from './held.ts'
import { type Briefing, openSession } from './open-session.ts'
import { refuseBeyondLimits } from './session-limits.ts'

export interface Taking {
  /** Its id, or the beginning of it. */
  readonly handoff: string
  /** For which agent, in any spelling: only the one that was chosen gets it. */
  readonly agent: string
  /** Who is about to work, by a name that nobody else has. The same name again gets the same lease. */
  readonly worker: string
  /** The agent, or a person who takes it in the agent's place. */
  readonly by: Actor
  /** How long it is held without a report; `limits.externalLeaseMs` when absent. */
  readonly leaseMs?: number | undefined
  /** The usual brief when absent. */
  readonly briefing?: Briefing | undefined
}

export interface Taken {
  readonly handoff: string
  readonly workflow: string
  readonly session: string
  readonly agent: string
  readonly need: string
  /** To be named in whatever is said about it from now on. */
  readonly epoch: number
  /** ISO instant; `reportProgress` renews it. */
  readonly leaseUntil: string
  /** Markdown: the need, what was provided and where, what is decided, the sections that matter. */
  readonly brief: string
}

/**
 * Takes a handoff for an agent that lives elsewhere: the append of the acceptance is the fence, of several who try
 * one gets it. A session of its own begins on record, with `external` as its runner and the brief as what it was
 * given. Said again by the same worker it gives the same again; what somebody let lapse may be taken over.
 *
 * Throws `not_yours`, `lease_held`, `not_open` (also for a workflow that is paused or over), `requirements_missing`,
 * `limit_reached`, and `dead_lettered` when it was the last one of too many who took it and were not heard of.
 */
export async function takeHandoff(project: Project, taking: Taking): Promise<Taken> {
  const before = await ready(project, taking.handoff)
  refuseBeyondLimits(before)
  const { agent, worker, by, leaseMs = limits.externalLeaseMs } = taking
  const { epoch, redrives } = before.handoff
  const command = {
    type: 'AcceptHandoff',
    worker,
    session: newSessionId(before.id, before.handoff),
    now: now(project),
    leaseUntil: new Date(project.clock.now() + leaseMs).toISOString(),
    takeover: before.handoff.status === 'accepted' ? 'expired' : null,
    seen: { epoch, redrives },
    external: agent,
  } as const
  const outcome = await project.streams.execute(targets.handoff(before.id), command, metaOf(before, by))
  if (outcome.kind === 'rejected') throw refusal(outcome.rejection)
  const { lease } = outcome.state
  const after = { ...before, handoff: outcome.state }
  if (lease === null || outcome.state.status !== 'accepted') throw givenUp(after)
  if (lease.worker !== worker || lease.external !== true) throw heldBy(lease)
  return taken(project, after, { lease, briefing: taking.briefing })
}

async function taken(
  project: Project,
  after: Found,
  opening: { readonly lease: Lease; readonly briefing: Briefing | undefined },
): Promise<Taken> {
  const { lease } = opening
  const { id, handoff, of } = after
  const { brief } = await openSession(project, after, opening)
  return {
    handoff: id,
    workflow: of.id,
    session: lease.session,
    agent: handoff.to ?? '',
    need: handoff.request?.need ?? '',
    epoch: lease.epoch,
    leaseUntil: lease.leaseUntil,
    brief,
  }
}

/** As far as it can be moved on towards being taken. */
async function ready(project: Project, handoff: string): Promise<Found> {
  const before = await found(project, handoff)
  const { status } = before.of.workflow
  if (status !== 'running') throw refusal({ code: 'not_open', message: `The workflow is ${status}.`, status })
  if (before.handoff.status === 'returned') {
    const { to, missing } = before.handoff
    const message = `It went back to its sender: ${to} needs first: ${missing.join('; ')}.`
    throw refusal({ code: 'requirements_missing', message, missing, to })
  }
  if (before.handoff.status !== 'requested' && before.handoff.status !== 'declined') return before
  await routeHandoff(project, before.id)
  return found(project, before.id)
}

function heldBy({ worker, leaseUntil }: Lease): Error {
  const message = `${worker} works on it until ${leaseUntil}.`
  return refusal({ code: 'lease_held', message, worker, leaseUntil })
}

function givenUp({ handoff }: Found): Error {
  const message = `It is set aside until a person redrives it: ${handoff.reason ?? ''}`
  return refusal({ code: 'dead_lettered', message, status: handoff.status })
}
