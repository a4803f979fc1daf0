import pc from 'picocolors'
import type { Excluded } from '../handoffs/events.ts'
import type { DatedBecause, DatedCandidate } from '../runtime/dated-evidence.ts'
import { oneLine } from './progress.ts'

/** A routing decision as people read it: every candidate with its rules, how close they were, and who was left out. */
export function decisionLines(decision: {
  readonly candidates: readonly DatedCandidate[]
  readonly excluded: readonly Excluded[]
}): string[] {
  const best = decision.candidates[0]?.score ?? 0
  return [
    ...decision.candidates.flatMap((candidate, place) => {
      const behind = place === 0 ? '' : pc.dim(` (${(best - candidate.score).toFixed(2)} behind)`)
      return [
        `${pc.bold(candidate.agent)} ${candidate.score.toFixed(2)}${behind}`,
        ...candidate.because.map(becauseLine),
      ]
    }),
    ...excludedLines(decision.excluded),
  ]
}

function becauseLine({ rule, value, weight, evidence, event, by, at }: DatedBecause): string {
  const recorded = [by, at, event === undefined ? undefined : `event ${event}`].filter(
    (part) => part !== undefined,
  )
  const source = recorded.length === 0 ? '' : pc.dim(` (${recorded.join(', ')})`)
  return `  ${rule} ${value.toFixed(2)} × ${weight}: ${oneLine(evidence, 110)}${source}`
}

const left: Readonly<Record<Excluded['reason'], string>> = {
  sender: 'the sender itself',
  loop: 'had this work already',
  not_in_roster: 'not in the roster',
  retired: 'retired',
  declined: 'declined this work',
}

function excludedLines(excluded: readonly Excluded[]): string[] {
  const byReason = Map.groupBy(excluded, ({ reason }) => reason)
  return [...byReason].map(
    ([reason, agents]) =>
      `${pc.dim('left out')} ${agents.map(({ agent }) => agent).join(', ')}: ${left[reason]}`,
  )
}
