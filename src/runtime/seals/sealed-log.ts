import { setImmediate as nextTurn } from 'node:timers/promises'
import { auditEvents } from '../../kernel/audit-events.ts'
import { DaybookError } from '../../kernel/errors.ts'
import type { Position } from '../../kernel/event.ts'
import { limits } from '../../kernel/limits.ts'
import { type EventStore, type StoredEvent, StoreError } from '../../store/port.ts'
import { isHeldBy } from '../held-by-log.ts'
import type { HashTree } from './hash-tree.ts'
import { leafText } from './leaf.ts'
import { leafHash } from './merkle.ts'
import { rootDigest, type Seal } from './seal.ts'
import type { SealBook, SealLine } from './seal-book.ts'

export const auditStream = 'audit'

/** How far the tree has followed the log. */
export interface Reached {
  /** Events hashed. */
  readonly size: number
  readonly last: SealLine['last'] | null
  /** Of the last seal in the log, or kept outside. */
  readonly lastSeal: Seal | null
  /** Events that no seal covers, other than seals. */
  readonly unsealed: number
}

const nothing: Reached = { size: 0, last: null, lastSeal: null, unsealed: 0 }

/** The log as its bytes stand. Rejects with `usage` for a store that cannot say them. */
export function storedEvents(
  store: EventStore,
  options: Parameters<NonNullable<EventStore['readStored']>>[0] = {},
): AsyncIterable<StoredEvent> {
  if (store.readStored !== undefined) return store.readStored(options)
  throw new DaybookError('usage', `${store.description} cannot be sealed: it does not show its bytes.`)
}

/**
 * Brings the tree up to the log's end. It goes on where the tree stands when that is what was sealed, and begins
 * again otherwise; either way every seal kept outside must fit.
 *
 * Rejects with `damaged` when the log is not the one that was sealed: nothing is to be signed then.
 */
export async function followTree(
  store: EventStore,
  parts: { readonly tree: HashTree; readonly book: SealBook; readonly from: Reached | null },
): Promise<Reached> {
  const { tree, book } = parts
  const seals = parts.from === null ? book.read() : []
  const begin = parts.from ?? (await beginning(store, { tree, last: seals.at(-1) }))
  tree.truncate(begin.size)
  const reading = new TreeReading({ tree, begin, outside: seals })
  const from = begin.last === null ? 'start' : { after: begin.last.position as Position }
  let read = 0
  for await (const event of storedEvents(store, { from })) {
    reading.follow(event)
    read += 1
    // Sealing stands back behind what else this process does.
    if (read % limits.readPageEvents === 0) await nextTurn()
  }
  tree.flush()
  return reading.reached()
}

/** Where the last seal left off, when tree and log still stand there; the log's start otherwise. */
async function beginning(
  store: EventStore,
  { tree, last }: { readonly tree: HashTree; readonly last: SealLine | undefined },
): Promise<Reached> {
  if (last === undefined || tree.size < last.seal.size) return nothing
  if (rootDigest(tree.rootAt(last.seal.size)) !== last.seal.root) return nothing
  const { position, ...place } = last.last
  try {
    const isThere = await isHeldBy(store, { ...place, position: position as Position })
    return isThere ? { size: last.seal.size, last: last.last, lastSeal: last.seal, unsealed: 0 } : nothing
  } catch (error) {
    if (error instanceof StoreError && error.code === 'invalid') return nothing
    throw error
  }
}

class TreeReading {
  readonly #tree: HashTree
  /** By size: what was sealed and is still to be passed. */
  readonly #outside: Map<number, SealLine>
  #reached: Reached

  constructor(parts: {
    readonly tree: HashTree
    readonly begin: Reached
    readonly outside: readonly SealLine[]
  }) {
    this.#tree = parts.tree
    this.#reached = parts.begin
    const ahead = parts.outside.filter(({ seal }) => seal.size > parts.begin.size)
    this.#outside = new Map(ahead.map((line) => [line.seal.size, line]))
  }

  follow(stored: StoredEvent): void {
    this.#tree.push(leafHash(leafText(stored)))
    const { id: event, position, stream, revision } = stored
    const { lastSeal, unsealed } = this.#reached
    const seal = sealIn(stored)
    const last = { event, position, stream, revision }
    const counted = seal === null ? unsealed + 1 : this.#tree.size - 1 - seal.size
    this.#reached = { size: this.#tree.size, last, lastSeal: seal ?? lastSeal, unsealed: counted }
    const outside = this.#outside.get(this.#tree.size)
    if (outside !== undefined && rootDigest(this.#tree.root()) !== outside.seal.root) throw notTheSame()
    if (outside !== undefined) this.#outside.delete(this.#tree.size)
    if (seal !== null && !this.#fits(seal)) throw notTheSame()
  }

  /** Rejects when the log ended before a seal that is kept outside. */
  reached(): Reached {
    if (this.#outside.size > 0) throw notTheSame()
    return this.#reached
  }

  /** Another process may have made it. */
  #fits(seal: Seal): boolean {
    return seal.size < this.#tree.size && rootDigest(this.#tree.rootAt(seal.size)) === seal.root
  }
}

/** The seal that an event is; null for any other event. */
export function sealIn({ type, stream, data }: StoredEvent): Seal | null {
  if (type !== 'LogSealed' || stream !== auditStream) return null
  try {
    return auditEvents.LogSealed.parse(JSON.parse(data))
  } catch {
    return null
  }
}

function notTheSame(): DaybookError {
  return new DaybookError(
    'damaged',
    'The log is not the one that was sealed: nothing was sealed. "daybook verify" says where it differs.',
  )
}
