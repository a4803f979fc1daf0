import { DaybookError, refusal } from '../../kernel/errors.ts'
import { limits } from '../../kernel/limits.ts'
import type { EventStore } from '../../store/port.ts'
import { systemClock } from '../daybook.ts'
import { openStore } from '../open-store.ts'
import type { Project } from '../project.ts'
import type { Settings } from '../settings.ts'
import { type Verified, verifyLog } from './verify-log.ts'

/** A comparison of the whole log with its seals, which takes its time. */
export interface Verification {
  readonly id: string
  readonly status: 'running' | 'done' | 'failed'
  readonly startedAt: string
  /** Events compared so far. */
  readonly compared: number
  readonly result: Verified | null
  /** Why it failed: nothing was found out. */
  readonly problem: string | null
}

type Place = Pick<Project, 'store' | 'ids' | 'clock'>

/** The verifications of one process: one at a time, the last ones remembered. */
export class Verifications {
  readonly #known = new Map<string, Verification>()
  #running: string | null = null

  /** Begins one. Whoever asks while one runs is told of that one. */
  start(place: Place, settings: Pick<Settings, 'store' | 'seals'>): Verification {
    const running = this.#running === null ? undefined : this.#known.get(this.#running)
    if (running !== undefined) return running
    const id = place.ids.next()
    const startedAt = new Date(place.clock.now()).toISOString()
    const begun = { id, status: 'running', startedAt, compared: 0, result: null, problem: null } as const
    this.#keep(begun)
    this.#running = id
    void this.#run(begun, place.store, settings)
    return begun
  }

  /** Throws `not_found` for one that this process does not know, or not any more. */
  get(id: string): Verification {
    const found = this.#known.get(id)
    if (found !== undefined) return found
    const message = `This process knows of no verification ${id}: begin one with POST /v1/verify.`
    throw refusal({ code: 'not_found', message })
  }

  async #run(
    begun: Verification,
    store: EventStore,
    settings: Pick<Settings, 'store' | 'seals'>,
  ): Promise<void> {
    const onCount = (compared: number) => this.#keep({ ...this.get(begun.id), compared })
    try {
      const result = await verifiedLog(store, settings, onCount)
      this.#keep({ ...begun, status: 'done', compared: result.events, result })
    } catch (error) {
      const problem = error instanceof DaybookError ? error.message : 'A fault of Daybook ended it.'
      this.#keep({ ...begun, status: 'failed', problem })
    } finally {
      this.#running = null
    }
  }

  #keep(verification: Verification): void {
    this.#known.set(verification.id, verification)
    const oldest = this.#known.keys().next().value
    if (this.#known.size > limits.verificationsMax && oldest !== undefined) this.#known.delete(oldest)
  }
}

/** With eyes of its own: a log that has lost rows is opened, too. */
async function verifiedLog(
  own: EventStore,
  { store: url, seals: folder }: Pick<Settings, 'store' | 'seals'>,
  onCount: (events: number) => void,
): Promise<Verified> {
  if (own.description === 'memory:') return verifyLog(own, { folder, onCount })
  const store = await openStore(url, { clock: systemClock, mode: 'inspect' })
  try {
    return await verifyLog(store, { folder, onCount })
  } finally {
    await store.close()
  }
}
