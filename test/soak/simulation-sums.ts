import { addCoverage, type Coverage, noCoverage } from '../simulation/coverage.ts'

export interface Failure {
  readonly seed: number
  readonly law: string
  readonly message: string
}

export interface SimulationReport {
  readonly seeds: number
  readonly events: number
  readonly commands: number
  readonly faults: number
  readonly crashes: number
  readonly repeatedCalls: number
  readonly effects: number
  /** Second effects by what was still on its way when another looked first. */
  readonly belated: number
  /** Seeds with fewer commands or faults than every one should have. */
  readonly thin: number
  readonly coverage: Coverage
  readonly failures: readonly Failure[]
}

export type Sums = { -readonly [Key in keyof SimulationReport]: SimulationReport[Key] } & {
  failures: Failure[]
}

const failuresMax = 50

export function nothing(): Sums {
  const zeros = {
    seeds: 0,
    events: 0,
    commands: 0,
    faults: 0,
    crashes: 0,
    repeatedCalls: 0,
    effects: 0,
    belated: 0,
    thin: 0,
  }
  return { ...zeros, coverage: noCoverage(), failures: [] }
}

export function add(sums: Sums, more: SimulationReport): void {
  for (const key of [
    'seeds',
    'events',
    'commands',
    'faults',
    'crashes',
    'repeatedCalls',
    'effects',
    'belated',
    'thin',
  ] as const)
    sums[key] += more[key]
  addCoverage(sums.coverage, more.coverage)
  sums.failures.push(...more.failures.slice(0, failuresMax - sums.failures.length))
}
