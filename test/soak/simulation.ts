import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { addCoverage, type Coverage, coverageLines, noCoverage } from '../simulation/coverage.ts'
import { commandsMin, faultsMin, type Simulated, simulate } from '../simulation/simulate.ts'
import { type Soak, share } from './campaign.ts'

/**
 * Simulated coordinators and people on one log, with every fault that a seed can think of, as many seeds as asked
 * for, on all processors. Says what was covered, and of a failure the seed and how to see it alone.
 *
 *     node test/soak/simulation.ts [--seeds 100000] [--from 1]
 *     node test/soak/simulation.ts --seed 4711
 */
export interface SimulationRun {
  /** The first seed; the others follow it. */
  readonly from: number
  readonly seeds: number
  readonly threads?: number
  readonly report: (line: string) => void
}

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
  /** Seeds with fewer commands or faults than every one should have. */
  readonly thin: number
  readonly coverage: Coverage
  readonly failures: readonly Failure[]
}

type Sums = { -readonly [Key in keyof SimulationReport]: SimulationReport[Key] } & { failures: Failure[] }

interface Share {
  readonly next: SharedArrayBuffer
  readonly from: number
  readonly seeds: number
}

const reportEvery = 2_000
const failuresMax = 50
/**
 * Node keeps a signal made of others, with all who listen, until it aborts; what a killed process waited for never
 * does. So a thread is let go before the worlds that it keeps fill its memory.
 */
const seedsPerThread = 1_000

export async function run({ from, seeds, threads, report }: SimulationRun): Promise<SimulationReport> {
  const count = Math.max(1, Math.min(threads ?? availableParallelism(), seeds))
  const next = new SharedArrayBuffer(4)
  const sums = nothing()
  report(`simulation: seeds ${from} to ${from + seeds - 1}, ${count} threads`)
  const take = (done: SimulationReport) => {
    const before = sums.seeds
    add(sums, done)
    for (const failure of done.failures) report(failureLine(failure))
    if (Math.floor(before / reportEvery) < Math.floor(sums.seeds / reportEvery))
      report(`${sums.seeds} seeds, ${sums.failures.length} failures`)
  }
  const lanes = Array.from({ length: count }, async () => {
    while (Atomics.load(new Int32Array(next), 0) < seeds) await inThread({ next, from, seeds }, take)
  })
  await Promise.all(lanes)
  for (const line of coverageLines(sums.coverage)) report(line)
  return sums
}

function inThread(share: Share, take: (done: SimulationReport) => void): Promise<void> {
  const thread = new Worker(new URL(import.meta.url), {
    workerData: share,
    resourceLimits: { maxYoungGenerationSizeMb: 64 },
  })
  thread.on('message', take)
  return new Promise<void>((resolve, reject) => {
    thread.on('error', reject)
    thread.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a thread ended with ${code}`))))
  })
}

function failureLine({ seed, law, message }: Failure): string {
  return `seed ${seed} breaks ${law}: ${message}\n  see it alone: node test/soak/simulation.ts --seed ${seed}`
}

function nothing(): Sums {
  const zeros = {
    seeds: 0,
    events: 0,
    commands: 0,
    faults: 0,
    crashes: 0,
    repeatedCalls: 0,
    effects: 0,
    thin: 0,
  }
  return { ...zeros, coverage: noCoverage(), failures: [] }
}

function add(sums: Sums, more: SimulationReport): void {
  for (const key of [
    'seeds',
    'events',
    'commands',
    'faults',
    'crashes',
    'repeatedCalls',
    'effects',
    'thin',
  ] as const)
    sums[key] += more[key]
  addCoverage(sums.coverage, more.coverage)
  sums.failures.push(...more.failures.slice(0, failuresMax - sums.failures.length))
}

function reportOf(one: Simulated): SimulationReport {
  const { seed, events, commands, faults, crashes, repeated, effects, violations, coverage } = one
  const thin = commands < commandsMin || faults < faultsMin ? 1 : 0
  const failures = violations.slice(0, 1).map(({ law, message }) => ({ seed, law, message }))
  return {
    seeds: 1,
    events,
    commands,
    faults,
    crashes,
    repeatedCalls: repeated,
    effects,
    thin,
    coverage,
    failures,
  }
}

/** Whatever a simulation throws, and every rejection that nobody looks at, is a failure of its seed. */
export async function simulateSafely(seed: number): Promise<SimulationReport> {
  const unhandled: unknown[] = []
  const note = (error: unknown) => void unhandled.push(error)
  process.on('unhandledRejection', note)
  try {
    const report = reportOf(await simulate(seed))
    // Rejections are told of after the ticks that a simulation consists of.
    await new Promise((resolve) => setImmediate(resolve))
    const failures = unhandled
      .slice(0, 1)
      .map((error) => ({ seed, law: 'unhandled', message: textOf(error) }))
    return { ...report, failures: [...report.failures, ...failures] }
  } catch (error) {
    return { ...nothing(), seeds: 1, failures: [{ seed, law: 'thrown', message: textOf(error) }] }
  } finally {
    process.off('unhandledRejection', note)
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

async function workOff({ next, from, seeds }: Share): Promise<void> {
  const counter = new Int32Array(next)
  // Errors are part of every run, and their stacks take longer than what they tell of; alone, a seed has them.
  Error.stackTraceLimit = 0
  let sums = nothing()
  for (let played = 0; played < seedsPerThread; played += 1) {
    const index = Atomics.add(counter, 0, 1)
    if (index >= seeds) break
    add(sums, await simulateSafely(from + index))
    if (sums.seeds < 100 && sums.failures.length === 0) continue
    parentPort?.postMessage(sums)
    sums = nothing()
  }
  parentPort?.postMessage(sums)
}

const seedsWhole = 100_000

export const soak: Soak = {
  name: 'simulation',
  async run({ seed, scale, report }) {
    const { coverage, failures, ...sums } = await run({
      from: seed,
      seeds: share(seedsWhole, { scale }),
      report,
    })
    const [first] = failures
    if (first !== undefined) throw new Error(`${failures.length} failures, the first: ${failureLine(first)}`)
    if (sums.thin > 0)
      throw new Error(`${sums.thin} seeds had fewer than ${commandsMin} commands or ${faultsMin} faults`)
    return {
      ...sums,
      states: Object.keys(coverage.states).length,
      pairs: Object.keys(coverage.pairs).length,
    }
  },
}

async function runAlone(seed: number): Promise<boolean> {
  const { coverage, violations, ...figures } = await simulate(seed)
  console.log(JSON.stringify(figures, null, 2))
  for (const line of coverageLines(coverage)) console.log(line)
  for (const { law, message, at } of violations) console.log(`broken after ${at} events: ${law}: ${message}`)
  return violations.length === 0
}

if (!isMainThread && parentPort !== null) await workOff(workerData as Share)
else if (import.meta.main) {
  const { values } = parseArgs({
    options: { seed: { type: 'string' }, seeds: { type: 'string' }, from: { type: 'string' } },
  })
  const report = (line: string) => console.log(line)
  const isGood =
    values.seed === undefined
      ? (
          await run({
            from: Number(values.from ?? 1),
            seeds: Number(values.seeds ?? seedsWhole),
            report,
          })
        ).failures.length === 0
      : await runAlone(Number(values.seed))
  process.exitCode = isGood ? 0 : 1
}
