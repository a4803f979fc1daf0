import { DaybookError, refusal } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import { now, type Project } from './project.ts'

/** Work that takes longer than an answer may, and what came of it. */
export interface LongWork<Result> {
  readonly id: string
  readonly status: 'running' | 'done' | 'failed'
  readonly startedAt: string
  /** Events or decisions looked at so far. */
  readonly done: number
  /** Null until it is done. */
  readonly result: Result | null
  /** Why it failed: nothing was found out. */
  readonly problem: string | null
}

type Place = Pick<Project, 'ids' | 'clock'>

export interface LongWorkRequest<Result> {
  /** An id from outside makes the request repeatable: the same id is the same work. Null: a new one. */
  readonly id: string | null
  readonly run: (onDone: (done: number) => void) => Promise<Result>
}

/** The long works of one kind in one process: one after the other, the last ones remembered. */
export class LongWorks<Result> {
  readonly #what: string
  readonly #known = new Map<string, LongWork<Result>>()
  #waiting = 0
  #last: Promise<void> = Promise.resolve()

  /** `what` tells people where to begin one: `verification: begin one with POST /v1/verify`. */
  constructor(what: string) {
    this.#what = what
  }

  /** Begins one, or tells of the one with this id. Throws `busy` when too many wait already. */
  start(place: Place, { id: named, run }: LongWorkRequest<Result>): LongWork<Result> {
    const known = named === null ? undefined : this.#known.get(named)
    if (known !== undefined && known.status !== 'failed') return known
    if (this.#waiting >= limits.longWorksWaitingMax) {
      const message = `${this.#waiting} of these wait already: ask again when some are done.`
      throw refusal({ code: 'busy', message })
    }
    const id = named ?? place.ids.next()
    const begun = {
      id,
      status: 'running',
      startedAt: now(place),
      done: 0,
      result: null,
      problem: null,
    } as const
    this.#keep(begun)
    this.#waiting += 1
    this.#last = this.#last.then(() => this.#run(begun, run))
    return begun
  }

  /** One that runs now, if any does. */
  get running(): LongWork<Result> | null {
    return [...this.#known.values()].find(({ status }) => status === 'running') ?? null
  }

  /** Throws `not_found` for one that this process does not know, or not any more. */
  get(id: string): LongWork<Result> {
    const found = this.#known.get(id)
    if (found !== undefined) return found
    throw refusal({ code: 'not_found', message: `This process knows of no ${id}; ${this.#what}.` })
  }

  async #run(begun: LongWork<Result>, run: LongWorkRequest<Result>['run']): Promise<void> {
    const done = (count: number) => this.#keep({ ...begun, done: count })
    try {
      const result = await run(done)
      this.#keep({ ...this.get(begun.id), status: 'done', result })
    } catch (error) {
      const problem = error instanceof DaybookError ? error.message : 'A fault of Daybook ended it.'
      this.#keep({ ...begun, status: 'failed', problem })
    } finally {
      this.#waiting -= 1
    }
  }

  #keep(work: LongWork<Result>): void {
    this.#known.set(work.id, work)
    const oldest = this.#known.keys().next().value
    if (this.#known.size > limits.longWorksMax && oldest !== undefined) this.#known.delete(oldest)
  }
}
