import type { NewEvent, Position, RecordedEvent } from '../../src/kernel/event.ts'
import { limits } from '../../src/kernel/limits.ts'
import {
  type Appended,
  type EventStore,
  type Expected,
  type ReadAllOptions,
  StoreError,
  type StreamHead,
  type SubscriptionItem,
} from '../../src/store/port.ts'
import type { Disk } from './disk.ts'
import { headOf, logEvents, type StreamOptions, streamEvents } from './disk-store.ts'
import { appendFaults, type Fault, type Faults, readFaults } from './faults.ts'
import type { Laws } from './laws.ts'
import type { SimProcess } from './sim-process.ts'
import type { World } from './world.ts'

export interface SimStoreParts {
  readonly disk: Disk
  readonly world: World
  readonly faults: Faults
  readonly laws: Laws
  readonly process: SimProcess
}

const slowMs = 9_000

/** One process's way to the log: it takes time, it fails, and its answers get lost. */
export class SimStore implements EventStore {
  readonly description = 'simulation:'
  readonly capabilities = { appendBytesMax: limits.appendBytesMax, eventBytesMax: limits.eventBytesMax }
  readonly #parts: SimStoreParts

  constructor(parts: SimStoreParts) {
    this.#parts = parts
  }

  append(
    stream: string,
    events: readonly NewEvent[],
    { expected }: { readonly expected: Expected },
  ): Promise<Appended> {
    const { process, faults, laws, disk } = this.#parts
    const decided = process.decided.get(stream)
    const operation = `append ${decided?.command.type ?? events[0]?.type}`
    const fault = faults.draw(operation, appendFaults)
    return new Promise((resolve, reject) => {
      const apply = () =>
        disk.append(stream, events, {
          expected,
          judge: () => laws.beforeAppend({ process: process.name, stream, events, decided }),
        })
      const land = () => {
        if (fault === 'crash_before') return process.crash()
        const lost = appendError(fault)
        if (lost !== null) return this.#reply(() => reject(lost), null)
        try {
          const appended = apply()
          if (fault === 'crash_after') return process.crash()
          if (fault === 'unknown_done') this.#reply(() => reject(unknownOutcome()), null)
          else this.#reply(() => resolve(appended), fault)
        } catch (error) {
          this.#reply(() => reject(error), fault)
        }
      }
      process.send(operation, this.#latencyMs(), land)
    })
  }

  async head(stream: string): Promise<StreamHead> {
    return this.#read('read head', (disk) => headOf(disk, stream))
  }

  readStream(stream: string, options: StreamOptions = {}): AsyncIterable<RecordedEvent> {
    return this.#iterate('read stream', (disk) => streamEvents(disk, stream, options))
  }

  readAll(options: ReadAllOptions = {}): AsyncIterable<RecordedEvent> {
    return this.#iterate('read log', (disk) => logEvents(disk, options))
  }

  async lastPosition(): Promise<Position | null> {
    return this.#read('read last position', (disk) => disk.last)
  }

  async *subscribe({
    from,
    signal,
  }: Parameters<EventStore['subscribe']>[0]): AsyncGenerator<SubscriptionItem> {
    const { disk, faults } = this.#parts
    let seen = from === 'start' ? 0 : from === 'end' ? disk.events.length : Number(from.after)
    while (!signal.aborted) {
      await this.#news(seen, signal)
      const fault = faults.draw('subscribe', ['busy', 'slow', 'crash_before'])
      if (fault === 'crash_before') await this.#die()
      if (fault === 'slow') await this.#wait(slowMs)
      if (fault === 'busy') throw busy()
      for (const event of disk.events.slice(seen)) {
        if (signal.aborted) return
        seen += 1
        yield { kind: 'event', event }
      }
    }
  }

  async truncateBefore(): Promise<void> {
    throw new StoreError('invalid', 'Nothing is truncated in a simulation.')
  }

  async tombstone(): Promise<void> {
    throw new StoreError('invalid', 'Nothing is ended in a simulation.')
  }

  async close(): Promise<void> {}

  /** Resolves some time after the log holds more than `seen` events, or at once when `signal` aborts. */
  #news(seen: number, signal: AbortSignal): Promise<void> {
    const { disk } = this.#parts
    return new Promise((resolve) => {
      let told = false
      const over = () => {
        stop()
        signal.removeEventListener('abort', over)
        resolve()
      }
      const look = () => {
        if (told || disk.events.length <= seen) return
        told = true
        this.#reply(over, null)
      }
      const stop = disk.watch(look)
      signal.addEventListener('abort', over, { once: true })
      look()
    })
  }

  /** Nothing comes back to a process that is dead. */
  async #die(): Promise<void> {
    this.#parts.process.crash()
    await new Promise(() => {})
  }

  #wait(ms: number): Promise<void> {
    const { world, process } = this.#parts
    return world.sleep(process, ms)
  }

  /** The answer is on its way; a slow one is as long on it as a lease lasts. */
  #reply(act: () => void, fault: Fault | null): void {
    const { world, process } = this.#parts
    world.after(process, fault === 'slow' ? slowMs : this.#latencyMs(), act)
  }

  #latencyMs(): number {
    return this.#parts.world.chance.between(0.1, 4)
  }

  async #read<Value>(operation: string, look: (disk: Disk) => Value): Promise<Value> {
    const { disk, world, faults } = this.#parts
    const fault = faults.draw(operation, readFaults)
    // Either the request or the answer is what takes the time.
    const early = world.chance.happens(0.3) ? { value: look(disk) } : null
    await this.#wait(fault === 'slow' ? slowMs : this.#latencyMs())
    if (fault === 'crash_before') await this.#die()
    if (fault === 'busy' || fault === 'io_error' || fault === 'cut_off') throw readError(fault)
    return early === null ? look(disk) : early.value
  }

  async *#iterate(
    operation: string,
    look: (disk: Disk) => readonly RecordedEvent[],
  ): AsyncGenerator<RecordedEvent> {
    const { disk, world, faults } = this.#parts
    const fault = faults.draw(operation, readFaults)
    const early = world.chance.happens(0.3) ? look(disk) : null
    await this.#wait(fault === 'slow' ? slowMs : this.#latencyMs())
    if (fault === 'crash_before') await this.#die()
    if (fault === 'busy' || fault === 'io_error') throw readError(fault)
    const events = early ?? look(disk)
    const cutAt = fault === 'cut_off' ? Math.floor(events.length / 2) : events.length
    for (const event of events.slice(0, cutAt)) yield event
    if (fault === 'cut_off') throw readError(fault)
  }
}

function appendError(fault: Fault | null): StoreError | null {
  switch (fault) {
    case 'busy':
      return busy()
    case 'io_error':
      return readError(fault)
    case 'disk_full':
      return new StoreError('disk_full', 'simulated: the disk is full; nothing was written.')
    case 'unknown_lost':
      return unknownOutcome()
    default:
      return null
  }
}

function busy(): StoreError {
  return new StoreError('unavailable', 'simulated: another process kept the log locked.')
}

function readError(fault: 'busy' | 'io_error' | 'cut_off'): StoreError {
  return new StoreError('unavailable', `simulated: ${fault}.`)
}

function unknownOutcome(): StoreError {
  return new StoreError('unknown_outcome', 'simulated: the answer was lost.')
}
