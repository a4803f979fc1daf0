/**
 * The projections that Daybook ships, in the order in which they are listed. The one index of the repository:
 * a projection joins by a new file beside this one and one line here; everything else imports the file itself.
 */
import type { Projection } from '../src/kernel/projection.ts'
import { agentRoster } from './agent-roster.ts'
import { agentSections } from './agent-sections.ts'
import { collaborationPatterns } from './collaboration-patterns.ts'
import { decisionLog } from './decision-log.ts'
import { handoffBoard } from './handoff-board.ts'
import { insights } from './insights.ts'
import { integrationPoints } from './integration-points.ts'
import { lineOrigins } from './line-origins.ts'
import { openValidations } from './open-validations.ts'
import { sessionTranscript } from './session-transcript.ts'
import { usageLedger } from './usage-ledger.ts'
import { workflowStatus } from './workflow-status.ts'

export const projections: readonly Projection[] = [
  insights,
  agentSections,
  agentRoster,
  collaborationPatterns,
  handoffBoard,
  workflowStatus,
  lineOrigins,
  sessionTranscript,
  decisionLog,
  integrationPoints,
  openValidations,
  usageLedger,
]
