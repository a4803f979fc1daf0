import { limits } from '../../kernel/limits.ts'
import { agentKey } from '../../kernel/words.ts'
import type { Project } from '../project.ts'
import { sleep } from '../timers.ts'
import { type Inbox, listInbox } from './inbox.ts'

interface Waiter {
  readonly isNews: (inbox: Inbox) => boolean
  readonly resolve: (inbox: Inbox) => void
  readonly reject: (error: unknown) => void
}

interface WaitOptions {
  readonly isNews: (inbox: Inbox) => boolean
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

const watches = new WeakMap<Project['reading'], Map<string, InboxWatch>>()

/**
 * The inbox as soon as it is news to the one who waits; null after `timeoutMs`, or when `signal` aborts. All who wait
 * for one agent share its looks, so that clients cost nothing while nothing happens for them.
 */
export function nextInbox(project: Project, agent: string, options: WaitOptions): Promise<Inbox | null> {
  const ofProject = watches.get(project.reading) ?? new Map<string, InboxWatch>()
  watches.set(project.reading, ofProject)
  const key = agentKey(agent)
  const watch = ofProject.get(key) ?? new InboxWatch(project, agent)
  ofProject.set(key, watch)
  return watch.next(options).finally(() => {
    if (watch.isIdle && ofProject.get(key) === watch) ofProject.delete(key)
  })
}

class InboxWatch {
  readonly #project: Project
  readonly #agent: string
  readonly #waiting = new Set<Waiter>()
  #looking: AbortController | null = null

  constructor(project: Project, agent: string) {
    this.#project = project
    this.#agent = agent
  }

  get isIdle(): boolean {
    return this.#waiting.size === 0
  }

  async next({ isNews, timeoutMs, signal }: WaitOptions): Promise<Inbox | null> {
    if (signal.aborted || timeoutMs <= 0) return null
    const over = new AbortController()
    const { promise, resolve, reject } = Promise.withResolvers<Inbox>()
    const waiter = { isNews, resolve, reject }
    this.#waiting.add(waiter)
    this.#look()
    const end = () => over.abort()
    signal.addEventListener('abort', end, { once: true })
    try {
      const late = sleep(this.#project.timers, timeoutMs, over.signal).then(() => null)
      return await Promise.race([promise, late])
    } finally {
      signal.removeEventListener('abort', end)
      over.abort()
      this.#waiting.delete(waiter)
      if (this.isIdle) this.#looking?.abort()
    }
  }

  #look(): void {
    if (this.#looking !== null && !this.#looking.signal.aborted) return
    const looking = new AbortController()
    this.#looking = looking
    this.#lookUntil(looking.signal)
      .catch((error: unknown) => {
        for (const { reject } of this.#waiting) reject(error)
      })
      .finally(() => {
        if (this.#looking === looking) this.#looking = null
      })
  }

  /** Leases run out without an event, and perhaps nobody follows the log in this process: it looks now and then, too. */
  async #lookUntil(signal: AbortSignal): Promise<void> {
    const { reading, timers } = this.#project
    while (!signal.aborted) {
      const before = reading.position
      const inbox = await listInbox(this.#project, this.#agent)
      for (const { isNews, resolve } of this.#waiting) if (isNews(inbox)) resolve(inbox)
      // What comes in a burst is looked at once.
      await sleep(timers, limits.inboxPauseMs, signal)
      await reading.moved(before, { timeoutMs: limits.workerLookMs, signal })
    }
  }
}
