import type { Takeover } from '../handoffs/commands.ts'
import { DaybookError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import { StoreError } from '../store/port.ts'
import { backoff } from './backoff.ts'
import {
  cancelHandoff,
  completeWorkflow,
  endSession,
  expireHandoff,
  failWorkflow,
  reopenWorkflow,
} from './close-work.ts'
import { giveUp } from './give-up.ts'
import { closeExternal } from './inbox/close-external.ts'
import { inOwnOrder } from './own-order.ts'
import { type Action, plan } from './plan.ts'
import { now, type Project } from './project.ts'
import { routeHandoff } from './route-handoff.ts'
import { toolsFor } from './session/tools-for.ts'
import { SetAside } from './set-aside.ts'
import { requestFirst } from './start-workflow.ts'
import { namedProblem, StuckWork } from './stuck-work.ts'
import { sleep } from './timers.ts'
import { type ModelFor, type ToolsFor, workOn } from './work-on.ts'
import { isGone } from './worker-id.ts'
import type { WorkflowWork } from './workflow-work.ts'

export interface WorkerOptions {
  readonly project: Project
  readonly modelFor: ModelFor
  /** Daybook's own tools when absent. */
  readonly toolsFor?: ToolsFor
  /** Sessions at the same time. */
  readonly concurrency?: number
  /** Only this workflow; every one when absent. */
  readonly workflow?: string
  readonly onText?: (session: string, text: string) => void
  /** Problems that the worker survives, for people. */
  readonly onProblem?: (problem: Error) => void
  /** Whether the process that a worker's id names is known to be gone; looked up on this machine when absent. */
  readonly isGone?: (worker: string) => boolean
}

/**
 * Moves work on: plans from the log what can be done, does it, and looks again when something happened.
 * Any number of workers may do this on one log; the streams' revisions decide who was first.
 */
export class Worker {
  readonly #options: WorkerOptions
  readonly #atWork = new Map<string, Promise<void>>()
  readonly #setAside: SetAside
  /** What this drain tries no more, with the last problem. */
  readonly #stuck = new Map<string, unknown>()
  readonly #stop = new AbortController()
  #until: 'idle' | 'aborted' = 'aborted'
  #fault: { readonly error: unknown } | null = null

  constructor(options: WorkerOptions) {
    this.#options = options
    this.#setAside = new SetAside(options.project.clock)
  }

  /** Sessions that it runs right now. */
  get sessions(): number {
    return this.#atWork.size
  }

  /**
   * Works until nothing can be done without a person, or `signal` aborts. What it cannot get past holds nothing else
   * up: when all the rest is done it rejects with `StuckWork`.
   */
  async drain(signal?: AbortSignal): Promise<void> {
    this.#until = 'idle'
    await this.#loop(signal)
  }

  /** Works until `signal` aborts; then lets running steps end within `limits.drainMs`. */
  async serve(signal: AbortSignal): Promise<void> {
    await this.#loop(signal)
  }

  async #loop(signal: AbortSignal | undefined): Promise<void> {
    const stop = () => this.#stop.abort(signal?.reason)
    signal?.addEventListener('abort', stop, { once: true })
    if (signal?.aborted) stop()
    const over = new AbortController()
    const following = this.#follow(over.signal)
    try {
      await this.#work()
    } finally {
      signal?.removeEventListener('abort', stop)
      await this.#drained()
      over.abort()
      await following
    }
    if (this.#fault !== null) throw this.#fault.error
  }

  async #work(): Promise<void> {
    const { project } = this.#options
    const { reading } = project
    let failures = 0
    while (!this.#stop.signal.aborted) {
      // Taken before: what is folded while the pass acts is reason for another.
      const before = reading.position
      const wasAtWork = this.#atWork.size > 0
      const did = await this.#pass().catch(async (error: unknown) => {
        failures += 1
        await this.#survive(error, failures)
        return null
      })
      if (did === null) continue
      failures = 0
      if (did > 0) continue
      // What ended while the pass looked may have left room, or something to go on with.
      if (wasAtWork && this.#atWork.size === 0) continue
      if (this.#until === 'idle' && this.#atWork.size === 0 && this.#setAside.isEmpty) {
        this.#checkHeld()
        if (this.#stuck.size > 0) throw new StuckWork(project, this.#stuck)
        break
      }
      await this.#somethingHappens(before)
    }
  }

  /** Plans and acts once over all open workflows; how many actions it took. */
  async #pass(): Promise<number> {
    const { project, workflow } = this.#options
    await project.work.refresh()
    let did = 0
    for (const { id } of this.#inOrder()) {
      if (workflow !== undefined && id !== workflow) continue
      if (this.#stop.signal.aborted) break
      // Others work, too: what was planned from an older state would mostly be in vain.
      if (did > 0) await project.work.refresh()
      const work = project.work.workflow(id)
      if (work === null) continue
      const atWork = new Set([...this.#atWork.keys(), ...this.#setAside.handoffs(), ...this.#stuck.keys()])
      const isDead = this.#options.isGone ?? isGone
      for (const action of plan(work, { now: now(project), isGone: isDead, atWork }))
        did += await this.#act(action, work)
    }
    return did
  }

  /** What has begun goes on before anything else begins: what a dead worker held does not lie still for long. */
  #inOrder(): WorkflowWork[] {
    const { work, worker } = this.#options.project
    const mine = inOwnOrder([...work.open()], worker)
    const begun = mine.filter(({ sessions }) => sessions.size > 0)
    return [...begun, ...mine.filter(({ sessions }) => sessions.size === 0)]
  }

  async #act(action: Action, work: WorkflowWork): Promise<number> {
    const { project } = this.#options
    switch (action.kind) {
      case 'request_first':
        await requestFirst(project, action.workflow)
        return 1
      case 'route':
        await routeHandoff(project, action.handoff)
        return 1
      case 'accept':
        return this.#accept(action.handoff, action.takeover)
      case 'cancel':
        await cancelHandoff(project, { work, handoff: action.handoff })
        return 1
      case 'expire':
        await expireHandoff(project, { work, handoff: action.handoff })
        return 1
      case 'end_session':
        await endSession(project, { work, session: action.session, reason: action.reason })
        return 1
      case 'close_external':
        await closeExternal(project, action.handoff)
        return 1
      case 'reopen':
        await reopenWorkflow(project, work)
        return 1
      case 'complete':
        await completeWorkflow(project, work)
        return 1
      case 'fail':
        await failWorkflow(project, { work, code: action.code, reason: action.reason })
        return 1
    }
  }

  #accept(handoff: string, takeover: Takeover | null): number {
    if (this.#atWork.size >= (this.#options.concurrency ?? limits.concurrentSessionsMax)) return 0
    const { project, modelFor, onText } = this.#options
    const tools = this.#options.toolsFor ?? toolsFor
    const onWords = onText ?? (() => undefined)
    const running = workOn({
      project,
      modelFor,
      toolsFor: tools,
      handoff,
      takeover,
      signal: this.#stop.signal,
      onText: onWords,
    })
      .then(
        () => this.#setAside.clear(handoff),
        (error: unknown) => this.#problem(handoff, error),
      )
      .catch((error: unknown) => this.#end(error))
      .finally(() => this.#atWork.delete(handoff))
    this.#atWork.set(handoff, running)
    return 1
  }

  /**
   * Somebody waits for a drain: it tries a few times and says in the end what it cannot get past. A server goes on
   * trying for a while, for others may have more luck, and then ends what cannot be run. A store that is away is
   * waited for.
   */
  async #problem(handoff: string, error: unknown): Promise<void> {
    const times = this.#setAside.add(handoff, error)
    const passes = error instanceof StoreError && error.retryable
    if (!passes && this.#until === 'idle' && times >= limits.problemsMax) {
      if (!(error instanceof DaybookError)) throw error
      this.#setAside.clear(handoff)
      this.#stuck.set(handoff, error)
      return
    }
    await this.#survive(error, 1, namedProblem(this.#options.project, handoff, error))
    if (!isUnrunnable(error) || times < limits.problemsServedMax) return
    await giveUp(this.#options.project, { handoff, problem: error, times })
    this.#setAside.clear(handoff)
  }

  /** A problem that even kept a lease from being given back (a full disk) leaves work that looks at rest. */
  #checkHeld(): void {
    const { work, worker } = this.#options.project
    for (const [handoff, error] of this.#setAside.problems()) {
      const state = work.workflowOfHandoff(handoff)?.handoffs.get(handoff)
      if (state?.status !== 'accepted' || state.lease?.worker !== worker) continue
      if (state.lease.leaseUntil > now(this.#options.project)) throw error
    }
  }

  /** The store may be away for a while; anything else is said and, if it is a fault of ours, thrown on. */
  async #survive(error: unknown, failures: number, told = error): Promise<void> {
    if (this.#stop.signal.aborted) return
    const away = error instanceof StoreError && error.retryable
    if (!away && !(error instanceof DaybookError)) throw error
    if (!away && failures > limits.storeAttemptsMax) throw error
    this.#options.onProblem?.(told instanceof Error ? told : error)
    await backoff(failures + 4, this.#stop.signal, this.#options.project.timers)
  }

  /** A fault of ours ends the work in good order; `serve` and `drain` reject with it. */
  #end(error: unknown): void {
    this.#fault ??= { error }
    this.#stop.abort(error)
  }

  /** A session of ours ends, somebody appends, or a second passes (leases run out without an event). */
  async #somethingHappens(position: Project['reading']['position']): Promise<void> {
    const { reading } = this.#options.project
    const enough = new AbortController()
    const signal = AbortSignal.any([this.#stop.signal, enough.signal])
    const news = reading.moved(position, { timeoutMs: limits.workerLookMs, signal })
    await Promise.race([news, ...this.#atWork.values()])
    enough.abort()
  }

  async #follow(signal: AbortSignal): Promise<void> {
    await this.#options.project.reading.follow(signal).catch((error: unknown) => this.#end(error))
  }

  /** What does not end in time is taken over by others as after a crash. */
  async #drained(): Promise<void> {
    const enough = new AbortController()
    const timeout = sleep(this.#options.project.timers, limits.drainMs, enough.signal)
    await Promise.race([Promise.allSettled(this.#atWork.values()), timeout])
    enough.abort()
  }
}

/** What the store cannot do now it may do later; anything else that the world refuses stays refused. */
function isUnrunnable(error: unknown): error is DaybookError {
  return error instanceof DaybookError && !(error instanceof StoreError)
}
