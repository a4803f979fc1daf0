import { describe, expect, test } from 'vitest'
import { addCoverage, coverageLines, noCoverage } from './coverage.ts'
import { appendFaults, modelFaults, readFaults, toolFaults } from './faults.ts'
import type { Plant } from './plant.ts'
import { plants } from './plants.ts'
import { commandsMin, faultsMin, type Simulated, simulate } from './simulate.ts'

/** A slice of the campaign in `test/soak/simulation.ts`. */
const seeds = 150
/** Processors may be busy: only a simulation that hangs takes longer. */
const patienceMs = 300_000
/** Within so many seeds, from the first, each planted bug is found. */
const seedsToFind = 120

async function firstToFind(plant: Plant): Promise<{ seed: number; laws: readonly string[] } | null> {
  for (let seed = 1; seed <= seedsToFind; seed += 1) {
    const { violations } = await simulate(seed, plant)
    const laws = violations.map(({ law }) => law).filter((law) => plant.breaks.includes(law))
    if (laws.length > 0) return { seed, laws }
  }
  return null
}

describe('several coordinators and people on one log, whatever fails', () => {
  test(`no law is broken in ${seeds} seeds, and none of them is an easy one`, {
    timeout: patienceMs,
  }, async () => {
    const coverage = noCoverage()
    const broken: string[] = []
    const thin: number[] = []
    for (let seed = 1; seed <= seeds; seed += 1) {
      const one = await simulate(seed)
      addCoverage(coverage, one.coverage)
      if (one.commands < commandsMin || one.faults < faultsMin) thin.push(seed)
      for (const { law, message } of one.violations.slice(0, 1))
        broken.push(`${law}: ${message} (node test/soak/simulation.ts --seed ${seed})`)
    }
    expect(broken).toEqual([])
    expect(thin).toEqual([])
    const pairs = Object.keys(coverage.pairs)
    const met = (start: string) =>
      new Set(pairs.filter((pair) => pair.startsWith(start)).map((pair) => pair.split(' × ')[1]))
    expect([...met('append')]).toEqual(expect.arrayContaining([...appendFaults]))
    expect([...met('read')]).toEqual(expect.arrayContaining([...readFaults]))
    expect([...met('model')]).toEqual(expect.arrayContaining([...modelFaults]))
    expect([...met('tool')]).toEqual(expect.arrayContaining([...toolFaults]))
    expect(Object.keys(coverage.states)).toEqual(expect.arrayContaining([...statesToMeet]))
    expect(coverageLines(coverage).join('\n')).toContain('append RecordAnswer: ')
  })

  /** Each found a fault that was mended: of ownership, of a probe that took long, of the simulated world itself. */
  test.each([26068, 40706, 44372, 94921, 126865, 134797])('seed %i broke a law once', async (seed) => {
    expect((await simulate(seed)).violations).toEqual([])
  })

  test('the same seed gives the same log, byte for byte, and another seed another one', async () => {
    const told = ({ digest, events, steps, virtualSeconds, coverage }: Simulated) =>
      JSON.stringify({ digest, events, steps, virtualSeconds, coverage })
    const first = await simulate(4_711)
    await simulate(4_712)
    const again = await simulate(4_711)
    expect(told(again)).toBe(told(first))
    expect((await simulate(4_713)).digest).not.toBe(first.digest)
  })
})

describe(`a planted bug is found within ${seedsToFind} seeds`, () => {
  test('there are at least ten of them, each with a name of its own', () => {
    expect(new Set(plants.map(({ name }) => name)).size).toBe(plants.length)
    expect(plants.length).toBeGreaterThanOrEqual(10)
  })

  test.each(plants)('one that $name', { timeout: patienceMs }, async (plant) => {
    const found = await firstToFind(plant)
    expect(found, `no law of ${plant.breaks.join(', ')} was broken`).not.toBeNull()
  })
})

const statesToMeet = [
  'handoff accepted',
  'handoff cancelled',
  'handoff completed',
  'handoff failed',
  'handoff returned',
  'session cancelled',
  'session completed',
  'session failed',
  'session paused',
  'session step repeat_call',
  'session step finish_tool',
  'session step wait for answer',
  'session step wait for approval',
  'session step wait for outcome',
  'workflow cancelled',
  'workflow completed',
  'workflow failed',
  'workflow paused',
] as const
