import type { WorkflowStatus } from '../workflow-status.ts'
import type { HandoffRow } from './handoff-row.ts'
import {
  cell,
  count,
  cut,
  inline,
  page,
  plural,
  quote,
  rehearsalMark,
  rehearsalNotice,
  table,
  usd,
  when,
} from './markdown.ts'
import type { SessionRow } from './session-row.ts'

const needCharsMax = 200

/** A workflow on one page: goal, how far it is, what it used, and the tree of its handoffs. */
export function renderWorkflow(state: WorkflowStatus, workflow: string): string {
  const settled = state.handoffs.length - state.open
  return page(
    `# Workflow ${inline(workflow)}`,
    state.rehearsal ? rehearsalNotice : null,
    state.goal === '' ? null : quote(state.goal),
    summary(state),
    table(['limit', 'used', 'of'], usage(state), ''),
    '## Handoffs',
    `${plural(state.handoffs.length, 'handoff')}: ${settled} settled, ${state.open} open.`,
    tree(state) || 'None yet.',
    outside(state),
    state.dropped === 0 ? null : `${count(state.dropped)} more handoffs and sessions are not shown here.`,
  )
}

function summary(state: WorkflowStatus): string {
  const facts: [string, string | null][] = [
    ['Status', state.reason === null ? state.status : `${state.status}: ${inline(state.reason)}`],
    ['Started', state.startedAt === null ? null : `${when(state.startedAt)} by ${inline(state.by ?? '')}`],
    ['Ended', state.endedAt === null ? null : when(state.endedAt)],
    ['Last change', state.changedAt === null ? null : when(state.changedAt)],
    ['Model', state.model === '' ? null : inline(state.model)],
    ['First agent', state.entry === null ? null : inline(state.entry)],
    ['Agents', state.agents === 0 ? null : String(state.agents)],
    ['Forked from', state.parent === null ? null : inline(state.parent)],
    ['Limit reached', limitReached(state)],
  ]
  return facts.flatMap(([label, text]) => (text === null ? [] : [`- **${label}**: ${text}`])).join('\n')
}

function limitReached({ limitReached: reached }: WorkflowStatus): string | null {
  if (reached === null) return null
  return `${reached.limit.replace('_', ' ')}, ${reached.reached} of ${reached.max}`
}

function usage(state: WorkflowStatus): string[][] {
  const { limits: max } = state
  if (max === null) return []
  const deepest = Math.max(0, ...state.handoffs.map((row) => row.hop))
  const turns = Math.max(0, ...state.sessions.map((row) => row.turns))
  return [
    ['cost', usd(state.costUsd), usd(max.costUsdMax)],
    ['tokens', count(state.tokens), count(max.tokensMax)],
    ['handoffs', count(state.handoffs.length), count(max.handoffsMax)],
    ['depth', count(deepest), count(max.depthMax)],
    ['turns of one session', count(turns), count(max.turnsPerSessionMax)],
  ]
}

/** Handoffs below the one that led to them; each once, whatever their parents say. */
function tree(state: WorkflowStatus): string {
  const known = new Set(state.handoffs.map((row) => row.id))
  const children = Map.groupBy(state.handoffs, (row) =>
    row.parent !== null && known.has(row.parent) ? row.parent : '',
  )
  const sessions = new Map(state.sessions.map((row) => [row.id, row]))
  const lines: string[] = []
  const pending = (children.get('') ?? []).map((row) => ({ row, depth: 0 })).reverse()
  const seen = new Set<string>()
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (seen.has(next.row.id)) continue
    seen.add(next.row.id)
    const indent = '  '.repeat(next.depth)
    lines.push(...branch(next.row, sessions.get(next.row.session ?? '')).map((line) => indent + line))
    const below = children.get(next.row.id) ?? []
    pending.push(...below.map((row) => ({ row, depth: next.depth + 1 })).reverse())
  }
  return lines.join('\n')
}

function branch(row: HandoffRow, session: SessionRow | undefined): string[] {
  const mark = rehearsalMark(row.rehearsal)
  const to = row.to === null ? 'nobody yet' : inline(row.to)
  const status = row.status.replace('_', ' ')
  const head = `- **${inline(row.from)} → ${to}**: ${inline(cut(row.need, needCharsMax))} · ${status}${mark}`
  const why = row.reason === null ? [] : [`  - Because: ${inline(row.reason)}`]
  return session === undefined ? [head, ...why] : [head, ...why, `  - Session ${sessionLine(session)}`]
}

function sessionLine(row: SessionRow): string {
  const reason = row.reason === null ? '' : ` (${inline(row.reason)})`
  const used = `${plural(row.turns, 'turn')}, ${count(row.tokens)} tokens, ${usd(row.costUsd)}`
  return `${inline(row.id)} of ${inline(row.agent)}: ${row.status}${reason}, ${used}${rehearsalMark(row.rehearsal)}`
}

/** Sessions that serve no handoff of this workflow. */
function outside(state: WorkflowStatus): string {
  const served = new Set(state.handoffs.map((row) => row.session))
  const rows = state.sessions.filter((row) => !served.has(row.id))
  if (rows.length === 0) return ''
  const cells = rows.map((row) => [
    `${cell(row.id)}${rehearsalMark(row.rehearsal)}`,
    cell(row.agent),
    row.status,
    count(row.tokens),
    usd(row.costUsd),
  ])
  return ['## Other sessions', table(['session', 'agent', 'status', 'tokens', 'cost'], cells, '')].join(
    '\n\n',
  )
}
