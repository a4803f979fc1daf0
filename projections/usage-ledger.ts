import { streamId } from '../src/kernel/event.ts'
import { isEventOf } from '../src/kernel/event-schema.ts'
import type { Projection } from '../src/kernel/projection.ts'
import { type RecordedSessionEvent, sessionEvents, type Usage } from '../src/sessions/events.ts'
import { cell, count, inline, page, rehearsalNotice, table, usd } from './shared/markdown.ts'
import { at, set, sorted, type Table, without } from './shared/record.ts'
import { addUsd } from './shared/session-row.ts'

export type UsageRow = {
  agent: string
  model: string
  /** Rehearsals cost nothing and are kept apart from what does. */
  rehearsal: boolean
  /** Answers of the model. */
  calls: number
  failedAttempts: number
  inputTokens: number
  outputTokens: number
  cacheWriteTokens: number
  cacheReadTokens: number
  costUsd: number
}

/**
 * One row for each agent and model (and rehearsal); `running` names the agent and model of the sessions that
 * are not over, and is as large as they are many.
 */
export type UsageLedger = {
  rows: Table<UsageRow>
  running: Table<{ agent: string; model: string }>
}

/** Tokens, dollars, calls and failed attempts. Key: the workflow, or `none`. */
export const usageLedger: Projection<UsageLedger> = {
  name: 'usage-ledger',
  version: 1,
  key(event) {
    const counts = isEventOf(sessionEvents, event) && counted.has(event.type)
    return counts ? (event.meta.correlation ?? 'none') : null
  },
  initial: { rows: {}, running: {} },
  evolve(state, event) {
    if (!isEventOf(sessionEvents, event)) return state
    return evolveLedger(state, event as RecordedSessionEvent)
  },
  render(state, key) {
    const of = key === 'none' ? 'outside workflows' : `of workflow ${inline(key)}`
    return page(`# Usage ${of}`, ...parts([state]))
  },
}

/** The rows of several workflows added up, in order of agent and model. */
export function sumUsage(ledgers: Iterable<UsageLedger>): UsageRow[] {
  let rows: Table<UsageRow> = {}
  for (const ledger of ledgers) {
    for (const [key, row] of Object.entries(ledger.rows)) rows = set(rows, key, plus(at(rows, key), row))
  }
  return sorted(rows).map(([, row]) => row)
}

/** The usage of several workflows as one page. */
export function renderUsage(ledgers: readonly UsageLedger[]): string {
  return page('# Usage', ...parts(ledgers))
}

const counted: ReadonlySet<string> = new Set([
  'SessionStarted',
  'ModelAnswered',
  'ModelFailed',
  'SessionCompleted',
  'SessionFailed',
  'SessionCancelled',
])

function evolveLedger(state: UsageLedger, event: RecordedSessionEvent): UsageLedger {
  const session = streamId(event.stream)
  switch (event.type) {
    case 'SessionStarted': {
      const { agent, model } = event.data
      return { ...state, running: set(state.running, session, { agent, model }) }
    }
    case 'ModelAnswered': {
      const { usage, costUsd } = event.data
      return add(state, event, { ...usageOf(usage), costUsd, calls: 1 })
    }
    case 'ModelFailed': {
      const used = event.data.usage === undefined ? {} : usageOf(event.data.usage)
      return add(state, event, { ...used, failedAttempts: 1 })
    }
    case 'SessionCompleted':
    case 'SessionFailed':
    case 'SessionCancelled':
      return { ...state, running: without(state.running, session) }
    default:
      return state
  }
}

function add(state: UsageLedger, event: RecordedSessionEvent, used: Partial<UsageRow>): UsageLedger {
  const { actor } = event.meta
  const running = at(state.running, streamId(event.stream))
  const agent = running?.agent ?? (actor.kind === 'agent' ? actor.id : 'unknown')
  const model = running?.model ?? (event.type === 'ModelAnswered' ? event.data.model : undefined) ?? 'unknown'
  const rehearsal = event.meta.rehearsal === true
  const key = JSON.stringify([rehearsal, agent, model])
  const row = plus(at(state.rows, key), { ...nothing, agent, model, rehearsal, ...used })
  return { ...state, rows: set(state.rows, key, row) }
}

const nothing = {
  calls: 0,
  failedAttempts: 0,
  inputTokens: 0,
  outputTokens: 0,
  cacheWriteTokens: 0,
  cacheReadTokens: 0,
  costUsd: 0,
}

function usageOf(usage: Usage) {
  const { inputTokens, outputTokens, cacheWriteTokens, cacheReadTokens } = usage
  return { inputTokens, outputTokens, cacheWriteTokens, cacheReadTokens }
}

function plus(a: UsageRow | undefined, b: UsageRow): UsageRow {
  if (a === undefined) return b
  return {
    ...a,
    calls: a.calls + b.calls,
    failedAttempts: a.failedAttempts + b.failedAttempts,
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    costUsd: addUsd(a.costUsd, b.costUsd),
  }
}

function parts(ledgers: readonly UsageLedger[]): string[] {
  const rows = sumUsage(ledgers)
  const real = rows.filter((row) => !row.rehearsal)
  const rehearsed = rows.filter((row) => row.rehearsal)
  const none = real.length === 0 && rehearsed.length === 0
  return [
    none ? 'No model was called.' : '',
    ...(real.length === 0 ? [] : ['## By agent and model', ledgerTable(real)]),
    ...(real.length === 0 ? [] : ['## By model', ledgerTable(totals(real))]),
    ...(rehearsed.length === 0 ? [] : ['## Rehearsals', rehearsalNotice, ledgerTable(rehearsed)]),
  ]
}

/** One row for each model, and one for all of them. */
function totals(rows: readonly UsageRow[]): UsageRow[] {
  const byModel = Map.groupBy(rows, (row) => row.model)
  const sums = [...byModel].map(([, group]) => ({ ...group.reduce(plus), agent: 'all' }))
  return [...sums, { ...rows.reduce(plus), agent: 'all', model: 'all' }]
}

function ledgerTable(rows: readonly UsageRow[]): string {
  const heads = ['agent', 'model', 'calls', 'failed', 'input', 'output', 'cache write', 'cache read', 'cost']
  const cells = rows.map((row) => [
    cell(row.agent),
    cell(row.model),
    count(row.calls),
    count(row.failedAttempts),
    count(row.inputTokens),
    count(row.outputTokens),
    count(row.cacheWriteTokens),
    count(row.cacheReadTokens),
    usd(row.costUsd),
  ])
  return table(heads, cells, '')
}
