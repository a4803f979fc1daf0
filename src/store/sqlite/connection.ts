import { statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { limits } from '../../kernel/limits.ts'
import { checkSignal, deadlineOf } from '../log-pages.ts'
import { type Call, StoreError } from '../port.ts'
import { isBusy, storeErrorOf } from './sqlite-errors.ts'

/** An open log file. `immutable`: on a read-only medium, read without any lock. */
export class Connection {
  readonly db: DatabaseSync
  readonly file: string
  readonly mode: 'read_write' | 'read_only' | 'immutable'
  readonly #inode: number
  #seenInPlaceMs = Number.NEGATIVE_INFINITY

  constructor(db: DatabaseSync, file: string, mode: Connection['mode']) {
    this.db = db
    this.file = file
    this.mode = mode
    this.#inode = statSync(file).ino
  }

  /**
   * Does `work`, which is synchronous, and tries again while another process holds a lock that is in the way.
   * Rejects with `unavailable` when the call's time is over, having done nothing.
   */
  async patiently<Result>(call: Call, work: () => Result): Promise<Result> {
    const deadline = deadlineOf(call)
    for (;;) {
      checkSignal(call)
      try {
        return work()
      } catch (error) {
        if (!isBusy(error) || performance.now() >= deadline) throw storeErrorOf(error, this.file)
      }
      await pauseForLock()
    }
  }

  /** Whether the file that is open is still the one with this name. */
  get inPlace(): boolean {
    const found = statSync(this.file, { throwIfNoEntry: false })?.ino === this.#inode
    this.#seenInPlaceMs = found ? performance.now() : Number.NEGATIVE_INFINITY
    return found
  }

  /** The same for who only reads: a look of a moment ago is as good. */
  get wasInPlace(): boolean {
    return performance.now() - this.#seenInPlaceMs < limits.storeInPlaceMs || this.inPlace
  }

  /** Throws when it is not: writes to it would be lost, and what others write would not be seen. */
  checkInPlace(when: 'now' | 'lately' = 'now'): void {
    if (when === 'now' ? this.inPlace : this.wasInPlace) return
    const message = `${this.file} was moved, deleted or replaced while it was open. Nothing was written. Put it back and start again.`
    throw new StoreError('not_found', message, { details: { file: this.file } })
  }

  /** An immutable log is read without locks, which is safe only as long as nobody writes it elsewhere. */
  checkImmutable(): void {
    if (this.mode !== 'immutable' || !hasContent(`${this.file}-wal`)) return
    const message = `${this.file}: somebody began to write this log while it was being read. Open it again.`
    throw new StoreError('unavailable', message, { details: { file: this.file } })
  }
}

/** Waits a little before a lock is tried again; at random, so that processes do not keep meeting. */
export async function pauseForLock(): Promise<void> {
  await delay(1 + Math.random() * limits.storeLockAttemptMs)
}

export function hasContent(file: string): boolean {
  return (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0
}
