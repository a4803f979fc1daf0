import { handoffDecider } from '../handoffs/decider.ts'
import { type HandoffEvent, handoffEvents } from '../handoffs/events.ts'
import type { Handoff } from '../handoffs/handoff.ts'
import { fold } from '../kernel/decider.ts'
import { type Position, type RecordedEvent, streamCategory, streamId } from '../kernel/event.ts'
import { isEventOf } from '../kernel/event-schema.ts'
import type { Usage } from '../sessions/events.ts'
import { addUsage, totalTokens } from '../sessions/session.ts'
import type { EventStore } from '../store/port.ts'
import { type Workflow, workflowDecider } from '../workflows/decider.ts'

/** A session, as far as moving work on needs it. */
export interface SessionBrief {
  readonly id: string
  readonly agent: string
  readonly handoff: string | null
  readonly status: 'running' | 'paused' | 'completed' | 'failed' | 'cancelled'
  readonly waitsFor: string | null
  readonly reason: string | null
  readonly usage: Usage
  readonly costUsd: number
  /** Results on record: answers and tool results. */
  readonly steps: number
  /** Tool calls whose outcome is not known. */
  readonly unknown: readonly string[]
}

export interface WorkflowWork {
  readonly id: string
  workflow: Workflow
  readonly handoffs: Map<string, Handoff>
  readonly sessions: Map<string, SessionBrief>
  rehearsal: boolean
  /** Events of its streams so far, and the position of the last. */
  events: number
  touched: Position | null
}

/**
 * Everything about workflows that is needed to move them on, folded from the log: the same in every process
 * that has read as far.
 */
export class OpenWork {
  readonly #store: EventStore
  readonly #workflows = new Map<string, WorkflowWork>()
  readonly #workflowOfHandoff = new Map<string, string>()
  readonly #workflowOfSession = new Map<string, string>()
  #position: Position | null = null
  #refreshing: Promise<void> | null = null

  constructor(store: EventStore) {
    this.#store = store
  }

  get position(): Position | null {
    return this.#position
  }

  /** Folds what was appended since; calls at the same time share one reading. */
  refresh(): Promise<void> {
    const running =
      this.#refreshing ??
      this.#read().finally(() => {
        this.#refreshing = null
      })
    this.#refreshing = running
    return running
  }

  workflows(): IterableIterator<WorkflowWork> {
    return this.#workflows.values()
  }

  workflow(id: string): WorkflowWork | null {
    return this.#workflows.get(id) ?? null
  }

  workflowOfHandoff(handoff: string): WorkflowWork | null {
    return this.#workflows.get(this.#workflowOfHandoff.get(handoff) ?? '') ?? null
  }

  workflowOfSession(session: string): WorkflowWork | null {
    return this.#workflows.get(this.#workflowOfSession.get(session) ?? '') ?? null
  }

  async #read(): Promise<void> {
    const from = this.#position === null ? ('start' as const) : { after: this.#position }
    const filter = { streamPrefixes: ['workflow-', 'handoff-', 'session-'] }
    for await (const event of this.#store.readAll({ from, filter })) this.evolve(event)
  }

  /** Folds one event; one that was folded before changes nothing. */
  evolve(event: RecordedEvent): void {
    if (this.#position !== null && event.position <= this.#position) return
    this.#position = event.position
    const id = streamId(event.stream)
    switch (streamCategory(event.stream)) {
      case 'workflow':
        this.#evolveWorkflow(id, event)
        break
      case 'handoff':
        this.#evolveHandoff(id, event)
        break
      case 'session':
        this.#evolveSession(id, event)
        break
    }
  }

  #evolveWorkflow(id: string, event: RecordedEvent): void {
    const work = this.#work(id)
    work.workflow = fold(workflowDecider, [event], work.workflow)
    count(work, event)
    if (event.meta.rehearsal === true) work.rehearsal = true
  }

  #evolveHandoff(id: string, event: RecordedEvent): void {
    if (!isEventOf(handoffEvents, event)) return
    const known = event as unknown as HandoffEvent
    if (known.type === 'HandoffRequested') this.#workflowOfHandoff.set(id, known.data.workflow)
    const workflow = this.#workflowOfHandoff.get(id)
    if (workflow === undefined) return
    const work = this.#work(workflow)
    work.handoffs.set(id, fold(handoffDecider, [event], work.handoffs.get(id)))
    count(work, event)
  }

  #evolveSession(id: string, event: RecordedEvent): void {
    const workflow = this.#workflowOfSession.get(id) ?? event.meta.correlation
    if (workflow === undefined) return
    this.#workflowOfSession.set(id, workflow)
    const work = this.#work(workflow)
    work.sessions.set(id, evolveBrief(work.sessions.get(id) ?? newBrief(id), event))
    count(work, event)
  }

  #work(id: string): WorkflowWork {
    const known = this.#workflows.get(id)
    if (known !== undefined) return known
    const work: WorkflowWork = {
      id,
      workflow: workflowDecider.initial,
      handoffs: new Map(),
      sessions: new Map(),
      rehearsal: false,
      events: 0,
      touched: null,
    }
    this.#workflows.set(id, work)
    return work
  }
}

/** What a workflow has used so far. */
export function spent(work: WorkflowWork): { tokens: number; costUsd: number } {
  let tokens = 0
  let costUsd = 0
  for (const session of work.sessions.values()) {
    tokens += totalTokens(session.usage)
    costUsd += session.costUsd
  }
  return { tokens, costUsd }
}

function count(work: WorkflowWork, event: RecordedEvent): void {
  work.events += 1
  work.touched = event.position
}

function newBrief(id: string): SessionBrief {
  const usage = { inputTokens: 0, outputTokens: 0, cacheWriteTokens: 0, cacheReadTokens: 0 }
  return {
    id,
    agent: '',
    handoff: null,
    status: 'running',
    waitsFor: null,
    reason: null,
    usage,
    costUsd: 0,
    steps: 0,
    unknown: [],
  }
}

interface SessionFacts {
  readonly agent?: string
  readonly handoff?: string
  readonly usage?: Usage
  readonly costUsd?: number
  readonly reason?: string
  readonly waitsFor?: string
  readonly toolUse?: string
}

function evolveBrief(brief: SessionBrief, event: RecordedEvent): SessionBrief {
  const data = event.data as SessionFacts
  switch (event.type) {
    case 'SessionStarted':
      return { ...brief, agent: data.agent ?? '', handoff: data.handoff ?? null }
    case 'ModelAnswered': {
      const usage = data.usage === undefined ? brief.usage : addUsage(brief.usage, data.usage)
      return { ...brief, usage, costUsd: brief.costUsd + (data.costUsd ?? 0), steps: brief.steps + 1 }
    }
    case 'ToolReturned':
      return { ...brief, steps: brief.steps + 1 }
    case 'OutcomeUnknown':
      return { ...brief, unknown: [...brief.unknown, data.toolUse ?? ''] }
    case 'OutcomeDecided':
      return { ...brief, unknown: brief.unknown.filter((toolUse) => toolUse !== data.toolUse) }
    case 'SessionPaused':
      return { ...brief, status: 'paused', waitsFor: data.waitsFor ?? 'person', reason: data.reason ?? null }
    case 'SessionResumed':
      return { ...brief, status: 'running', waitsFor: null, reason: null }
    case 'SessionCompleted':
      return { ...brief, status: 'completed', waitsFor: null }
    case 'SessionFailed':
      return { ...brief, status: 'failed', waitsFor: null, reason: data.reason ?? null }
    case 'SessionCancelled':
      return { ...brief, status: 'cancelled', waitsFor: null }
    default:
      return brief
  }
}
