import type { Json, NewEvent, Position, RecordedEvent } from '../../kernel/event.ts'
import type { AppendCall, Appended, Call, EventStore, StreamHead } from '../../store/port.ts'
import type { Redaction, Secrets } from './secrets.ts'

/** A redaction with where it happened. */
export interface Removal extends Redaction {
  readonly stream: string
  readonly type: string
}

/**
 * The same store, through which no secret gets: what is appended is redacted first. Most texts are redacted where
 * they come in, since what is recorded must be what was used; this is the last door.
 */
export class GuardedStore implements EventStore {
  readonly #store: EventStore
  readonly #secrets: Secrets
  readonly #onRemoval: (removal: Removal) => void
  /** Told of what was appended, as it is recorded, when somebody wants to know. Must not throw. */
  onAppended: ((stream: string, events: readonly NewEvent[]) => void) | null = null
  /** Appends reach the store in the order in which they were asked for, however long each is looked at. */
  #handedOver: Promise<void> = Promise.resolve()
  readonly find?: NonNullable<EventStore['find']>
  readonly readStored?: NonNullable<EventStore['readStored']>
  readonly faults?: NonNullable<EventStore['faults']>
  readonly mark?: NonNullable<EventStore['mark']>
  readonly queued?: NonNullable<EventStore['queued']>

  constructor(store: EventStore, secrets: Secrets, onRemoval: (removal: Removal) => void = () => undefined) {
    this.#store = store
    this.#secrets = secrets
    this.#onRemoval = onRemoval
    if (store.find !== undefined) this.find = store.find.bind(store)
    if (store.readStored !== undefined) this.readStored = store.readStored.bind(store)
    if (store.faults !== undefined) this.faults = store.faults.bind(store)
    if (store.queued !== undefined) this.queued = store.queued.bind(store)
    if (store.mark !== undefined) this.mark = store.mark.bind(store)
  }

  get description(): string {
    return this.#store.description
  }

  get capabilities(): EventStore['capabilities'] {
    return this.#store.capabilities
  }

  async append(stream: string, events: readonly NewEvent[], options: AppendCall): Promise<Appended> {
    const cleaning = Promise.all(events.map((event) => this.#clean(stream, event)))
    const before = this.#handedOver
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#handedOver = promise
    const [cleaned] = await Promise.allSettled([cleaning, before])
    try {
      if (cleaned.status === 'rejected') throw cleaned.reason
      const appending = this.#store.append(stream, cleaned.value, options)
      const { onAppended } = this
      if (onAppended === null) return appending
      const events = cleaned.value
      return appending.then((appended) => {
        onAppended(stream, events)
        return appended
      })
    } finally {
      resolve()
    }
  }

  head(stream: string, options?: Call): Promise<StreamHead> {
    return this.#store.head(stream, options)
  }

  readStream(...given: Parameters<EventStore['readStream']>): AsyncIterable<RecordedEvent> {
    return this.#store.readStream(...given)
  }

  readAll(...given: Parameters<EventStore['readAll']>): AsyncIterable<RecordedEvent> {
    return this.#store.readAll(...given)
  }

  subscribe(options: Parameters<EventStore['subscribe']>[0]): ReturnType<EventStore['subscribe']> {
    return this.#store.subscribe(options)
  }

  lastPosition(options?: Call): Promise<Position | null> {
    return this.#store.lastPosition(options)
  }

  truncateBefore(...given: Parameters<EventStore['truncateBefore']>): Promise<void> {
    return this.#store.truncateBefore(...given)
  }

  tombstone(...given: Parameters<EventStore['tombstone']>): Promise<void> {
    return this.#store.tombstone(...given)
  }

  close(): Promise<void> {
    return this.#store.close()
  }

  async #clean(stream: string, event: NewEvent): Promise<NewEvent> {
    const { value, redactions } = await this.#secrets.json([event.data as Json, event.meta as Json])
    if (redactions.length === 0) return event
    for (const redaction of redactions) this.#onRemoval({ ...redaction, stream, type: event.type })
    const [data, meta] = value
    return { ...event, data, meta: meta as NewEvent['meta'] }
  }
}
