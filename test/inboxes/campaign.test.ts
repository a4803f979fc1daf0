import { expect, test } from 'vitest'
import { inboxCampaign } from './campaign.ts'

// A slice; `npm run soak -- --only handoffs` opens 1,000 handoffs to 20 such workers.
test('workers that die and stand still at random end every handoff exactly once, and what follows from it follows once', async () => {
  const seed = Number(process.env.DAYBOOK_SEED ?? Date.now() % 2 ** 31)
  const lines: string[] = []
  const result = await inboxCampaign({
    seed,
    handoffs: 40,
    workers: 3,
    leaseMs: 1_000,
    quietMs: 60_000,
    report: (line) => lines.push(line),
  })
  expect(result.problems, [`seed ${seed}`, ...lines].join('\n')).toEqual([])
  expect(result.completed).toBe(result.handoffs)
  // Every second fifth begins elsewhere, and something follows from it unless it was declined and Daybook's own did it.
  expect(result.handoffs).toBeGreaterThan(40)
})
