import { addCoverage, type Coverage, noCoverage } from '../simulation/coverage.ts'

export interface Failure {
  readonly seed: number
  readonly law: string
  readonly message: string
}

const counted = [
  'seeds',
  'events',
  'commands',
  'faults',
  'crashes',
  'repeatedCalls',
  'effects',
  /** Second effects by what was still on its way when another looked first. */
  'belated',
  /** Seeds with fewer commands or faults than every one should have. */
  'thin',
] as const
type Counted = (typeof counted)[number]

export interface SimulationReport extends Readonly<Record<Counted, number>> {
  readonly coverage: Coverage
  readonly failures: readonly Failure[]
}

export type Sums = { -readonly [Key in keyof SimulationReport]: SimulationReport[Key] } & {
  failures: Failure[]
}

const failuresMax = 50

export function nothing(): Sums {
  const zeros = Object.fromEntries(counted.map((name) => [name, 0])) as Record<Counted, number>
  return { ...zeros, coverage: noCoverage(), failures: [] }
}

export function add(sums: Sums, more: SimulationReport): void {
  for (const name of counted) sums[name] += more[name]
  addCoverage(sums.coverage, more.coverage)
  sums.failures.push(...more.failures.slice(0, failuresMax - sums.failures.length))
}
