import type { HandoffEvent } from '../../handoffs/events.ts'
import { streamOf } from '../../kernel/event.ts'
import type { SessionEvent } from '../../sessions/events.ts'
import type { WorkflowEvent } from '../../workflows/events.ts'

/** The parts of an event that tell which streams a workflow consists of. */
export interface StreamEvent {
  readonly type: string
  readonly stream: string
  readonly revision: number
  readonly data: unknown
}

type OwnEvent = WorkflowEvent['type'] | SessionEvent['type'] | HandoffEvent['type']

const ends: ReadonlySet<string> = new Set<OwnEvent>([
  'WorkflowCompleted',
  'WorkflowFailed',
  'WorkflowCancelled',
  'SessionCompleted',
  'SessionFailed',
  'SessionCancelled',
  'HandoffCompleted',
  'HandoffFailed',
  'HandoffExpired',
  'HandoffCancelled',
  'HandoffDeadLettered',
])

/** A person gives another try to what has ended. */
const begunAgain: ReadonlySet<string> = new Set<OwnEvent>(['WorkflowResumed', 'HandoffRedriven'])

/**
 * The workflow's own streams, told event by event: those of workflow, sessions and handoffs, which evidence has from
 * their beginning. Of agents and memory it has only what belongs to the workflow.
 */
export class OwnStreams {
  readonly #revisions = new Map<string, number>()
  readonly #ended = new Set<string>()
  readonly #named = new Set<string>()

  /** What is missing before this event in its stream; null: nothing. */
  take({ type, stream, revision, data }: StreamEvent): string | null {
    if (!/^(?:workflow|handoff|session)-/u.test(stream)) return null
    for (const name of namedBy(type, data)) this.#named.add(name)
    if (ends.has(type)) this.#ended.add(stream)
    if (begunAgain.has(type)) this.#ended.delete(stream)
    const expected = (this.#revisions.get(stream) ?? -1) + 1
    this.#revisions.set(stream, revision)
    return revision === expected ? null : `revision ${expected} of ${stream} is missing before it`
  }

  has(stream: string): boolean {
    return this.#revisions.has(stream)
  }

  /** Without an end, in the order in which they began. */
  get open(): string[] {
    return [...this.#revisions.keys()].filter((stream) => !this.#ended.has(stream))
  }

  /** Named by an event, and no event of them is there. */
  get absent(): string[] {
    return [...this.#named].filter((stream) => !this.has(stream))
  }
}

function namedBy(type: string, data: unknown): string[] {
  const { session, handoff } = (data ?? {}) as { session?: unknown; handoff?: unknown }
  if (type === 'HandoffAccepted' || type === 'HandoffRequested')
    return typeof session === 'string' ? [streamOf('session', session)] : []
  return type === 'SessionStarted' && typeof handoff === 'string' ? [streamOf('handoff', handoff)] : []
}
