import { type Decider, type Decision, fold } from '../kernel/decider.ts'
import { DaybookError, type Rejection } from '../kernel/errors.ts'
import type { EventMeta, NewEvent, RecordedEvent } from '../kernel/event.ts'
import type { Catalogue, EventSchemas } from '../kernel/event-schema.ts'
import { limits } from '../kernel/limits.ts'
import { type EventStore, StoreError } from '../store/port.ts'
import { backoff } from './backoff.ts'
import type { Ids } from './ids.ts'
import { sleep, systemTimers, type Timers } from './timers.ts'

export type Outcome<State> =
  /** `events` is empty when everything had been said before. */
  | {
      readonly kind: 'accepted'
      readonly state: State
      readonly events: readonly RecordedEvent[]
      /** With whatever the decider said beside its events. */
      readonly decision: Decision<unknown>
    }
  | { readonly kind: 'rejected'; readonly state: State; readonly rejection: Rejection }

/** A stream and the rules that hold in it. */
export interface Target<State, Command, Schemas extends EventSchemas> {
  readonly stream: string
  readonly decider: Decider<State, Command, Schemas>
}

export interface StreamsOptions {
  readonly store: EventStore
  readonly catalogue: Catalogue
  readonly ids: Ids
  /** A stream's state as it is folded elsewhere already, if it is: where a first reading begins. */
  readonly known?: (stream: string) => FoldedStream | null
  /** The system's when absent. */
  readonly timers?: Timers
}

export interface FoldedStream {
  readonly state: unknown
  /** Of the last event folded in; -1 for an empty stream. */
  readonly revision: number
}

/**
 * Carries commands to streams: fold, decide, append with the revision that was seen, and again when somebody
 * was quicker. Folded states are kept, so that a long stream is not read again for every command.
 */
export class Streams {
  readonly #options: StreamsOptions
  readonly #timers: Timers
  readonly #queues = new Map<string, Promise<void>>()
  readonly #cache = new Map<string, FoldedStream>()

  constructor(options: StreamsOptions) {
    this.#options = options
    this.#timers = options.timers ?? systemTimers
  }

  /** The stream's state as of its last event. */
  async load<State, Command, Schemas extends EventSchemas>(
    target: Target<State, Command, Schemas>,
  ): Promise<State> {
    this.#adopt(target.stream)
    const { state } = await this.#refresh(target, this.#cached(target))
    return state as State
  }

