import type { KeyObject } from 'node:crypto'
import { existsSync } from 'node:fs'
import { DaybookError } from '../../kernel/errors.ts'
import { limits } from '../../kernel/limits.ts'
import { type EventStore, type StoredEvent, StoreError } from '../../store/port.ts'
import { type Finding, findingAt } from './finding.ts'
import { HashTree } from './hash-tree.ts'
import { isWellFormed, leafText } from './leaf.ts'
import { Frontier, type Hash, leafHash } from './merkle.ts'
import { nameDifference } from './name-difference.ts'
import { digestOfSeal, isSignedBy, rootDigest, type Seal } from './seal.ts'
import { SealBook, type SealLine } from './seal-book.ts'
import { publicKeyPath, publicKeys } from './seal-keys.ts'
import { auditStream, sealIn, storedEvents } from './sealed-log.ts'
import { sealingIn } from './sealing.ts'

export interface Verified {
  /** Nothing is wrong as far as seals reach. */
  readonly ok: boolean
  readonly events: number
  /** Events that a seal with a good signature covers. */
  readonly sealed: number
  /** In the log, and in the file outside it. */
  readonly seals: number
  readonly outside: number
  readonly firstBad: Finding | null
  /** The first, and what else is wrong; at most `limits.findingsMax`. */
  readonly findings: readonly Finding[]
}

export interface VerifyOptions {
  /** Where seals, keys and the tree are kept. */
  readonly folder: string
  /** Keys that are believed beside those of the folder. */
  readonly keys?: ReadonlyMap<string, KeyObject>
  readonly onCount?: (events: number) => void
}

/**
 * Reads the whole log as its bytes stand and compares it with every seal, in the log and outside it. Finds any
 * event that was altered, taken out, put in or exchanged and a tail that was cut off, as far as seals reach, and
 * names the first one. A log that cannot be read is a finding, too.
 */
export async function verifyLog(store: EventStore, options: VerifyOptions): Promise<Verified> {
  const verification = new Verification(options)
  try {
    const [read, faults] = await Promise.allSettled([verification.read(store), store.faults?.()])
    if (read.status === 'rejected') {
      if (!(read.reason instanceof StoreError) || read.reason.code !== 'damaged') throw read.reason
      verification.find({ kind: 'damaged', message: read.reason.message })
    }
    if (faults.status === 'rejected') throw faults.reason
    for (const { message } of faults.value ?? []) verification.find({ kind: 'store', message })
    return verification.result()
  } finally {
    verification.close()
  }
}

/** Events after the first difference that are looked at to say what happened. */
const lookAhead = 64

class Verification {
  readonly #options: VerifyOptions
  readonly #keys: ReadonlyMap<string, KeyObject>
  readonly #outside: readonly SealLine[]
  /** Seals outside, by the number of events that they cover. */
  readonly #bySize: ReadonlyMap<number, SealLine>
  readonly #tree: HashTree | null
  #treeSize: number
  readonly #frontier = new Frontier()
  /** Roots as this log gives them, of the sizes that its own seals name. */
  readonly #roots = new Map<number, string | null>()
  readonly #findings: Finding[] = []
  readonly #inLog = new Set<string>()
  readonly #missingKeys = new Set<string>()
  #last: StoredEvent | null = null
  #lastSeal: Seal | null = null
  #sealed = 0
  #seals = 0

  constructor(options: VerifyOptions) {
    this.#options = options
    const { tree } = sealingIn(options.folder)
    this.#keys = new Map([...publicKeys(options.folder), ...(options.keys ?? [])])
    this.#outside = this.#readBook()
    this.#bySize = new Map(this.#outside.map((line) => [line.seal.size, line]))
    this.#tree = existsSync(tree) ? new HashTree(tree, 'read') : null
    this.#treeSize = Math.min(this.#tree?.size ?? 0, this.#outside.at(-1)?.seal.size ?? 0)
  }

