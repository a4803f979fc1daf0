import { type Handoff, isSettled } from '../../handoffs/handoff.ts'
import { type ChecklistItem, checklistOf } from '../../handoffs/requirements.ts'
import { limits } from '../../kernel/limits.ts'
import { agentKey } from '../../kernel/words.ts'
import { contentId } from '../digest.ts'
import { now, type Project } from '../project.ts'
import { type HandoffView, handoffView } from '../work-views.ts'

/**
 * The inbox of an agent: what waits for it, wherever it lives. Agents that Daybook runs itself have one, too; their
 * handoffs are mostly taken before anybody looks.
 *
 * An agent that lives elsewhere works in five steps, each a function beside this file: it lists its inbox, takes one
 * handoff (`takeHandoff`: a lease with an epoch, and the brief), says now and then that it is alive
 * (`reportProgress`), and completes it with its Session Summary (`completeWork`) or gives it back with a reason
 * (`declineWork`). Everything but the listing names the epoch: once another has taken over, nothing that is said
 * under an older one counts.
 */
export interface InboxItem extends HandoffView {
  /**
   * open: may be taken. held: somebody works on it until `leaseUntil`. lapsed: somebody did, and was not heard of
   * since; it may be taken. returned: it comes back to this agent, its sender, for want of `missing`.
   */
  readonly state: 'open' | 'held' | 'lapsed' | 'returned'
  /** Who holds it, and since which epoch; null while it is open. */
  readonly worker: string | null
  readonly epoch: number | null
  readonly leaseUntil: string | null
  readonly deadline: string | null
  /** The receiver's requirements, and where each was met. */
  readonly checklist: readonly ChecklistItem[]
  /** What the last report said. */
  readonly note: string | null
}

export interface Inbox {
  readonly agent: string
  /** The oldest workflow first; at most `limits.inboxItemsMax`. */
  readonly items: readonly InboxItem[]
  /** Changes whenever anything in the inbox does: to wait for the next change, see `waitForInbox`. */
  readonly cursor: string
}

/** What waits for an agent now. `agent` in any spelling; one that nobody knows has an empty inbox. */
export async function listInbox(project: Project, agent: string): Promise<Inbox> {
  await project.work.refresh()
  const key = agentKey(agent)
  const items: InboxItem[] = []
  for (const work of project.work.open()) {
    if (work.workflow.status !== 'running') continue
    for (const [id, handoff] of work.handoffs) {
      const state = stateFor(handoff, { key, now: now(project) })
      if (state === null || items.length >= limits.inboxItemsMax) continue
      items.push({ ...handoffView(work, id, handoff), ...itemOf(handoff), state })
    }
  }
  const seen = items.map(({ id, state, epoch, missing }) => [id, state, epoch, missing.length].join(' '))
  return { agent, items, cursor: contentId('inbox', ...seen) }
}

/** Something that the agent can do something about. */
export function canBeTaken({ state }: InboxItem): boolean {
  return state !== 'held'
}

function stateFor(
  handoff: Handoff,
  { key, now }: { readonly key: string; readonly now: string },
): InboxItem['state'] | null {
  const { status, to, lease, request } = handoff
  if (isSettled(status) || request === null) return null
  const { from } = request
  if (status === 'returned') return from.kind === 'agent' && agentKey(from.id) === key ? 'returned' : null
  if (to === null || agentKey(to) !== key) return null
  if (status === 'routed') return 'open'
  if (status !== 'accepted' || lease === null) return null
  return lease.leaseUntil <= now ? 'lapsed' : 'held'
}

function itemOf(handoff: Handoff): Omit<InboxItem, keyof HandoffView | 'state'> {
  const { lease, request, requirements, context, provides, note } = handoff
  return {
    worker: lease?.worker ?? null,
    epoch: lease?.epoch ?? null,
    leaseUntil: lease?.leaseUntil ?? null,
    deadline: request?.deadline ?? null,
    checklist: checklistOf(requirements, { context, provides }),
    note,
  }
}