  /** The stream's state as it was when it was last looked at; null when it is not at hand. Reads nothing. */
  atHand<State, Command, Schemas extends EventSchemas>(
    target: Target<State, Command, Schemas>,
  ): State | null {
    return (this.#cache.get(target.stream)?.state as State | undefined) ?? null
  }

  /** A stream's events as the store has them, from this revision on. */
  read(stream: string, from = 0): AsyncIterable<RecordedEvent> {
    return this.#options.store.readStream(stream, { from })
  }

  /**
   * Decides and appends. Resolves only when the events are durable. Rejections of the domain are values;
   * a store that stays unreachable rejects with its `StoreError`. Commands of this process for one stream wait
   * for each other: only other processes can be quicker.
   */
  async execute<State, Command, Schemas extends EventSchemas>(
    target: Target<State, Command, Schemas>,
    command: Command,
    meta: EventMeta,
  ): Promise<Outcome<State>> {
    const before = this.#queues.get(target.stream) ?? Promise.resolve()
    const outcome = before.then(() => this.#carryOut(target, command, meta))
    const over = outcome.then(
      () => undefined,
      () => undefined,
    )
    this.#queues.set(target.stream, over)
    try {
      return await outcome
    } finally {
      if (this.#queues.get(target.stream) === over) this.#queues.delete(target.stream)
    }
  }

  async #carryOut<State, Command, Schemas extends EventSchemas>(
    target: Target<State, Command, Schemas>,
    command: Command,
    meta: EventMeta,
  ): Promise<Outcome<State>> {
    this.#adopt(target.stream)
    for (let attempt = 0; attempt < limits.optimisticRetriesMax; attempt += 1) {
      const outcome = await this.#attempt(target, command, meta)
      if (outcome !== 'too_late') return outcome
      await stepAside(this.#timers, attempt)
      await this.#refresh(target, this.#cached(target))
    }
    throw new DaybookError(
      'unavailable',
      `${target.stream} is so busy that ${limits.optimisticRetriesMax} attempts to append were too late. Try again.`,
    )
  }

  async #attempt<State, Command, Schemas extends EventSchemas>(
    target: Target<State, Command, Schemas>,
    command: Command,
    meta: EventMeta,
  ): Promise<Outcome<State> | 'too_late'> {
    let seen = this.#cached(target)
    let decision = target.decider.decide(command, seen.state as State)
    if (decision.kind === 'rejected' || decision.events.length === 0) {
      const now = await this.#refresh(target, seen)
      // Rules are pure: over the same state they say the same again.
      if (now.revision !== seen.revision) decision = target.decider.decide(command, now.state as State)
      seen = now
    }
    const state = seen.state as State
    if (decision.kind === 'rejected') return { kind: 'rejected', state, rejection: decision.rejection }
    if (decision.events.length === 0) return { kind: 'accepted', state, events: [], decision }
    const events = decision.events.map((event) => this.#envelope(event, meta))
    let recorded: readonly RecordedEvent[] | null = null
    try {
      recorded = await this.#append(target.stream, events, seen.revision)
    } catch (error) {
      if (error instanceof StoreError && error.code === 'wrong_expected') return 'too_late'
      throw error
    }
    const after = recorded === null ? await this.#refresh(target, seen) : this.#take(target, seen, recorded)
    const own = new Set(events.map((event) => event.id))
    const mine = after.read.filter((event) => own.has(event.id))
    return { kind: 'accepted', state: after.state as State, events: mine, decision }
  }

  #envelope(event: { type: string; data: unknown }, meta: EventMeta): NewEvent {
    const version = this.#options.catalogue.get(event.type)?.version ?? 1
    return { id: this.#options.ids.next(), type: event.type, version, data: event.data, meta }
  }

  /**
   * The same ids and the same expectation may be sent again: that is what makes an unknown outcome harmless. Resolves
   * with the events as they are recorded; null when they have to be read.
   */
  async #append(
    stream: string,
    events: readonly NewEvent[],
    revision: number,
  ): Promise<readonly RecordedEvent[] | null> {
    let recorded: readonly RecordedEvent[] | null = null
    const onRecorded = (told: readonly RecordedEvent[]) => {
      recorded = told
    }
    const expected = revision < 0 ? 'no_stream' : revision
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#options.store.append(stream, events, { expected, onRecorded })
        return recorded
      } catch (error) {
        const again = error instanceof StoreError && error.retryable && attempt < limits.storeAttemptsMax
        if (!again) throw error
        await backoff(attempt, undefined, this.#timers)
      }
    }
  }

  /** Only before anything of the stream is at hand: later, its events are read one after the other. */
  #adopt(stream: string): void {
    if (this.#cache.has(stream)) return
    const known = this.#options.known?.(stream) ?? null
    if (known !== null) this.#keep(stream, known)
  }

  #cached<State, Command, Schemas extends EventSchemas>(
    target: Target<State, Command, Schemas>,
  ): FoldedStream {
    return this.#cache.get(target.stream) ?? { state: target.decider.initial, revision: -1 }
  }

  /** The stream as it stands now, and the events it read for that: all that came after `seen`. */
  async #refresh<State, Command, Schemas extends EventSchemas>(
    target: Target<State, Command, Schemas>,
    seen: FoldedStream,
  ): Promise<FoldedStream & { readonly read: readonly RecordedEvent[] }> {
    const read: RecordedEvent[] = []
    for await (const event of this.#options.store.readStream(target.stream, { from: seen.revision + 1 }))
      read.push(event)
    return this.#take(target, seen, read)
  }

  #take<State, Command, Schemas extends EventSchemas>(
    target: Target<State, Command, Schemas>,
    seen: FoldedStream,
    read: readonly RecordedEvent[],
  ): FoldedStream & { readonly read: readonly RecordedEvent[] } {
    // Meanwhile another refresh may have folded some of them, or the cache may have let the stream go.
    const kept = this.#cached(target)
    const base = kept.revision > seen.revision ? kept : seen
    const fresh = read.filter((event) => event.revision > base.revision)
    const revision = fresh.at(-1)?.revision ?? base.revision
    const now = { state: fold(target.decider, fresh, base.state as State), revision }
    if (fresh.length > 0) this.#keep(target.stream, now)
    return { ...now, read }
  }

  #keep(stream: string, cached: FoldedStream): void {
    this.#cache.delete(stream)
    this.#cache.set(stream, cached)
    const oldest = this.#cache.keys().next().value
    if (this.#cache.size > limits.streamsCachedMax && oldest !== undefined) this.#cache.delete(oldest)
  }
}

/** Processes that are too late at the same time must not be at the same time again. */
async function stepAside(timers: Timers, attempt: number): Promise<void> {
  const waitMs = Math.min(limits.stepAsideMsMax, 2 ** attempt)
  if (attempt > 0) await sleep(timers, timers.random() * waitMs)
}