  find(finding: Omit<Finding, 'position' | 'event'> & Partial<Finding>): void {
    if (this.#findings.length < limits.findingsMax)
      this.#findings.push({ position: null, event: null, ...finding })
  }

  async read(store: EventStore): Promise<void> {
    for (const size of await sealedSizes(store)) this.#roots.set(size, null)
    const ahead: StoredEvent[] = []
    const rows = storedEvents(store)[Symbol.asyncIterator]()
    for (;;) {
      const event = ahead.shift() ?? (await nextOf(rows))
      if (event === null) break
      const leaf = leafHash(leafText(event))
      if (this.#differs(leaf)) {
        ahead.push(...(await more(rows, lookAhead - ahead.length)))
        if (this.#name([event, ...ahead])) return
      }
      if (!this.#follow(event, leaf)) return
    }
    this.#checkEnd()
  }

  result(): Verified {
    return {
      ok: this.#findings.length === 0,
      events: this.#frontier.size,
      sealed: this.#sealed,
      seals: this.#seals,
      outside: this.#outside.length,
      firstBad: this.#findings[0] ?? null,
      findings: this.#findings,
    }
  }

  close(): void {
    this.#tree?.close()
  }

  #readBook(): SealLine[] {
    try {
      const lines = new SealBook(sealingIn(this.#options.folder).book).read()
      for (const { seal, event } of lines) this.#checkSignature(seal, event)
      return lines.filter(({ seal }) => this.#isSigned(seal))
    } catch (error) {
      if (!(error instanceof DaybookError) || error.code !== 'damaged') throw error
      this.find({ kind: 'seal', message: error.message })
      return []
    }
  }

  #differs(leaf: Hash): boolean {
    const index = this.#frontier.size
    return index < this.#treeSize && this.#tree?.leaf(index) !== leaf
  }

  /** False when the tree itself cannot be believed: then seals alone decide. */
  #name(events: readonly StoredEvent[]): boolean {
    const index = this.#frontier.size
    const tree = this.#tree!
    const line = this.#outside.find(({ seal }) => seal.size > index)!
    if (rootDigest(tree.rootOfLeaves(line.seal.size)) !== line.seal.root) {
      this.find({
        kind: 'tree',
        message: `${tree.path} is not what was sealed. Without it the seals still tell that something is wrong, but not which event.`,
      })
      this.#treeSize = 0
      return false
    }
    this.find(nameDifference(tree, { events, index, size: line.seal.size }))
    return true
  }

  /** False when there is no use in reading on. */
  #follow(event: StoredEvent, leaf: Hash): boolean {
    if (!isWellFormed(event)) {
      this.find(findingAt(event, 'altered', 'its data or meta is not JSON any more'))
      return false
    }
    this.#frontier.push(leaf)
    this.#last = event
    const { size } = this.#frontier
    const line = this.#bySize.get(size)
    if (line !== undefined || this.#roots.has(size)) {
      const root = rootDigest(this.#frontier.root())
      this.#roots.set(size, root)
      if (line !== undefined && root !== line.seal.root) {
        this.find(this.#range(event, size))
        return false
      }
      if (line !== undefined) this.#sealed = size
    }
    const seal = sealIn(event)
    if (seal !== null) this.#checkSeal(seal, event)
    this.#options.onCount?.(size)
    return true
  }

  #range(event: StoredEvent, size: number): Finding {
    const since = this.#sealed
    const what = `one of the ${size - since} events up to this one, after the first ${since}, is not what was sealed`
    return findingAt(event, 'range', what)
  }

  #checkSeal(seal: Seal, event: StoredEvent): void {
    this.#seals += 1
    this.#inLog.add(event.id)
    const isOutside = this.#outside.some((line) => line.event === event.id)
    if (!isOutside) this.#checkSignature(seal, event.id)
    const previous = this.#lastSeal === null ? null : digestOfSeal(this.#lastSeal)
    this.#lastSeal = seal
    if (seal.previous !== previous)
      this.find(findingAt(event, 'seal', 'this seal does not follow the seal before it'))
    else if (this.#roots.get(seal.size) !== seal.root)
      this.find(
        findingAt(event, 'range', `one of the first ${seal.size} events is not what this seal covers`),
      )
    else if (this.#isSigned(seal)) this.#sealed = Math.max(this.#sealed, seal.size)
  }

  #isSigned(seal: Seal): boolean {
    const key = this.#keys.get(seal.keyId)
    return key !== undefined && isSignedBy(key, seal)
  }

  #checkSignature(seal: Seal, event: string): void {
    if (this.#isSigned(seal)) return
    const which = `The seal over ${seal.size} events (event ${event})`
    if (this.#keys.has(seal.keyId)) {
      this.find({ kind: 'seal', message: `${which} has a wrong signature.`, event })
      return
    }
    // Every seal of that key would say the same.
    if (this.#missingKeys.has(seal.keyId)) return
    this.#missingKeys.add(seal.keyId)
    const message = `${which} is signed with the key ${seal.keyId}, whose public key is not here. It is the file ${publicKeyPath('', seal.keyId)} where the log was sealed, beside its seals.jsonl: put it into ${this.#options.folder}/keys, or name it with --key.`
    this.find({ kind: 'key', message, event })
  }

  #checkEnd(): void {
    const { size } = this.#frontier
    const cut = this.#outside.filter((line) => !this.#inLog.has(line.event))
    const [first] = cut
    if (first === undefined) return
    const position = this.#last?.position ?? null
    const last = this.#last === null ? 'It is empty' : `It ends with event ${this.#last.id}`
    const more = `${cut.length === 1 ? 'a seal' : `${cut.length} seals`} outside the store, the first over ${first.seal.size} events,`
    this.find({
      kind: 'truncated',
      position,
      event: this.#last?.id ?? null,
      message: `The log was cut off: it has ${size} events, and ${more} stood in it. ${last}.`,
    })
  }
}

/** How many events each seal of the log covers: known beforehand, so that the log is read once. */
async function sealedSizes(store: EventStore): Promise<number[]> {
  const sizes: number[] = []
  try {
    for await (const { type, data } of store.readStream(auditStream))
      if (type === 'LogSealed') sizes.push((data as { size: number }).size)
  } catch (error) {
    // What is wrong with this stream shows when all events are read.
    if (!(error instanceof StoreError)) throw error
  }
  return sizes
}

async function nextOf(rows: AsyncIterator<StoredEvent>): Promise<StoredEvent | null> {
  const { done, value } = await rows.next()
  return done === true ? null : value
}

async function more(rows: AsyncIterator<StoredEvent>, count: number): Promise<StoredEvent[]> {
  const events: StoredEvent[] = []
  while (events.length < count) {
    const event = await nextOf(rows)
    if (event === null) break
    events.push(event)
  }
  return events
}
