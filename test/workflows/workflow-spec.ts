import type { LimitName } from '../../src/kernel/limit-events.ts'
import { type WorkflowCommand, type WorkflowStatus, workflowDecider } from '../../src/workflows/decider.ts'
import type { WorkflowEvent, WorkflowLimits } from '../../src/workflows/events.ts'
import { eventId, person } from '../projections/events.ts'
import { specification } from '../specification.ts'

/** A workflow's life in events and commands, for its tests. */

export const spec = specification(workflowDecider, 'workflow-one')
export const { given } = spec

export const limitsSet: WorkflowLimits = {
  depthMax: 4,
  handoffsMax: 20,
  turnsPerSessionMax: 30,
  tokensMax: 100_000,
  costUsdMax: 2,
  wallTimePerSessionMs: 60_000,
}

const facts = {
  goal: 'A habit tracker that people like.',
  roster: [{ agent: 'sprint-prioritizer', event: eventId(1) }],
  limits: limitsSet,
  model: 'rehearsal',
  by: person,
}
const by = person

export const started: WorkflowEvent = { type: 'WorkflowStarted', data: facts }
export const paused: WorkflowEvent = { type: 'WorkflowPaused', data: { by, reason: 'Lunch.' } }
export const stopped: WorkflowEvent[] = [
  { type: 'LimitReached', data: { limit: 'cost', max: 2, reached: 2.1 } },
  { type: 'WorkflowPaused', data: { by, reason: 'The limit on cost was reached: 2.1 of 2.' } },
]
const counts = { sessions: 3, handoffs: 3, unrouted: 0, failed: 0 }

export const storyOf: Record<WorkflowStatus, readonly WorkflowEvent[]> = {
  none: [],
  running: [started],
  paused: [started, paused],
  completed: [started, { type: 'WorkflowCompleted', data: counts }],
  failed: [started, { type: 'WorkflowFailed', data: { code: 'nobody', reason: 'Nobody fits.' } }],
  cancelled: [started, { type: 'WorkflowCancelled', data: { by, reason: 'Changed my mind.' } }],
}
export const statuses = Object.keys(storyOf) as WorkflowStatus[]

export const start = (goal = facts.goal): WorkflowCommand => ({ type: 'StartWorkflow', ...facts, goal })
export const reach = (limit: LimitName = 'cost', max = 2, reached = 2.1): WorkflowCommand => ({
  type: 'ReachLimit',
  limit,
  max,
  reached,
  by,
})
export const raise = (limit: LimitName = 'cost', max = 5): WorkflowCommand => ({
  type: 'RaiseLimit',
  limit,
  max,
  by,
})
export const pause: WorkflowCommand = { type: 'PauseWorkflow', by, reason: 'Lunch.' }
export const resume: WorkflowCommand = { type: 'ResumeWorkflow', by, reason: 'Back.' }
export const resumeRedriven: WorkflowCommand = {
  type: 'ResumeWorkflow',
  by,
  reason: 'A handoff was redriven.',
  redriven: true,
}
export const cancel: WorkflowCommand = { type: 'CancelWorkflow', by, reason: 'Changed my mind.' }
export const complete: WorkflowCommand = { type: 'CompleteWorkflow', ...counts }
export const fail: WorkflowCommand = { type: 'FailWorkflow', code: 'nobody', reason: 'Nobody fits.' }
