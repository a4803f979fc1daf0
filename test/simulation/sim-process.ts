import type { Decision } from '../../src/kernel/decider.ts'
import type { EventSchemas } from '../../src/kernel/event-schema.ts'
import type { Faults } from './faults.ts'
import type { Process, World } from './world.ts'

/** The rules of any room: commands and states of all of them pass through a simulation. */
export interface AnyDecider {
  readonly schemas: EventSchemas
  readonly initial: unknown
  decide(command: never, state: never): Decision<{ readonly type: string; readonly data: unknown }>
  evolve(state: never, event: never): unknown
}

/** The command that a process decided last about a stream: what it appends there next comes from that. */
export interface Decided {
  readonly command: { readonly type: string }
  /** The rules as they should be, whatever the process decided by. */
  readonly decider: AnyDecider
}

interface InFlight {
  readonly operation: string
  readonly land: () => void
}

/** A process that can die at any moment, with everything it has in memory. */
export class SimProcess implements Process {
  readonly name: string
  readonly decided = new Map<string, Decided>()
  readonly #world: World
  readonly #faults: Faults
  readonly #inFlight = new Set<InFlight>()
  readonly #onDeath: () => void
  alive = true
  frozenUntilMs = 0

  constructor({
    name,
    world,
    faults,
    onDeath,
  }: { name: string; world: World; faults: Faults; onDeath: () => void }) {
    this.name = name
    this.#world = world
    this.#faults = faults
    this.#onDeath = onDeath
  }

  /**
   * Sends something into the world, where it lands after so many milliseconds. When the process dies before,
   * it lands all the same, at that moment, or never.
   */
  send(operation: string, ms: number, land: () => void): void {
    const flying = { operation, land }
    this.#inFlight.add(flying)
    this.#world.after(this, ms, () => {
      this.#inFlight.delete(flying)
      land()
    })
  }

  /** Stands still for so many milliseconds. What it sent is still on its way then. */
  freeze(ms: number): void {
    this.frozenUntilMs = this.#world.nowMs + ms
  }

  crash(): void {
    if (!this.alive) return
    this.alive = false
    for (const { operation, land } of this.#inFlight) {
      const lands = this.#world.chance.happens(0.5)
      this.#faults.interrupted(operation, lands ? 'crash_in_flight_done' : 'crash_in_flight_lost')
      if (lands) land()
    }
    this.#inFlight.clear()
    this.#onDeath()
  }
}
