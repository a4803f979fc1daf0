import type { Chance } from './chance.ts'
import { type Coverage, note } from './coverage.ts'
import type { Weather } from './weather.ts'

/** What may go wrong with an append. The lost ones happen before it is stored, the done ones after. */
export const appendFaults = [
  'busy',
  'disk_full',
  'io_error',
  'unknown_lost',
  'unknown_done',
  'slow',
  'crash_before',
  'crash_after',
] as const
export const readFaults = ['busy', 'io_error', 'cut_off', 'slow', 'crash_before'] as const
export const modelFaults = [
  'overloaded',
  'rate_limited',
  'cut_stream',
  'refused_for_good',
  'late',
  'crash_before',
  'crash_after',
] as const
export const toolFaults = ['failed', 'slow', 'crash_before', 'crash_after'] as const

export type Fault =
  | (typeof appendFaults)[number]
  | (typeof readFaults)[number]
  | (typeof modelFaults)[number]
  | (typeof toolFaults)[number]

/** Not as likely as the others: they end what they meet, or every worker at once. */
const rare: ReadonlySet<Fault> = new Set(['refused_for_good', 'disk_full'])

/** A run has few calls of tools and models, and what goes wrong there matters most. */
const weights: Readonly<Record<string, number>> = { model: 5, tool: 12, append: 3, read: 0.5, subscribe: 0.5 }
const spoiledWeight = 8
const rateMax = 0.4

/** Decides what goes wrong, counts it, and says which operation it met. */
export class Faults {
  /** Faults stop at the end of a run: what is left must come to an end then. */
  calm = false
  count = 0
  readonly #chance: Chance
  readonly #weather: Weather
  readonly #coverage: Coverage

  constructor(chance: Chance, weather: Weather, coverage: Coverage) {
    this.#chance = chance
    this.#weather = weather
    this.#coverage = coverage
  }

  draw<Kind extends Fault>(operation: string, kinds: readonly Kind[]): Kind | null {
    if (this.calm) return null
    const group = operation.split(' ', 1)[0]!
    const { rate, spoils } = this.#weather
    const weight = (weights[group] ?? 1) * (group === spoils ? spoiledWeight : 1)
    if (!this.#chance.happens(Math.min(rateMax, rate * weight))) return null
    const kind = this.#chance.pick(kinds)
    if (rare.has(kind) && !this.#chance.happens(0.3)) return null
    this.#note(operation, kind)
    return kind
  }

  /** A crash that met an operation in flight. */
  interrupted(operation: string, outcome: 'crash_in_flight_lost' | 'crash_in_flight_done'): void {
    note(this.#coverage.pairs, `${operation} × ${outcome}`)
  }

  #note(operation: string, kind: Fault): void {
    this.count += 1
    note(this.#coverage.pairs, `${operation} × ${kind}`)
  }
}
