import { inboxCampaign } from '../inboxes/campaign.ts'
import { type Soak, share } from './campaign.ts'

/** 1,000 open handoffs and 20 workers that die, stall, decline and come too late. */
export const soak: Soak = {
  name: 'handoffs',
  async run({ seed, scale, report }) {
    const handoffs = share(1_000, { scale })
    const workers = Math.max(2, share(20, { scale: Math.sqrt(scale) }))
    const { problems, ...figures } = await inboxCampaign({
      seed,
      handoffs,
      workers,
      leaseMs: 2_000,
      quietMs: 180_000,
      report,
    })
    if (problems.length > 0) throw new Error(`${problems.length} problems:\n${problems.join('\n')}`)
    return { workers, ...figures }
  },
}
