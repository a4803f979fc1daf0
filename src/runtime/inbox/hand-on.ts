import type { HandoffMode, Provided } from '../../handoffs/events.ts'
import { refusal } from '../../kernel/errors.ts'
import { type HandoverReply, handOver } from '../hand-over.ts'
import type { Project } from '../project.ts'
import { agentMeta } from '../session/session-run.ts'
import { definitionOf, found, leaseOf } from './held.ts'

export interface HandingOn {
  /** The handoff that the sender works on, and the epoch under which it was taken. */
  readonly handoff: string
  readonly epoch: number
  readonly need: string
  /** Null: Daybook chooses. */
  readonly to: string | null
  readonly context: string
  readonly provides: Provided[]
  readonly mode: HandoffMode
}

/**
 * Passes a piece of the work on while it is being done: what the tool `hand_off` is for Daybook's own sessions. One
 * need of a session is one handoff, however often it is said, also when the summary says it again. Of a handoff with
 * mode `ask` the answer is read later, with the same call: it then says `settled`. Throws `lease_lost`.
 */
export async function handOn(
  project: Project,
  { handoff, epoch, ...rest }: HandingOn,
): Promise<HandoverReply> {
  const at = await found(project, handoff)
  const lease = await leaseOf(project, at, epoch)
  if (at.handoff.status !== 'accepted' || at.handoff.lease?.epoch !== epoch) {
    const message = `Handoff ${at.id} is ${at.handoff.status.replace('_', ' ')} and no longer yours: nothing is handed on from it.`
    throw refusal({ code: 'lease_lost', message, status: at.handoff.status })
  }
  await project.view.refresh()
  const definition = definitionOf(project, at)
  const from = { kind: 'agent' as const, id: definition.name }
  const meta = agentMeta({ project, workflow: at.of.id, rehearsal: at.of.rehearsal, definition })
  return handOver(project, { ...rest, from, workflow: at.of.id, parent: at.id, session: lease.session, meta })
}
