import type { Takeover } from '../handoffs/commands.ts'
import { DaybookError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import { StoreError } from '../store/port.ts'
import { backoff } from './backoff.ts'
import { cancelHandoff, completeWorkflow, failWorkflow } from './close-work.ts'
import type { WorkflowWork } from './open-work.ts'
import { type Action, plan } from './plan.ts'
import { now, type Project } from './project.ts'
import { routeHandoff } from './route-handoff.ts'
import { requestFirst } from './start-workflow.ts'
import { type ModelFor, workOn } from './work-on.ts'
import { isGone } from './worker-id.ts'

export interface WorkerOptions {
  readonly project: Project
  readonly modelFor: ModelFor
  /** Sessions at the same time. */
  readonly concurrency?: number
  /** Only this workflow; every one when absent. */
  readonly workflow?: string
  readonly onText?: (session: string, text: string) => void
  /** Problems that the worker survives, for people. */
  readonly onProblem?: (problem: Error) => void
}

/**
 * Moves work on: plans from the log what can be done, does it, and looks again when something happened.
 * Any number of workers may do this on one log; the streams' revisions decide who was first.
 */
export class Worker {
  readonly #options: WorkerOptions
  readonly #atWork = new Map<string, Promise<void>>()
  readonly #stop = new AbortController()

  constructor(options: WorkerOptions) {
    this.#options = options
  }

  /** Works until nothing can be done without a person, or `signal` aborts. */
  async drain(signal?: AbortSignal): Promise<void> {
    await this.#loop({ signal, until: 'idle' })
  }

  /** Works until `signal` aborts; then lets running steps end within `limits.drainMs`. */
  async serve(signal: AbortSignal): Promise<void> {
    await this.#loop({ signal, until: 'aborted' })
  }

  async #loop({
    signal,
    until,
  }: {
    signal: AbortSignal | undefined
    until: 'idle' | 'aborted'
  }): Promise<void> {
    const stop = () => this.#stop.abort(signal?.reason)
    signal?.addEventListener('abort', stop, { once: true })
    if (signal?.aborted) stop()
    let failures = 0
    try {
      while (!this.#stop.signal.aborted) {
        const did = await this.#pass().then(
          (count) => {
            failures = 0
            return count
          },
          async (error: unknown) => {
            failures += 1
            await this.#survive(error, failures)
            return 1
          },
        )
        if (did > 0) continue
        if (this.#atWork.size === 0 && until === 'idle') break
        await this.#somethingHappens()
      }
    } finally {
      signal?.removeEventListener('abort', stop)
      await Promise.allSettled(this.#atWork.values())
    }
  }

  /** Plans and acts once over all open workflows; how many actions it took. */
  async #pass(): Promise<number> {
    const { project, workflow } = this.#options
    await project.work.refresh()
    let did = 0
    for (const work of [...project.work.workflows()]) {
      if (workflow !== undefined && work.id !== workflow) continue
      if (this.#stop.signal.aborted) break
      const situation = { now: now(project), isGone, atWork: new Set(this.#atWork.keys()) }
      for (const action of plan(work, situation)) did += await this.#act(action, work)
    }
    return did
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
    const onWords = onText ?? (() => undefined)
    const running = workOn({
      project,
      modelFor,
      handoff,
      takeover,
      signal: this.#stop.signal,
      onText: onWords,
    })
      .catch((error: unknown) => this.#survive(error, 1))
      .finally(() => this.#atWork.delete(handoff))
    this.#atWork.set(handoff, running)
    return 1
  }

  /** The store may be away for a while; anything else is said and, if it is a fault of ours, thrown on. */
  async #survive(error: unknown, failures: number): Promise<void> {
    if (this.#stop.signal.aborted) return
    const away = error instanceof StoreError && error.retryable
    if (!away && !(error instanceof DaybookError)) throw error
    if (!away && failures > limits.storeAttemptsMax) throw error
    this.#options.onProblem?.(error)
    await backoff(failures + 4, this.#stop.signal).catch(() => undefined)
  }

  /** A session of ours ends, somebody appends, or a second passes (leases run out without an event). */
  async #somethingHappens(): Promise<void> {
    const { project } = this.#options
    const quiet = new AbortController()
    const timer = setTimeout(() => quiet.abort(), 1_000)
    const stop = () => quiet.abort()
    this.#stop.signal.addEventListener('abort', stop, { once: true })
    try {
      const position = project.work.position
      const news = nextEvent(project, { after: position, signal: quiet.signal })
      await Promise.race([news, ...this.#atWork.values()])
    } finally {
      clearTimeout(timer)
      this.#stop.signal.removeEventListener('abort', stop)
      quiet.abort()
    }
  }
}

async function nextEvent(
  project: Project,
  { after, signal }: { after: Project['work']['position']; signal: AbortSignal },
): Promise<void> {
  const from = after === null ? ('start' as const) : { after }
  const filter = { streamPrefixes: ['workflow-', 'handoff-', 'session-'] }
  for await (const item of project.store.subscribe({ from, filter, signal })) {
    if (item.kind === 'event') return
  }
}
