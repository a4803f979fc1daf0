import type { RecordedEvent } from '../kernel/event.ts'
import { isEventOf } from '../kernel/event-schema.ts'
import { sessionEvents } from '../sessions/events.ts'
import { events as catalogue } from './catalogue.ts'
import type { Folding } from './log-reading.ts'

export interface TokenCounts {
  readonly input: number
  readonly output: number
  readonly cacheWrite: number
  readonly cacheRead: number
}

/**
 * What came through this process's reading of the log, whoever appended it: for those who watch. It begins with the
 * process, as counters do, and is kept nowhere.
 */
export class LogCounts implements Folding {
  readonly #events = new Map<string, number>()
  readonly #failures = new Map<string, number>()
  readonly #errors = new Map<string, number>()
  tokens: TokenCounts = { input: 0, output: 0, cacheWrite: 0, cacheRead: 0 }
  costUsd = 0

  /** By type; what this Daybook does not know is `other`, so that there are never more types than it has. */
  get events(): ReadonlyMap<string, number> {
    return this.#events
  }

  /** Model calls that failed, by kind. */
  get failures(): ReadonlyMap<string, number> {
    return this.#failures
  }

  /** What went wrong, by what it went wrong with: `model`, `tool`, `session`, `handoff`, and so on. */
  get errors(): ReadonlyMap<string, number> {
    return this.#errors
  }

  evolve(event: RecordedEvent): void {
    more(this.#events, catalogue.has(event.type) ? event.type : 'other')
    const failed = failures[event.type]
    if (failed !== undefined) more(this.#errors, failed)
    if (!isEventOf(sessionEvents, event)) return
    if (event.type === 'ModelFailed') more(this.#failures, event.data.kind)
    if (event.type === 'ToolReturned' && event.data.isError) more(this.#errors, 'tool')
    if (event.type !== 'ModelAnswered') return
    const { usage, costUsd } = event.data
    this.costUsd += costUsd
    this.tokens = {
      input: this.tokens.input + usage.inputTokens,
      output: this.tokens.output + usage.outputTokens,
      cacheWrite: this.tokens.cacheWrite + usage.cacheWriteTokens,
      cacheRead: this.tokens.cacheRead + usage.cacheReadTokens,
    }
  }
}

const failures: Readonly<Record<string, string>> = {
  ModelFailed: 'model',
  OutcomeUnknown: 'tool',
  SessionFailed: 'session',
  HandoffFailed: 'handoff',
  HandoffDeadLettered: 'handoff',
  WorkflowFailed: 'workflow',
  EditRefused: 'edit',
  RequestRefused: 'request',
}

function more(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}
