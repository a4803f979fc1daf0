import { type ChildProcess, fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { coverageLines } from '../simulation/coverage.ts'
import { commandsMin, faultsMin, simulate } from '../simulation/simulate.ts'
import { type Soak, share } from './campaign.ts'
import type { Told } from './simulation-batch.ts'
import { add, type Failure, nothing, type SimulationReport } from './simulation-sums.ts'

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
  readonly processes?: number
  readonly report: (line: string) => void
}

const reportEvery = 2_000
/**
 * Node keeps a signal made of others, with all who listen, until it aborts; what a killed process waited for never
 * does. So a batch ends before the worlds that it keeps fill its memory.
 */
const seedsPerBatch = 500
/** Memory that a batch may take, in MiB: some ten times what one does. */
const memoryMax = 3_000
/** A seed takes some 30 ms. */
const millisPerSeedMax = 120_000

export async function run({ from, seeds, processes, report }: SimulationRun): Promise<SimulationReport> {
  const lanes = Math.max(1, Math.min(processes ?? availableParallelism(), seeds))
  const sums = nothing()
  report(`simulation: seeds ${from} to ${from + seeds - 1}, ${lanes} processes`)
  let next = from
  const takeBatch = () => {
    const batch = { from: next, seeds: Math.min(seedsPerBatch, from + seeds - next) }
    next += batch.seeds
    return batch.seeds > 0 ? batch : undefined
  }
  const lane = async () => {
    for (let batch = takeBatch(); batch !== undefined; batch = takeBatch()) {
      const before = sums.seeds
      const done = await playBatch(batch)
      add(sums, done)
      for (const failure of done.failures) report(failureLine(failure))
      if (Math.floor(before / reportEvery) < Math.floor(sums.seeds / reportEvery))
        report(`${sums.seeds} seeds, ${sums.failures.length} failures`)
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  for (const line of coverageLines(sums.coverage)) report(line)
  return sums
}

interface Batch {
  readonly from: number
  readonly seeds: number
}

/** A seed that ends its process, or that does not end, is a failure; the batch goes on behind it. */
async function playBatch({ from, seeds }: Batch): Promise<SimulationReport> {
  const sums = nothing()
  const told = await inProcess({ from, seeds })
  if (told.done !== undefined) return told.done
  const { playing, why } = told
  const failure = { seed: playing, law: 'ends', message: why }
  add(sums, { ...nothing(), seeds: 1, failures: [failure] })
  if (playing > from) add(sums, await playBatch({ from, seeds: playing - from }))
  const behind = from + seeds - playing - 1
  if (behind > 0) add(sums, await playBatch({ from: playing + 1, seeds: behind }))
  return sums
}

type Ended =
  | { readonly done: SimulationReport }
  | { readonly done?: undefined; readonly playing: number; readonly why: string }

function inProcess({ from, seeds }: Batch): Promise<Ended> {
  const child: ChildProcess = fork(
    join(import.meta.dirname, 'simulation-batch.ts'),
    ['--from', String(from), '--seeds', String(seeds)],
    {
      execArgv: [`--max-old-space-size=${memoryMax}`, '--max-semi-space-size=32'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    },
  )
  return new Promise((resolve, reject) => {
    let playing = from
    let done: SimulationReport | undefined
    let isLate = false
    const late = setTimeout(() => {
      isLate = true
      child.kill('SIGKILL')
    }, millisPerSeedMax)
    child.on('message', (told: Told) => {
      late.refresh()
      if ('done' in told) done = told.done
      else playing = told.playing
    })
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      clearTimeout(late)
      if (done !== undefined) return resolve({ done })
      const why = isLate
        ? `did not end within ${millisPerSeedMax / 1_000} s`
        : `ended its process (${signal ?? code})`
      resolve({ playing, why })
    })
  })
}

function failureLine({ seed, law, message }: Failure): string {
  return `seed ${seed} breaks ${law}: ${message}\n  see it alone: node test/soak/simulation.ts --seed ${seed}`
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

if (import.meta.main) {
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
