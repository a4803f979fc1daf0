import { DaybookError } from '../../kernel/errors.ts'
import { limits } from '../../kernel/limits.ts'
import { type EventStore, StoreError } from '../../store/port.ts'
import type { Ids } from '../ids.ts'
import type { Project } from '../project.ts'
import { RenderLock } from '../render-lock.ts'
import type { Settings } from '../settings.ts'
import { sleep, systemTimers, type Timers } from '../timers.ts'
import { HashTree } from './hash-tree.ts'
import { digestOfSeal, rootDigest, type Seal, signSeal } from './seal.ts'
import { SealBook, type SealLine } from './seal-book.ts'
import { signingKey } from './seal-keys.ts'
import { auditStream, followTree, type Reached } from './sealed-log.ts'
import { sealingIn } from './sealing.ts'

export interface SealerOptions {
  readonly store: EventStore
  /** Outside the store: the key, the seals and the tree. All processes of one log on this machine share it. */
  readonly folder: string
  readonly ids: Ids
  /** Who seals. */
  readonly worker: string
  readonly timers?: Timers
  /** Told for people whom sealing waits for, when that takes a while. */
  readonly onWait?: ((line: string) => void) | undefined
}

/** The sealer of a project's log; null for a log that is gone with its process. */
export function sealerOf(
  { store, ids, worker, timers }: Pick<Project, 'store' | 'ids' | 'worker' | 'timers'>,
  { seals }: Pick<Settings, 'seals'>,
  onWait?: SealerOptions['onWait'],
): Sealer | null {
  if (store.readStored === undefined || store.description === 'memory:') return null
  return new Sealer({ store, folder: seals, ids, worker, timers, onWait })
}

/**
 * Seals the log: signs the root of a tree over all its events, appends that as an event and writes it to a file
 * outside the store. What was sealed before is not read again, so a seal costs what came since the last one.
 */
export class Sealer {
  readonly #options: SealerOptions
  readonly #timers: Timers
  readonly #lock: RenderLock
  #reached: Reached | null = null
  #pendingSinceMs: number | null = null

  constructor(options: SealerOptions) {
    this.#options = options
    this.#timers = options.timers ?? systemTimers
    this.#lock = new RenderLock(options.folder, options.onWait)
  }

  /**
   * Seals everything that is in the log now; null when nothing but seals came since the last one.
   * Rejects with `damaged` when the log is not the one that was sealed before, and with the store's errors.
   */
  seal(): Promise<SealLine | null> {
    return this.#lock.during('seals', () => this.#sealWhen(() => true))
  }

  /** Seals as events come, until `signal` aborts, and once more then. Problems are told and tried again. */
  async follow(signal: AbortSignal, onProblem: (problem: Error) => void): Promise<void> {
    while (!signal.aborted) {
      await sleep(this.#timers, limits.sealCheckMs, signal)
      await this.#try(() => (signal.aborted ? this.seal() : this.#sealIfDue()), { signal, onProblem })
    }
  }

  #sealIfDue(): Promise<SealLine | null> {
    return this.#lock.during('seals', () =>
      this.#sealWhen(({ unsealed }) => {
        if (unsealed === 0) this.#pendingSinceMs = null
        else this.#pendingSinceMs ??= performance.now()
        const pendingMs = this.#pendingSinceMs === null ? 0 : performance.now() - this.#pendingSinceMs
        return unsealed >= limits.sealEvents || pendingMs >= limits.sealMs
      }),
    )
  }

  async #try(
    work: () => Promise<unknown>,
    { signal, onProblem }: { signal: AbortSignal; onProblem: (problem: Error) => void },
  ): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof DaybookError)) throw error
      onProblem(error)
      await sleep(this.#timers, limits.sealMs, signal)
    }
  }

  async #sealWhen(isDue: (reached: Reached) => boolean): Promise<SealLine | null> {
    for (let attempt = 0; attempt < limits.optimisticRetriesMax; attempt += 1) {
      // Looked at first: a seal that somebody else appends after it makes ours too late.
      const head = await this.#options.store.head(auditStream)
      const reached = await this.#followLog()
      if (reached.unsealed === 0 || !isDue(reached)) return null
      const line = await this.#append(reached, head.state === 'live' ? head.revision : 'no_stream')
      if (line !== null) return line
    }
    throw new StoreError('unavailable', 'Others seal all the time: this log was not sealed from here.')
  }

  async #followLog(): Promise<Reached> {
    const { store, folder } = this.#options
    const { tree: path, book } = sealingIn(folder)
    const tree = new HashTree(path, 'write')
    try {
      const from = this.#reached?.size === tree.size ? this.#reached : null
      this.#reached = null
      this.#reached = await followTree(store, { tree, book: new SealBook(book), from })
      return this.#reached
    } finally {
      tree.close()
    }
  }

  /** null when somebody else was quicker. */
  async #append(reached: Reached, expected: number | 'no_stream'): Promise<SealLine | null> {
    const { store, folder, ids, worker } = this.#options
    const { size, last, lastSeal } = reached
    if (last === null) return null
    const seal = this.#sign(size, last, lastSeal)
    const event = ids.next()
    const actor = { kind: 'coordinator' as const, id: worker }
    const appended = { id: event, type: 'LogSealed', version: 1, data: seal, meta: { actor } }
    try {
      await store.append(auditStream, [appended], { expected })
    } catch (error) {
      if (error instanceof StoreError && error.code === 'wrong_expected') return null
      throw error
    }
    const line = { seal, event, last }
    new SealBook(sealingIn(folder).book).append(line)
    this.#pendingSinceMs = null
    return line
  }

  #sign(size: number, last: SealLine['last'], lastSeal: Seal | null): Seal {
    const { folder } = this.#options
    const { keyId, key } = signingKey(folder)
    const tree = new HashTree(sealingIn(folder).tree, 'read')
    try {
      const previous = lastSeal === null ? null : digestOfSeal(lastSeal)
      const root = rootDigest(tree.rootAt(size))
      return signSeal(key, { through: last.event, size, root, previous, keyId })
    } finally {
      tree.close()
    }
  }
}
