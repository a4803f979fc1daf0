import { availableParallelism } from 'node:os'
import { atNamedPoints, atRandom } from '../crash/campaign.ts'
import { added, noTally, type Tally } from '../crash/judge.ts'
import { models } from '../crash/next-step.ts'
import { type Figures, type Soak, type SoakOptions, share } from './campaign.ts'

/** Kills at instants and points by chance, over histories of both models. */
const randomKillsWhole = 2_000

/**
 * Processes of a workflow with tools of every class, asks, work for two at once and an approval are killed with
 * SIGKILL: at every named point in both models, and at random. Rejects when anything acknowledged is lost,
 * anything recorded is asked for again, anything outside happens twice or not at all, or a log does not prove.
 * A `scale` below 1 takes that share of the points and of the kills.
 */
export async function run({ seed, scale, report }: SoakOptions): Promise<Figures> {
  // Processes mostly wait: for the disk, for each other, for the world outside.
  const lanes = availableParallelism() * 2
  const problems: string[] = []
  let tally: Tally = noTally
  const points: Record<string, number> = {}
  for (const model of models) {
    const found = await atNamedPoints(model, { seed, lanes, report, share: scale })
    tally = added(tally, found.tally)
    problems.push(...found.problems)
    points[`${model}Points`] = found.points
    points[`${model}PointsDiedAt`] = found.diedAt
    report(`${model}: ${found.points} named points, died at ${found.diedAt}: ${JSON.stringify(found.tally)}`)
  }
  const random = await atRandom({ seed, lanes, report, kills: share(randomKillsWhole, { scale }) })
  problems.push(...random.problems)
  report(`random: ${JSON.stringify(random.tally)}`)
  const figures = { ...points, randomKills: random.tally.kills, ...added(tally, random.tally) }
  if (problems.length > 0)
    throw new Error(`${problems.length} problems, the first: ${problems[0]}\n${JSON.stringify(figures)}`)
  return figures
}

export const soak: Soak = { name: 'crash-points', run }
