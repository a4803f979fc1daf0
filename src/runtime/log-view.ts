import { type AgentDefinition, agentEvents } from '../agents/events.ts'
import type { Position, RecordedEvent } from '../kernel/event.ts'
import { isEventOf } from '../kernel/event-schema.ts'
import { agentKey } from '../kernel/words.ts'
import { type Document, emptyDocument, evolveDocument } from '../memory/document.ts'
import { memoryEvents, type RecordedMemoryEvent } from '../memory/events.ts'
import type { EventStore } from '../store/port.ts'

/** An agent as one event of the log defines it. */
export interface KnownAgent {
  readonly definition: AgentDefinition
  /** The AgentRegistered or AgentRevised. */
  readonly event: string
  readonly source: string
  readonly retired: boolean
}

/**
 * Agents and documents as of one position of the log: what prompts, edits and routing are decided from.
 * It only ever moves forward; a view of the past is a new one, folded up to there.
 */
export class LogView {
  readonly #store: EventStore
  readonly #agents = new Map<string, KnownAgent>()
  /** Every definition there ever was, by its event: workflows pin the ones they started with. */
  readonly #definitions = new Map<string, KnownAgent>()
  readonly #documents = new Map<string, Document>()
  #position: Position | null = null
  #last: string | null = null
  #refreshing: Promise<void> | null = null

  constructor(store: EventStore) {
    this.#store = store
  }

  /** Folds what was appended since; calls at the same time share one reading. */
  refresh(): Promise<void> {
    const running =
      this.#refreshing ??
      this.foldUntil(undefined).finally(() => {
        this.#refreshing = null
      })
    this.#refreshing = running
    return running
  }

  async foldUntil(until: Position | undefined): Promise<void> {
    const options = {
      from: this.#position === null ? ('start' as const) : { after: this.#position },
      filter: { streamPrefixes: ['agent-', 'memory-'] },
      ...(until === undefined ? {} : { until }),
    }
    for await (const event of this.#store.readAll(options)) this.#evolve(event)
  }

  /** Folds up to and including the event with this id; all there is, when the log does not hold it. */
  async foldThrough(id: string): Promise<void> {
    for await (const event of this.#store.readAll({
      from: 'start',
      filter: { streamPrefixes: ['agent-', 'memory-'] },
    })) {
      this.#evolve(event)
      if (event.id === id) return
    }
  }

  /** Agents that are registered now, in the order of their registration. */
  agents(): readonly KnownAgent[] {
    return [...this.#agents.values()].filter((agent) => !agent.retired)
  }

  agent(name: string): KnownAgent | null {
    const known = this.#agents.get(agentKey(name))
    return known === undefined || known.retired ? null : known
  }

  definedBy(event: string): KnownAgent | null {
    return this.#definitions.get(event) ?? null
  }

  documents(): readonly Document[] {
    return [...this.#documents.values()]
  }

  document(name: string): Document | null {
    return this.#documents.get(name) ?? null
  }

  /** The last event of an agent or document that was folded in. */
  get asOf(): string | null {
    return this.#last
  }

  #evolve(event: RecordedEvent): void {
    // A refresh that overlaps another may meet an event twice.
    if (this.#position !== null && event.position <= this.#position) return
    this.#position = event.position
    this.#last = event.id
    if (isEventOf(agentEvents, event)) this.#evolveAgent(event)
    else if (isEventOf(memoryEvents, event)) {
      const { document } = event.data as { document: string }
      const before = this.#documents.get(document) ?? emptyDocument(document)
      this.#documents.set(document, evolveDocument(before, event as RecordedMemoryEvent))
    }
  }

  #evolveAgent(event: RecordedEvent): void {
    const data = event.data as { name: string; source: string; definition?: AgentDefinition }
    const key = agentKey(data.name)
    if (data.definition === undefined) {
      const known = this.#agents.get(key)
      if (known !== undefined) this.#agents.set(key, { ...known, retired: true })
      return
    }
    const known = { definition: data.definition, event: event.id, source: data.source, retired: false }
    this.#agents.set(key, known)
    this.#definitions.set(event.id, known)
  }
}

/** Agents and documents as they were at a position. */
export async function viewAt(store: EventStore, until: Position): Promise<LogView> {
  const view = new LogView(store)
  await view.foldUntil(until)
  return view
}

/** Agents and documents as they were right after an event of theirs; null is before the first. */
export async function viewAfter(store: EventStore, event: string | null): Promise<LogView> {
  const view = new LogView(store)
  if (event !== null) await view.foldThrough(event)
  return view
}
