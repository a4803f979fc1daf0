import { parseArgs } from 'node:util'
import { type Campaign, type CampaignResult, campaign } from '../coordinators/campaign.ts'
import { type Soak, share } from './campaign.ts'

/**
 * Four coordinators on one log, one killed every few seconds, on SQLite and on the KurrentDB test server.
 *
 *     node test/soak/coordinators.ts [--workflows 200] [--seed 1] [--backend sqlite|kurrent]
 */
export interface CoordinatorsRun {
  readonly seed: number
  readonly workflows: number
  readonly report: (line: string) => void
  /** Both when absent. */
  readonly backends?: readonly Campaign['backend'][]
}

const backendsAll = ['sqlite', 'kurrent test server'] as const
const stalledMs = 10 * 60_000

export async function run({
  seed,
  workflows,
  report,
  backends = backendsAll,
}: CoordinatorsRun): Promise<CampaignResult[]> {
  const results: CampaignResult[] = []
  for (const backend of backends) {
    report(`coordinators: ${backend}, seed ${seed}, ${workflows} workflows`)
    results.push(
      await campaign({
        seed,
        workflows,
        backend,
        report,
        coordinators: 4,
        killEveryMs: 5_000,
        frozen: 0.2,
        depth: 3,
        leaseMs: 3_000,
        concurrency: 4,
        stalledMs,
      }),
    )
  }
  return results
}

const workflowsWhole = 200

export const soak: Soak = {
  name: 'coordinators',
  async run({ seed, scale, report }) {
    const results = await run({ seed, workflows: share(workflowsWhole, { scale }), report })
    const problems = results.flatMap((result) => result.problems)
    if (problems.length > 0) throw new Error(`${problems.length} problems, the first: ${problems[0]}`)
    const sum = (figure: 'completed' | 'kills' | 'takeovers' | 'events') =>
      results.reduce((total, result) => total + result[figure], 0)
    return {
      workflows: sum('completed'),
      kills: sum('kills'),
      takeovers: sum('takeovers'),
      events: sum('events'),
    }
  },
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { workflows: { type: 'string' }, seed: { type: 'string' }, backend: { type: 'string' } },
  })
  const chosen = backendsAll.filter(
    (backend) => values.backend === undefined || backend.startsWith(values.backend),
  )
  const results = await run({
    seed: Number(values.seed ?? 1),
    workflows: Number(values.workflows ?? workflowsWhole),
    report: (line) => console.log(line),
    backends: chosen,
  })
  process.exitCode = results.every(({ problems }) => problems.length === 0) ? 0 : 1
}
