import type { Position, RecordedEvent } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import type { EventStore } from '../store/port.ts'
import { sentFrame } from './server-sent.ts'

/** What a client wants of the log: who wants the same is served as one. */
export interface Interest {
  /** The same text, the same events. */
  readonly name: string
  /** When it is about one workflow only: events of others are not looked at. */
  readonly workflow: string | null
  readonly matches: (event: RecordedEvent) => boolean
}

interface Entry {
  readonly event: RecordedEvent
  readonly frame: string
}

interface Group {
  readonly interest: Interest
  clients: number
  /** Of the last event that matched, or where the group began: behind it nothing came for this group. */
  last: Position | null
  readonly waiting: Set<() => void>
}

/** Frames in the log's order, and how far they reach. */
export interface News {
  readonly frames: string
  readonly reached: Position
}

/**
 * The end of the log, read and put into frames once for all clients that follow it: a client costs nothing while
 * nothing comes for it. Runs as long as there are clients. It keeps the last events, at most
 * `limits.eventTailEvents` and `limits.eventTailCharsMax`; who is further behind reads the store.
 */
export class EventTail {
  readonly #store: EventStore
  readonly #groups = new Map<string, Group>()
  readonly #byWorkflow = new Map<string | null, Set<Group>>()
  #entries: Entry[] = []
  #chars = 0
  /** Nothing at or before it is among the entries. */
  #base: Position | null = null
  #end: Position | null = null
  #running: { readonly stop: AbortController; readonly begun: Promise<void> } | null = null
  #failure: unknown = null
  readonly #due = new Set<Group>()
  #wokenMs = Number.NEGATIVE_INFINITY

  constructor(store: EventStore) {
    this.#store = store
  }

  /** Up to where the log was seen; null for an empty one. */
  get end(): Position | null {
    return this.#end
  }

  /** Counts a client in until `leave`. Resolves when the tail runs; rejects with the store's errors. */
  async join(interest: Interest): Promise<{ readonly group: Group; leave(): void }> {
    let group = this.#groups.get(interest.name)
    if (group === undefined) {
      group = { interest, clients: 0, last: null, waiting: new Set() }
      this.#groups.set(interest.name, group)
      this.#ofWorkflow(interest.workflow).add(group)
      group.last = this.#end
    }
    group.clients += 1
    const leave = () => this.#leave(group)
    try {
      await this.#begun()
    } catch (error) {
      leave()
      throw error
    }
    return { group, leave }
  }

  /** Whether nothing came for the group behind this position: then there is nothing to look for, however far it is. */
  isQuietSince({ last }: Group, after: Position | null): boolean {
    return last === null || (after !== null && after >= last)
  }

  /** Whether everything behind this position is at hand. */
  holds(after: Position | null): boolean {
    return this.#base === null || (after !== null && after >= this.#base)
  }

  /** What came for the group behind `after`, which the tail must hold: as much as one chunk takes; null: nothing. */
  news(group: Group, after: Position | null): News | null {
    if (this.isQuietSince(group, after)) return null
    const { interest } = group
    let frames = ''
    let reached = after
    for (let at = this.#indexAfter(after); at < this.#entries.length; at += 1) {
      const { event, frame } = this.#entries[at]!
      if (frames.length >= limits.eventStreamChunkChars) break
      if (interest.matches(event)) frames += frame
      reached = event.position
    }
    return frames === '' || reached === null ? null : { frames, reached }
  }

  /** Resolves when something came for the group behind `after`, or after `quietMs`; rejects when the tail broke. */
  async changed(
    group: Group,
    { after, quietMs, signal }: { after: Position | null; quietMs: number; signal: AbortSignal },
  ): Promise<'news' | 'quiet'> {
    this.#check()
    if (signal.aborted || !this.isQuietSince(group, after)) return 'news'
    const how = await new Promise<'news' | 'quiet'>((resolve) => {
      const wake = (what: 'news' | 'quiet') => {
        clearTimeout(timer)
        group.waiting.delete(news)
        signal.removeEventListener('abort', news)
        resolve(what)
      }
      const news = () => wake('news')
      const timer = setTimeout(() => wake('quiet'), quietMs)
      group.waiting.add(news)
      signal.addEventListener('abort', news, { once: true })
    })
    this.#check()
    return how
  }

