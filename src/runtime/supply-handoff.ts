import type { Provided } from '../handoffs/events.ts'
import { refusal } from '../kernel/errors.ts'
import type { Actor } from '../kernel/event.ts'
import type { HandoffDetails } from './handoff-details.ts'
import type { Project } from './project.ts'
import * as targets from './targets.ts'
import { type HandoffView, showHandoff } from './work-views.ts'

export interface Supply {
  /** The handoff's id, or the beginning of it. */
  readonly handoff: string
  readonly by: Actor
  readonly provides: Provided[]
  /** Replaces the context. */
  readonly context?: string | undefined
  /** `forced`: it goes on without the rest; only a person may say so. */
  readonly missing?: 'asked_for' | 'forced' | undefined
  /** Why. */
  readonly note?: string | undefined
}

/** Fills in what the receiver of a returned handoff needs; gives the handoff as it stands then. */
export async function supplyHandoff(project: Project, supply: Supply): Promise<HandoffView & HandoffDetails> {
  const { by, provides, context, missing, note } = supply
  const { id, workflow } = await showHandoff(project, supply.handoff)
  const rehearsal = project.work.workflow(workflow)?.rehearsal === true
  const meta = { actor: by, correlation: workflow, ...(rehearsal ? { rehearsal: true as const } : {}) }
  const added = {
    ...(context === undefined ? {} : { context }),
    ...(missing === 'forced' ? { forced: true as const } : {}),
    ...(note === undefined ? {} : { note }),
  }
  const command = { type: 'SupplyHandoff', by, provides, ...added } as const
  const outcome = await project.streams.execute(targets.handoff(id), command, meta)
  if (outcome.kind === 'rejected') throw refusal(outcome.rejection)
  return showHandoff(project, id)
}
