import { handoffEvents, type RecordedHandoffEvent } from '../src/handoffs/events.ts'
import { streamId } from '../src/kernel/event.ts'
import { isEventOf } from '../src/kernel/event-schema.ts'
import { limits } from '../src/kernel/limits.ts'
import type { Projection } from '../src/kernel/projection.ts'
import {
  evolveRow,
  type HandoffRow,
  type HandoffRowStatus,
  handoffStatuses,
  handoffWorkflow,
  isOpen,
  type Reason,
} from './shared/handoff-row.ts'
import { cell, cut, eventName, inline, page, plural, rehearsalMark, table } from './shared/markdown.ts'

/**
 * In the order of their requests. At most `limits.boardHandoffsMax`: of more, settled ones are let go first,
 * the oldest first, and counted in `dropped`.
 */
export type HandoffBoard = { handoffs: HandoffRow[]; dropped: number }

/** Who has which piece of work, and why that one. Key: the workflow, or `none`. */
export const handoffBoard: Projection<HandoffBoard> = {
  name: 'handoff-board',
  version: 2,
  key: (event) => (isEventOf(handoffEvents, event) ? (handoffWorkflow(event) ?? 'none') : null),
  initial: { handoffs: [], dropped: 0 },
  evolve(state, event) {
    if (!isEventOf(handoffEvents, event)) return state
    const id = streamId(event.stream)
    const index = state.handoffs.findIndex((row) => row.id === id)
    const before = state.handoffs[index]
    const row = evolveRow(before, event as RecordedHandoffEvent)
    if (row === before) return state
    if (before !== undefined) return { ...state, handoffs: state.handoffs.with(index, row) }
    return bounded({ ...state, handoffs: [...state.handoffs, row] })
  },
  render(state, key) {
    const open = state.handoffs.filter((row) => isOpen(row.status)).length
    const columns = handoffStatuses.flatMap((status) => column(state, status))
    const of = key === 'none' ? 'outside workflows' : `of workflow ${inline(key)}`
    return page(
      `# Handoffs ${of}`,
      `${plural(state.handoffs.length + state.dropped, 'handoff')}, ${open} open.`,
      state.dropped === 0 ? null : `The ${plural(state.dropped, 'oldest handoff')} are not shown here.`,
      ...columns,
    )
  },
}

const headings: Record<HandoffRowStatus, string> = {
  requested: 'Open',
  routed: 'Routed',
  returned: 'Returned: the receiver needs more',
  accepted: 'Accepted',
  declined: 'Declined: it goes to somebody else',
  completed: 'Completed',
  failed: 'Failed',
  unrouted: 'Unrouted: nobody could take it',
  expired: 'Expired',
  cancelled: 'Cancelled',
  dead_lettered: 'Given up',
}

function column(state: HandoffBoard, status: HandoffRowStatus): string[] {
  const rows = state.handoffs.filter((row) => row.status === status)
  if (rows.length === 0) return []
  const heads = ['handoff', 'from', 'to', 'need', 'hop', 'session', 'because']
  const cells = rows.map((row) => [
    `${cell(row.id)}${rehearsalMark(row.rehearsal)}`,
    cell(row.fromKind === 'agent' ? row.from : `${row.from} (${row.fromKind})`),
    cell(row.to),
    cell(cut(row.need, 300)),
    String(row.hop),
    cell(row.session),
    because(row),
  ])
  return [`## ${headings[status]} (${rows.length})`, table(heads, cells, '')]
}

/** The reason, the rules that spoke for the choice, and what is missing. */
function because(row: HandoffRow): string {
  const parts = [
    row.reason === null ? '' : cell(row.reason),
    ...row.because.map(rule),
    row.missing.length === 0 ? '' : `missing: ${cell(row.missing.join('; '))}`,
  ]
  return parts.filter((part) => part !== '').join(' · ') || '–'
}

function rule(reason: Reason): string {
  const points = (reason.value * reason.weight).toFixed(2)
  const said = reason.evidence === '' ? '' : `: ${cell(reason.evidence)}`
  const recorded = reason.event === null ? '' : ` (${eventName(reason.event)})`
  return `${cell(reason.rule)} ${points}${said}${recorded}`
}

function bounded(state: HandoffBoard): HandoffBoard {
  if (state.handoffs.length <= limits.boardHandoffsMax) return state
  const settled = state.handoffs.findIndex((row) => !isOpen(row.status))
  return { handoffs: state.handoffs.toSpliced(Math.max(0, settled), 1), dropped: state.dropped + 1 }
}
