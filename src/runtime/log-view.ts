import { type AgentState, agentDecider } from '../agents/decider.ts'
import { type AgentDefinition, agentEvents, type RecordedAgentEvent } from '../agents/events.ts'
import { type Position, type RecordedEvent, streamCategory, streamOf } from '../kernel/event.ts'
import { isEventOf } from '../kernel/event-schema.ts'
import { agentKey } from '../kernel/words.ts'
import { type Document, emptyDocument, evolveDocument } from '../memory/document.ts'
import { memoryEvents, type RecordedMemoryEvent } from '../memory/events.ts'
import type { EventStore } from '../store/port.ts'
import { Changes } from './changes.ts'
import type { Folding } from './log-reading.ts'
import type { Keepable, Recall } from './snapshots.ts'

/** An agent as one event of the log defines it. */
export interface KnownAgent {
  readonly definition: AgentDefinition
  /** The AgentRegistered or AgentRevised. */
  readonly event: string
  readonly source: string
  readonly retired: boolean
}

/** An agent's stream, folded: what registering its file again is decided from. */
export interface AgentStream {
  readonly state: AgentState
  /** Of the stream's last event. */
  readonly revision: number
}

const lastKey = 'view/last'
const agentsKey = 'view/agents'
const documentsKey = 'view/documents'
const definitionKey = (event: string) => `view/definition/${event}`
const documentKey = (name: string) => `view/document/${name}`

/**
 * Agents and documents as of one position of the log: what prompts, edits and routing are decided from.
 * It only ever moves forward; a view of the past is a new one, folded up to there.
 */
export class LogView implements Folding, Keepable {
  readonly #store: EventStore
  readonly #refresh: () => Promise<void>
  /** By the agent's key. */
  readonly #agents = new Map<string, AgentStream>()
  /** Every definition there ever was, by its event: workflows pin the ones they started with. */
  readonly #definitions = new Map<string, KnownAgent>()
  readonly #documents = new Map<string, Document>()
  readonly #changes = new Changes()
  #position: Position | null = null
  #last: string | null = null
  #recall: Recall = () => undefined

  /** @param refresh folds what was appended since; a reading of its own when absent. */
  constructor(store: EventStore, refresh?: () => Promise<void>) {
    this.#store = store
    this.#refresh = refresh ?? (() => this.foldUntil(undefined))
  }

  /** Folds what was appended since. */
  refresh(): Promise<void> {
    return this.#refresh()
  }

  async foldUntil(until: Position | undefined): Promise<void> {
    const options = {
      from: this.#position === null ? ('start' as const) : { after: this.#position },
      filter: { streamPrefixes: ['agent-', 'memory-'] },
      ...(until === undefined ? {} : { until }),
    }
    for await (const event of this.#store.readAll(options)) this.evolve(event)
  }

  /** Folds up to and including the event with this id; all there is, when the log does not hold it. */
  async foldThrough(id: string): Promise<void> {
    for await (const event of this.#store.readAll({
      from: 'start',
      filter: { streamPrefixes: ['agent-', 'memory-'] },
    })) {
      this.evolve(event)
      if (event.id === id) return
    }
  }

  /** Agents that are registered now, in the order of their registration. */
  agents(): readonly KnownAgent[] {
    return [...this.#agents.values()].flatMap(({ state }) => {
      const known = knownAgent(state)
      return known === null || known.retired ? [] : [known]
    })
  }

  agent(name: string): KnownAgent | null {
    const known = knownAgent(this.#agents.get(agentKey(name))?.state ?? null)
    return known === null || known.retired ? null : known
  }

  /** Each agent's stream by its name, with those of retired agents. */
  agentStreams(): ReadonlyMap<string, AgentStream> {
    return new Map([...this.#agents].map(([key, stream]) => [streamOf('agent', key), stream]))
  }

  definedBy(event: string): KnownAgent | null {
    const known = this.#definitions.get(event)
    if (known !== undefined) return known
    const json = this.#recall(definitionKey(event))
    if (json === undefined) return null
    const recalled = JSON.parse(json) as KnownAgent
    this.#definitions.set(event, recalled)
    return recalled
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

  evolve(event: RecordedEvent): void {
    const category = streamCategory(event.stream)
    if (category !== 'agent' && category !== 'memory') return
    // A reading that overlaps another may meet an event twice.
    if (this.#position !== null && event.position <= this.#position) return
    this.#position = event.position
    this.#last = event.id
    this.#changes.note(lastKey, event.position)
    if (isEventOf(agentEvents, event)) this.#evolveAgent(event as RecordedAgentEvent)
    else if (isEventOf(memoryEvents, event)) this.#evolveDocument(event as RecordedMemoryEvent)
  }

  restore(recall: Recall): void {
    this.forget()
    this.#recall = recall
    const at = JSON.parse(recall(lastKey) ?? 'null') as { position: Position; event: string } | null
    this.#position = at?.position ?? null
    this.#last = at?.event ?? null
    for (const [key, stream] of JSON.parse(recall(agentsKey) ?? '[]') as [string, AgentStream][])
      this.#agents.set(key, stream)
    for (const name of JSON.parse(recall(documentsKey) ?? '[]') as string[])
      this.#documents.set(name, JSON.parse(recall(documentKey(name))!) as Document)
  }

  changed(after: Position | null): ReadonlyMap<string, string> {
    const value = (key: string): unknown => {
      if (key === lastKey) return { position: this.#position, event: this.#last }
      if (key === agentsKey) return [...this.#agents]
      if (key === documentsKey) return [...this.#documents.keys()]
      const name = key.slice(documentKey('').length)
      return key === documentKey(name)
        ? this.#documents.get(name)
        : this.#definitions.get(key.slice(definitionKey('').length))
    }
    return new Map(this.#changes.after(after).map((key) => [key, JSON.stringify(value(key))]))
  }

  kept(upTo: Position): void {
    this.#changes.settle(upTo)
  }

  forget(): void {
    for (const map of [this.#agents, this.#definitions, this.#documents]) map.clear()
    this.#changes.clear()
    this.#position = null
    this.#last = null
    this.#recall = () => undefined
  }

  #evolveAgent(event: RecordedAgentEvent): void {
    const key = agentKey(event.data.name)
    const state = agentDecider.evolve(this.#agents.get(key)?.state ?? null, event)
    this.#agents.set(key, { state, revision: event.revision })
    this.#changes.note(agentsKey, event.position)
    const known = knownAgent(state)
    if (known === null || known.event !== event.id) return
    this.#definitions.set(event.id, known)
    this.#changes.note(definitionKey(event.id), event.position)
  }

  #evolveDocument(event: RecordedMemoryEvent): void {
    const { document } = event.data
    const before = this.#documents.get(document)
    this.#documents.set(document, evolveDocument(before ?? emptyDocument(document), event))
    this.#changes.note(documentKey(document), event.position)
    if (before === undefined) this.#changes.note(documentsKey, event.position)
  }
}

function knownAgent(state: AgentState): KnownAgent | null {
  if (state === null) return null
  const { definition, event, source, retired } = state
  return { definition, event, source, retired }
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
