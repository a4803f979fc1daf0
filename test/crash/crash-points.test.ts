import { expect, test } from 'vitest'
import { atNamedPoints, atRandom } from './campaign.ts'
import { noTally } from './judge.ts'
import { models } from './next-step.ts'

/** A slice by the seed; all of it: `npm run soak -- --only crash-points`. */
const seed = Number(process.env.DAYBOOK_SEED ?? Date.now() % 2 ** 31)
const lanes = 2
const slice = 0.01
/** Processes are started by the dozen here, and a machine may have others to run. */
const patienceMs = 300_000

/** What may be counted without anything being wrong. */
const asPromised = {
  histories: expect.any(Number),
  kills: expect.any(Number),
  callsInFlightRepeated: expect.any(Number),
}

test.each(models)(
  '%s: killed before and after an append or an effect, a workflow loses nothing and repeats nothing',
  async (model) => {
    const lines: string[] = []
    const report = (line: string) => lines.push(line)
    const found = await atNamedPoints(model, { seed, lanes, report, share: slice })
    console.log(
      `seed ${seed}: ${found.points} named points, died at ${found.diedAt}: ${JSON.stringify(found.tally)}`,
    )
    expect(found.problems, lines.join('\n')).toEqual([])
    expect(found.tally).toEqual({
      ...noTally,
      ...asPromised,
      repeatedPerKillMax: expect.toSatisfy(atMostOne),
    })
    expect(found.points).toBeGreaterThan(300)
  },
  patienceMs,
)

test(
  'killed again and again, at points and instants by chance, with several sessions at work, it keeps the same promises',
  async () => {
    const lines: string[] = []
    const { tally, problems } = await atRandom({ seed, lanes, report: (line) => lines.push(line), kills: 8 })
    console.log(`seed ${seed}: ${JSON.stringify(tally)}`)
    expect(problems, lines.join('\n')).toEqual([])
    expect(tally).toMatchObject({ kills: 8, acknowledgedLost: 0, recordedCallsRepeated: 0, effectsTwice: 0 })
  },
  patienceMs,
)

function atMostOne(count: number): boolean {
  return count <= 1
}
