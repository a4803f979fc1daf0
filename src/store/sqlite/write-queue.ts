import { limits } from '../../kernel/limits.ts'
import { checkSignal, deadlineOf } from '../log-pages.ts'
import { type Call, StoreError } from '../port.ts'
import { type Connection, pauseForLock } from './connection.ts'
import { isBusy, isInputOutput, sqliteCode, storeErrorOf } from './sqlite-errors.ts'

interface Job {
  readonly run: () => unknown
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
  readonly call: Call
  readonly deadline: number
}

/** Who keeps something about one transaction, or waits for its end. */
interface Told {
  readonly began: () => void
  readonly committed: () => void
}

type Outcome = { readonly job: Job } & ({ readonly value: unknown } | { readonly error: unknown })

/**
 * Group commit: writes that are asked for in one turn of the event loop share one transaction and one flush
 * to the disk. A write that is refused leaves nothing behind, which is its own affair, and each resolves only after
 * the commit.
 */
export class WriteQueue {
  readonly #connection: Connection
  readonly #told: Told
  readonly #begin
  readonly #commit
  #jobs: Job[] = []
  #flushing: Promise<void> | undefined

  constructor(connection: Connection, told: Told) {
    this.#connection = connection
    this.#told = told
    const { db } = connection
    this.#begin = db.prepare('BEGIN IMMEDIATE')
    this.#commit = db.prepare('COMMIT')
  }

  /** Writes that wait for their transaction. */
  get length(): number {
    return this.#jobs.length
  }

  /**
   * Runs `run`, which is synchronous, inside a transaction; resolves with its result once that is durable. When it
   * throws, it has undone what it wrote.
   */
  enqueue<Result>(call: Call, run: () => Result): Promise<Result> {
    if (this.#jobs.length >= limits.appendsQueuedMax) {
      const message = `${this.#connection.file}: ${this.#jobs.length} writes wait already; try again later.`
      return Promise.reject(new StoreError('unavailable', message))
    }
    return new Promise<Result>((resolve, reject) => {
      this.#jobs.push({ run, resolve, reject, call, deadline: deadlineOf(call) })
      this.#flushing ??= this.#flush()
    })
  }

  /** Resolves when nothing waits any more; what still waits at `deadline` is rejected with `unavailable`. */
  async drain(deadlineMs: number): Promise<void> {
    const timer = setTimeout(() => {
      for (const job of this.#jobs.splice(0)) job.reject(tooLate(this.#connection.file))
    }, deadlineMs)
    await this.#flushing
    clearTimeout(timer)
  }

  async #flush(): Promise<void> {
    await nextTurn()
    while (this.#jobs.length > 0) {
      this.#dropGivenUp()
      const group = this.#jobs.slice(0, limits.groupCommitAppendsMax)
      if (group.length === 0) break
      if (this.#tryCommit(group)) await nextTurn()
      else await pauseForLock()
    }
    this.#flushing = undefined
  }

  /** False when another process holds the lock: nothing was done. */
  #tryCommit(group: readonly Job[]): boolean {
    try {
      this.#connection.checkInPlace()
      this.#rollBack()
      this.#begin.run()
    } catch (error) {
      if (isBusy(error)) return false
      this.#settle(group, (job) => job.reject(storeErrorOf(error, this.#connection.file)))
      return true
    }
    let stage: 'running' | 'committing' = 'running'
    try {
      this.#told.began()
      const outcomes = group.map((job) => this.#runOne(job))
      stage = 'committing'
      this.#commit.run()
      this.#settle(outcomes, (outcome) => {
        if ('error' in outcome) outcome.job.reject(outcome.error)
        else outcome.job.resolve(outcome.value as never)
      })
      if (outcomes.some((outcome) => 'value' in outcome)) this.#told.committed()
    } catch (error) {
      this.#rollBack()
      const failure = stage === 'committing' && isInputOutput(error) ? this.#unknown(error) : error
      this.#settle(group, (job) => job.reject(storeErrorOf(failure, this.#connection.file)))
    }
    return true
  }

  #runOne(job: Job): Outcome {
    try {
      return { job, value: job.run() }
    } catch (error) {
      // A failure of the disk concerns the whole group; a refusal only this one.
      if (sqliteCode(error) !== undefined) throw error
      return { job, error }
    }
  }

  #settle<Each>(group: readonly Each[], settle: (each: Each) => void): void {
    this.#jobs.splice(0, group.length)
    for (const each of group) settle(each)
  }

  #dropGivenUp(): void {
    const now = performance.now()
    this.#jobs = this.#jobs.filter((job) => {
      try {
        checkSignal(job.call)
        if (now < job.deadline) return true
        throw tooLate(this.#connection.file)
      } catch (error) {
        job.reject(error)
        return false
      }
    })
  }

  #rollBack(): void {
    try {
      if (this.#connection.db.isTransaction) this.#connection.db.exec('ROLLBACK')
    } catch {
      // The disk fails still: tried again before the next transaction, and done by SQLite at the next opening.
    }
  }

  #unknown(cause: unknown): StoreError {
    const message = `${this.#connection.file}: the disk failed in the middle of a commit; it may be stored or not. Append the same events with the same ids again.`
    return new StoreError('unknown_outcome', message, { cause })
  }
}

function tooLate(file: string): StoreError {
  const message = `${file}: another process kept the log locked until this call's time was over. Nothing was written; try again, or end that process.`
  return new StoreError('unavailable', message)
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
