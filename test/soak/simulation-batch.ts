import { parseArgs } from 'node:util'
import { commandsMin, faultsMin, type Simulated, simulate } from '../simulation/simulate.ts'
import { add, nothing, type SimulationReport } from './simulation-sums.ts'

/**
 * Seeds in a row, in a process of their own: what it is asked to play it names before it plays it, so that a seed
 * that never ends or takes all memory is known by its number. Started by `simulation.ts`.
 */
export type Told = { readonly playing: number } | { readonly done: SimulationReport }

function reportOf(one: Simulated): SimulationReport {
  const { seed, events, commands, faults, crashes, repeated, effects, belated, violations, coverage } = one
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
    belated,
    thin,
    coverage,
    failures,
  }
}

/** Whatever a simulation throws, and every rejection that nobody looks at, is a failure of its seed. */
async function simulateSafely(seed: number): Promise<SimulationReport> {
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

async function play(from: number, seeds: number, tell: (told: Told) => void): Promise<void> {
  // Errors are part of every run, and their stacks take longer than what they tell of; alone, a seed has them.
  Error.stackTraceLimit = 0
  const sums = nothing()
  for (let seed = from; seed < from + seeds; seed += 1) {
    tell({ playing: seed })
    add(sums, await simulateSafely(seed))
  }
  tell({ done: sums })
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { from: { type: 'string' }, seeds: { type: 'string' } } })
  await play(Number(values.from), Number(values.seeds), (told) => process.send?.(told))
  process.disconnect?.()
}
