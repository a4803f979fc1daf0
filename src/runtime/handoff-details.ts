import { type HandoffEvent, handoffEvents } from '../handoffs/events.ts'
import type { Handoff } from '../handoffs/handoff.ts'
import { type ChecklistItem, checklistOf } from '../handoffs/requirements.ts'
import type { RecordedEvent } from '../kernel/event.ts'
import { isEventOf } from '../kernel/event-schema.ts'
import type { DatedCandidate } from './dated-evidence.ts'

type DataOf<Type extends HandoffEvent['type']> = Extract<HandoffEvent, { type: Type }>['data']

/** With who recorded the evidence, and when, where that was looked up. */
type Dated<Data> = Omit<Data, 'candidates'> & { candidates: DatedCandidate[] }

/** Everything that was said about a handoff. */
export interface HandoffDetails {
  readonly context: string
  readonly provides: Handoff['provides']
  readonly requirements: readonly string[]
  /** Each requirement, and where it was met. */
  readonly checklist: readonly ChecklistItem[]
  readonly lease: {
    readonly worker: string
    readonly epoch: number
    readonly leaseUntil: string
    readonly external: boolean
  } | null
  readonly deadline: string | null
  /** Agents that said no. */
  readonly declined: readonly string[]
  readonly redrives: number
  readonly deadLetter: Handoff['deadLetter']
  readonly answer: string | null
  /** Every decision about who gets it, the last one last. */
  readonly decisions: readonly (
    | ({ readonly event: string } & Dated<DataOf<'HandoffRouted'>>)
    | ({ readonly event: string; readonly to: null } & Dated<DataOf<'HandoffUnrouted'>>)
  )[]
  readonly history: readonly {
    readonly event: string
    readonly type: string
    readonly at: string
    readonly by: string
    /** The reason or note of the event, where it has one. */
    readonly said: string | null
  }[]
}

/** From a handoff and the events of its stream. */
export function handoffDetails(handoff: Handoff, events: readonly RecordedEvent[]): HandoffDetails {
  const { requirements, context, provides, answer, request, declined, redrives, deadLetter } = handoff
  return {
    context,
    provides,
    requirements,
    checklist: checklistOf(requirements, { context, provides }),
    lease: leaseOf(handoff),
    deadline: request?.deadline ?? null,
    declined,
    redrives,
    deadLetter,
    answer,
    decisions: events.flatMap(decisionOf),
    history: events.map(({ id: event, type, data, meta }) => ({
      event,
      type,
      at: meta.recordedAt,
      by: `${meta.actor.kind}:${meta.actor.id}`,
      said: saidBy(data),
    })),
  }
}

function leaseOf({ lease }: Handoff): HandoffDetails['lease'] {
  if (lease === null) return null
  const { worker, epoch, leaseUntil, external = false } = lease
  return { worker, epoch, leaseUntil, external }
}

function saidBy(data: unknown): string | null {
  const { reason, note, outcome } = (data ?? {}) as { reason?: string; note?: string; outcome?: string }
  return reason ?? note ?? outcome ?? null
}

function decisionOf(event: RecordedEvent): HandoffDetails['decisions'] {
  if (!isEventOf(handoffEvents, event)) return []
  const known = event as unknown as HandoffEvent & { id: string }
  if (known.type === 'HandoffRouted') return [{ event: known.id, ...known.data }]
  return known.type === 'HandoffUnrouted' ? [{ event: known.id, to: null, ...known.data }] : []
}