  #check(): void {
    if (this.#failure !== null) throw this.#failure
  }

  #ofWorkflow(workflow: string | null): Set<Group> {
    const groups = this.#byWorkflow.get(workflow) ?? new Set()
    this.#byWorkflow.set(workflow, groups)
    return groups
  }

  #leave(group: Group): void {
    group.clients -= 1
    if (group.clients > 0) return
    const { name, workflow } = group.interest
    if (this.#groups.get(name) === group) this.#groups.delete(name)
    const groups = this.#ofWorkflow(workflow)
    groups.delete(group)
    if (groups.size === 0) this.#byWorkflow.delete(workflow)
    if (this.#groups.size === 0) this.#stop()
  }

  #begun(): Promise<void> {
    if (this.#running === null) {
      this.#failure = null
      const stop = new AbortController()
      const { promise: begun, resolve, reject } = Promise.withResolvers<void>()
      this.#running = { stop, begun }
      this.#follow(stop.signal, resolve).catch((error: unknown) => {
        reject(error)
        this.#break(error, stop)
      })
    }
    return this.#running.begun
  }

  async #follow(signal: AbortSignal, begun: () => void): Promise<void> {
    const last = await this.#store.lastPosition()
    if (signal.aborted) return begun()
    this.#base = last
    this.#end = last
    for (const group of this.#groups.values()) group.last = last
    begun()
    const from = last === null ? ('start' as const) : { after: last }
    for await (const item of this.#store.subscribe({ from, signal }))
      if (item.kind === 'event') this.#add(item.event)
    // A store ends a subscription that nobody ended when it is closed.
    if (!signal.aborted) throw new Error('The log is closed.')
  }

  #add(event: RecordedEvent): void {
    const frame = sentFrame(event.position, event)
    this.#entries.push({ event, frame })
    this.#chars += frame.length
    this.#end = event.position
    while (this.#entries.length > limits.eventTailEvents || this.#chars > limits.eventTailCharsMax)
      this.#drop()
    this.#tell(this.#byWorkflow.get(null), event)
    const { correlation } = event.meta
    if (correlation !== undefined) this.#tell(this.#byWorkflow.get(correlation), event)
  }

  /** In halves: an array that loses its first element with each new one would be moved each time. */
  #drop(): void {
    const gone = this.#entries.splice(0, Math.ceil(this.#entries.length / 2))
    this.#chars -= gone.reduce((sum, { frame }) => sum + frame.length, 0)
    this.#base = gone.at(-1)!.event.position
  }

  #tell(groups: ReadonlySet<Group> | undefined, event: RecordedEvent): void {
    for (const group of groups ?? []) {
      if (!group.interest.matches(event)) continue
      group.last = event.position
      if (group.waiting.size > 0) this.#wakeSoon(group)
    }
  }

  /** Events come in bursts: the first is told at once, and what comes soon after it in one chunk. */
  #wakeSoon(group: Group): void {
    this.#due.add(group)
    if (this.#due.size > 1) return
    const nowMs = performance.now()
    const pauseMs = this.#wokenMs + limits.eventStreamPauseMs - nowMs
    if (pauseMs > 0) setTimeout(() => this.#wake(), pauseMs)
    else setImmediate(() => this.#wake())
  }

  #wake(): void {
    this.#wokenMs = performance.now()
    const due = [...this.#due]
    this.#due.clear()
    for (const { waiting } of due) for (const wake of [...waiting]) wake()
  }

  #indexAfter(after: Position | null): number {
    if (after === null) return 0
    const index = this.#entries.findLastIndex(({ event }) => event.position <= after)
    return index + 1
  }

  #break(error: unknown, stop: AbortController): void {
    if (this.#running?.stop !== stop) return
    this.#failure = error
    this.#stop()
    for (const { waiting } of this.#groups.values()) for (const wake of [...waiting]) wake()
  }

  #stop(): void {
    this.#running?.stop.abort()
    this.#running = null
    this.#entries = []
    this.#chars = 0
    // Who is still there finds nothing at hand, and reads the store.
    this.#base = this.#end
  }
}

const tails = new WeakMap<EventStore, EventTail>()

/** The one tail of a log in this process. */
export function tailOf(store: EventStore): EventTail {
  const tail = tails.get(store) ?? new EventTail(store)
  tails.set(store, tail)
  return tail
}
