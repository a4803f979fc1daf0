import { z } from 'zod'
import { refusal } from '../kernel/errors.ts'
import { agentKey, Epoch } from '../kernel/words.ts'
import { type Found, found, leaseOf } from '../runtime/inbox/held.ts'
import type { Project } from '../runtime/project.ts'
import { givenText } from '../tools/input.ts'

export const handoffId = givenText(100).min(1).describe('Its id, or the beginning of it')
export const epoch = Epoch.describe('As accept_handoff gave it')

/** By which a call is part of the work on a handoff, so that the log says what it was done for. */
export const workingOn = z
  .strictObject({ handoff: handoffId, epoch })
  .optional()
  .describe('The handoff that you have accepted and work on now, if any')

/** The work that an agent's call is part of. Refused: another agent's work, and what the agent does not hold any more. */
export async function workOf(
  project: Project,
  agent: string,
  { handoff, epoch }: { readonly handoff: string; readonly epoch: number },
): Promise<{ readonly session: string; readonly workflow: string }> {
  const at = await handoffOf(project, agent, handoff)
  const lease = await leaseOf(project, at, epoch)
  if (at.handoff.status !== 'accepted' || at.handoff.lease?.epoch !== epoch) {
    const message = `Handoff ${at.id} is ${at.handoff.status.replace('_', ' ')}, and not yours under epoch ${epoch} any more: stop working on it.`
    throw refusal({ code: 'lease_lost', message, status: at.handoff.status })
  }
  return { session: lease.session, workflow: at.of.id }
}

/** A handoff that was given to this agent. Refused as `not_yours` when it was given to another. */
export async function handoffOf(project: Project, agent: string, handoff: string): Promise<Found> {
  const at = await found(project, handoff)
  const { to } = at.handoff
  if (to !== null && agentKey(to) === agentKey(agent)) return at
  const message = `Handoff ${at.id} was handed to ${to ?? 'nobody'}, not to ${agent}.`
  throw refusal({ code: 'not_yours', message, to })
}
