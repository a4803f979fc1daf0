import type { AgentDefinition } from '../../agents/events.ts'
import type { Handoff, Lease } from '../../handoffs/handoff.ts'
import { refusal } from '../../kernel/errors.ts'
import { type Actor, type EventMeta, type RecordedEvent, streamOf } from '../../kernel/event.ts'
import type { Project } from '../project.ts'
import { rosterOf } from '../roster.ts'
import { findHandoff } from '../work-views.ts'
import type { WorkflowWork } from '../workflow-work.ts'

/** A handoff as it stands, with the workflow that it serves. */
export interface Found {
  readonly id: string
  readonly handoff: Handoff
  readonly of: WorkflowWork
}

/** By its id, or the beginning of it, as it stands in the log. Throws `not_found`. */
export async function found(project: Project, handoff: string): Promise<Found> {
  const { id, work: of } = await findHandoff(project, handoff)
  return { id, handoff: of.handoffs.get(id)!, of }
}

/** Under whose name it goes on record. */
export function metaOf({ of }: Pick<Found, 'of'>, by: Actor): EventMeta {
  return { actor: by, correlation: of.id, ...(of.rehearsal ? { rehearsal: true as const } : {}) }
}

/** Whoever got it under this epoch, also when another has it by now. Throws `lease_lost` for an epoch that was never given. */
export async function leaseOf(project: Project, { id, handoff }: Found, epoch: number): Promise<Lease> {
  if (handoff.lease?.epoch === epoch) return handoff.lease
  for await (const event of project.store.readStream(streamOf('handoff', id))) {
    if (event.type !== 'HandoffAccepted') continue
    const lease = (event as RecordedEvent).data as unknown as Lease
    if (lease.epoch === epoch) return lease
  }
  const message = `Nobody has taken handoff ${id} under epoch ${epoch}: take it first.`
  throw refusal({ code: 'lease_lost', message, epoch: handoff.epoch })
}

/** The agent that has it, as its workflow pinned it. */
export function definitionOf(project: Project, { handoff, of }: Found): AgentDefinition {
  return pinnedAgent(project, { handoff, of }).definition
}

export function pinnedAgent(project: Project, { handoff, of }: Pick<Found, 'handoff' | 'of'>) {
  const agent = rosterOf(project.view, of.workflow.roster).find(
    (known) => known.definition.name === handoff.to,
  )
  if (agent !== undefined) return agent
  const message = `Workflow ${of.id} has no agent named ${handoff.to}.`
  throw refusal({ code: 'not_found', message })
}
