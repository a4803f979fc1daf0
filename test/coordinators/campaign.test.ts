import { expect, test } from 'vitest'
import { campaign } from './campaign.ts'

// A slice; `npm run soak` runs four coordinators, 200 workflows, and a kill every few seconds.
test.each(['sqlite', 'kurrent test server'] as const)(
  'two coordinators share a log on %s, one is killed: all workflows complete, nothing twice, nothing lost',
  async (backend) => {
    const lines: string[] = []
    const result = await campaign({
      seed: 7,
      workflows: 10,
      coordinators: 2,
      backend,
      killEveryMs: 1_500,
      killsMax: 1,
      depth: 1,
      leaseMs: 2_000,
      concurrency: 4,
      stalledMs: 60_000,
      report: (line) => lines.push(line),
    })
    expect(result.problems, lines.join('\n')).toEqual([])
    expect(result).toMatchObject({ completed: 10, kills: 1 })
  },
  300_000,
)
