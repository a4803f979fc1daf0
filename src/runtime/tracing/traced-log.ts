import { type NewEvent, streamCategory, streamId } from '../../kernel/event.ts'
import { limits } from '../../kernel/limits.ts'
import type { EventStore } from '../../store/port.ts'
import type { WorkflowWork } from '../workflow-work.ts'
import { endOf, startKeyOf } from './ends.ts'
import type { SpanSink } from './span.ts'
import { type Begun, spanOf } from './spans-of-events.ts'

/** An event as it was appended by this process. */
export interface Appended extends Pick<NewEvent, 'type' | 'data'> {
  readonly stream: string
  readonly workflow: string | undefined
  readonly atMs: number
}

export interface TracedLogOptions {
  readonly store: Pick<EventStore, 'readStream'>
  readonly sink: SpanSink
  /** Prompts and answers go along. */
  readonly content: 'none' | 'all'
  readonly workflow: (id: string) => WorkflowWork | null
}

/**
 * Makes spans of what this process appends: a beginning and its end are two events of the log, and whoever appends the
 * end tells the span. So each is told once, also when the beginning is another process's: it is read from the log then.
 * Nothing waits for it, and nothing that goes wrong here is heard of elsewhere.
 */
export class TracedLog {
  readonly #options: TracedLogOptions
  readonly #begun = new Map<string, Begun>()
  #working: Promise<void> = Promise.resolve()

  constructor(options: TracedLogOptions) {
    this.#options = options
  }

  /** What was just appended to one stream. */
  told(stream: string, events: readonly NewEvent[], nowMs: number): void {
    const category = streamCategory(stream)
    if (category !== 'session' && category !== 'workflow') return
    for (const { type, data, meta } of events) {
      const atMs = meta.recordedAt === undefined ? nowMs : Date.parse(meta.recordedAt)
      const workflow = category === 'workflow' ? streamId(stream) : meta.correlation
      this.#tell({ stream, type, data, workflow, atMs })
    }
  }

  /** Resolves when everything that was told is with the receiver, or was given up. */
  async close(): Promise<void> {
    await this.#working
    await this.#options.sink.close()
  }

  #tell(event: Appended): void {
    const key = startKeyOf(event.stream, event)
    if (key !== null) this.#remember(key, { type: event.type, data: event.data, atMs: event.atMs })
    const end = endOf(event)
    if (end === null || event.workflow === undefined) return
    const known = this.#begun.get(end)
    this.#begun.delete(end)
    this.#working = this.#working.then(() => this.#emit(event, end, known)).catch(() => undefined)
  }

  /** What is forgotten is read from the log when it ends. */
  #remember(key: string, begun: Begun): void {
    this.#begun.set(key, begun)
    const oldest = this.#begun.keys().next().value
    if (this.#begun.size > limits.tracesBegunMax && oldest !== undefined) this.#begun.delete(oldest)
  }

  async #emit(event: Appended, end: string, known: Begun | undefined): Promise<void> {
    const begun = known ?? (await this.#read(event.stream, end))
    if (begun === null) return
    const work = this.#options.workflow(event.workflow!)
    const span = spanOf({ event, begun, work, content: this.#options.content })
    if (span !== null) this.#options.sink.emit(span)
  }

  /** The beginning, from the log: another process appended it, or this one before it was started again. */
  async #read(stream: string, end: string): Promise<Begun | null> {
    let found: Begun | null = null
    for await (const { type, data, meta } of this.#options.store.readStream(stream))
      if (startKeyOf(stream, { type, data }) === end)
        found = { type, data, atMs: Date.parse(meta.recordedAt) }
    return found
  }
}
