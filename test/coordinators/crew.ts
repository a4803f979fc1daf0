import { setTimeout as sleep } from 'node:timers/promises'
import { mulberry32 } from '../memory/generated-texts.ts'
import { Coordinator, type Place } from './processes.ts'

export interface CrewOptions {
  readonly seed: number
  readonly coordinators: number
  readonly leaseMs: number
  readonly concurrency: number
  /** Between two kills, on average; no kills when absent. On a busy machine it takes longer: see `stepsApart`. */
  readonly killEveryMs?: number
  /** At most so many kills. */
  readonly killsMax?: number
  /** Share of them that are not killed but stand still for longer than their lease, and then go on. */
  readonly frozen?: number
}

/**
 * Steps of sessions that are recorded between two kills at least. Work on which three coordinators died without a
 * step is set aside, and where all of them are slow that would be any work.
 */
const stepsApart = 80

/** The coordinators, of which one is killed now and then and started again. */
export class Crew {
  readonly places: readonly Place[]
  readonly problems: string[] = []
  kills = 0
  freezes = 0
  /** Of all sessions so far. */
  #steps = 0
  #stepsAtKill = 0
  readonly #options: CrewOptions
  readonly #random: () => number
  readonly #members: Coordinator[] = []
  readonly #stop = new AbortController()
  #killing: Promise<void> = Promise.resolve()

  constructor(options: CrewOptions, placeOf: (index: number) => Place) {
    this.#options = options
    this.#random = mulberry32(options.seed)
    this.places = Array.from({ length: options.coordinators }, (_, index) => placeOf(index))
  }

  start(): void {
    for (const place of this.places) this.#members.push(new Coordinator(place, this.#options))
    if (this.#options.killEveryMs !== undefined)
      this.#killing = this.#killNowAndThen(this.#options.killEveryMs)
  }

  /** Is told how far the work is. */
  saw(steps: number): void {
    this.#steps = steps
  }

  /** Ends all in good order. */
  async end(): Promise<void> {
    this.#stop.abort()
    await this.#killing
    await Promise.all(this.#members.map((member) => member.working()))
    const codes = await Promise.all(this.#members.map((member) => member.end()))
    for (const [index, code] of codes.entries())
      if (code !== 0)
        this.problems.push(`coordinator ${index} ended with ${code}: ${this.#members[index]!.said}`)
  }

  async abandon(): Promise<void> {
    this.#stop.abort()
    await this.#killing
    await Promise.all(
      this.#members.filter((member) => member.exit === undefined).map((member) => member.kill()),
    )
  }

  /** Those that ended although nobody told them to. */
  fallen(): string[] {
    return this.#members
      .filter((member) => member.exit !== undefined && member.exit !== 'SIGKILL')
      .map((member) => `a coordinator fell with ${member.exit}: ${member.said}`)
  }

  async #killNowAndThen(everyMs: number): Promise<void> {
    const { signal } = this.#stop
    const killsMax = this.#options.killsMax ?? Number.POSITIVE_INFINITY
    while (!signal.aborted && this.kills < killsMax) {
      await sleep(everyMs * (0.5 + this.#random()), undefined, { signal }).catch(() => undefined)
      if (signal.aborted) return
      if (this.kills + this.freezes > 0 && this.#steps < this.#stepsAtKill + stepsApart) continue
      const index = Math.floor(this.#random() * this.#members.length)
      const member = this.#members[index]!
      await member.working()
      if (member.exit !== undefined) continue
      this.#stepsAtKill = this.#steps
      if (this.#random() < (this.#options.frozen ?? 0)) {
        this.freezes += 1
        await member.freeze(1.5 * this.#options.leaseMs)
        continue
      }
      await member.kill()
      this.kills += 1
      const next = new Coordinator(member.place, this.#options)
      this.#members[index] = next
      // On a busy machine a start takes longer than the time between kills: nobody would ever work.
      await Promise.race([next.working(), aborted(signal)])
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
