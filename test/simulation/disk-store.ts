import type { Position, RecordedEvent } from '../../src/kernel/event.ts'
import { limits } from '../../src/kernel/limits.ts'
import { checkRange, matches } from '../../src/store/log-pages.ts'
import {
  type Call,
  type EventStore,
  type ReadAllOptions,
  StoreError,
  type StreamHead,
  type SubscriptionItem,
} from '../../src/store/port.ts'
import type { Disk } from './disk.ts'

export type StreamOptions = Call & {
  readonly from?: number
  readonly direction?: 'forwards' | 'backwards'
  readonly limit?: number
}

/** The disk as a store that only reads, at once and without a fault: for those who check. */
export class DiskStore implements EventStore {
  readonly description = 'simulation:'
  readonly capabilities = { appendBytesMax: limits.appendBytesMax, eventBytesMax: limits.eventBytesMax }
  readonly #disk: Disk

  constructor(disk: Disk) {
    this.#disk = disk
  }

  async append(): Promise<never> {
    throw new StoreError('read_only', 'Who checks changes nothing.')
  }

  async head(stream: string): Promise<StreamHead> {
    return headOf(this.#disk, stream)
  }

  async *readStream(stream: string, options: StreamOptions = {}): AsyncGenerator<RecordedEvent> {
    yield* streamEvents(this.#disk, stream, options)
  }

  async *readAll(options: ReadAllOptions = {}): AsyncGenerator<RecordedEvent> {
    yield* logEvents(this.#disk, options)
  }

  // biome-ignore lint/correctness/useYield: who checks does not follow.
  async *subscribe(): AsyncGenerator<SubscriptionItem> {
    throw new StoreError('invalid', 'Who checks does not follow.')
  }

  async lastPosition(): Promise<Position | null> {
    return this.#disk.last
  }

  async truncateBefore(): Promise<void> {
    await this.append()
  }

  async tombstone(): Promise<void> {
    await this.append()
  }

  async close(): Promise<void> {}
}

export function headOf(disk: Disk, stream: string): StreamHead {
  const count = disk.stream(stream).length
  return count === 0 ? { state: 'none' } : { state: 'live', revision: count - 1 }
}

export function streamEvents(
  disk: Disk,
  stream: string,
  { from, direction = 'forwards', limit }: StreamOptions,
): readonly RecordedEvent[] {
  const all = disk.stream(stream)
  const wanted =
    direction === 'forwards' ? all.slice(from ?? 0) : all.slice(0, (from ?? all.length) + 1).reverse()
  return limit === undefined ? wanted : wanted.slice(0, limit)
}

export function logEvents(
  disk: Disk,
  { from = 'start', until, filter, limit, direction }: ReadAllOptions,
): readonly RecordedEvent[] {
  checkRange({ from, direction })
  const first = from === 'start' ? 0 : from === 'end' ? disk.events.length : Number(from.after)
  const last = until === undefined ? disk.events.length : Number(until)
  const wanted = disk.events.slice(first, last)
  const matching = filter === undefined ? wanted : wanted.filter((event) => matches(filter, event))
  const ordered = direction === 'backwards' ? matching.toReversed() : matching
  return limit === undefined ? ordered : ordered.slice(0, limit)
}
