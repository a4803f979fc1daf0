import type { HandoffCommand } from '../../src/handoffs/commands.ts'
import { takenUpAgain } from '../../src/runtime/command-handoff.ts'
import { commandWorkflow } from '../../src/runtime/command-workflow.ts'
import { decideApproval } from '../../src/runtime/decide-approval.ts'
import type { Project } from '../../src/runtime/project.ts'
import type { SessionBrief } from '../../src/runtime/session-brief.ts'
import * as targets from '../../src/runtime/targets.ts'
import type { WorkflowWork } from '../../src/runtime/workflow-work.ts'
import type { SessionCommand } from '../../src/sessions/commands.ts'
import type { WorkflowCommand } from '../../src/workflows/decider.ts'
import { somebody as by, type Stage } from './stage.ts'

/** Decides whatever a workflow waits for a person with; now and then it is given up. */
export async function settle(stage: Stage, project: Project, work: WorkflowWork): Promise<void> {
  if (await givesUp(stage, project, work)) return
  const { status, limits, reached } = work.workflow
  for (const session of work.sessions.values()) await settleSession(stage, project, { work, session })
  for (const [id, handoff] of work.handoffs)
    if (handoff.status === 'returned')
      await sayToHandoff(project, work, { id, command: supplyOf(handoff.missing) })
  if (status !== 'paused') return
  const max = (reached?.reached ?? 0) + (limits?.costUsdMax ?? 0) + 1
  const command: WorkflowCommand =
    reached === null
      ? { type: 'ResumeWorkflow', by, reason: 'Go on.' }
      : { type: 'RaiseLimit', limit: reached.limit, max: Math.ceil(max), by }
  await commandWorkflow(project, { workflow: work.id, command, by })
}

/** By chance: most approve. */
export async function approve({ world }: Stage, project: Project, session: string): Promise<void> {
  const decision = world.chance.happens(0.7) ? 'approve' : 'deny'
  await decideApproval(project, { session, decision, digest: null, note: null, by })
}

/** What is redriven goes on at once, even when its workflow is paused. */
export async function sayToHandoff(
  project: Project,
  work: WorkflowWork,
  { id, command }: { id: string; command: HandoffCommand },
): Promise<void> {
  if (work.workflow.status === 'failed' || work.workflow.status === 'cancelled') return
  const meta = { actor: by, correlation: work.id }
  const outcome = await project.streams.execute(targets.handoff(id), command, meta)
  if (outcome.kind === 'rejected' || command.type !== 'RedriveHandoff') return
  await project.streams.execute(targets.workflow(work.id), takenUpAgain(by), meta)
}

/** Everything that is missing, filled in. */
export function supplyOf(missing: readonly string[]): HandoffCommand {
  const provides = missing.map((requirement) => ({ requirement, value: 'Web' }))
  return { type: 'SupplyHandoff', by, provides }
}

async function givesUp(
  { world, faults }: Stage,
  project: Project,
  { id, workflow }: WorkflowWork,
): Promise<boolean> {
  const isOpen = ['running', 'paused'].includes(workflow.status)
  if (!isOpen || !faults.calm || !world.chance.happens(0.4)) return false
  const command = { type: 'CancelWorkflow', by, reason: 'A person had enough.' } as const
  await commandWorkflow(project, { workflow: id, command, by })
  return true
}

async function settleSession(
  stage: Stage,
  project: Project,
  { work, session }: { work: WorkflowWork; session: SessionBrief },
): Promise<void> {
  if (session.status !== 'paused') return
  if (session.waitsFor === 'approval') return approve(stage, project, session.id)
  const say = (command: SessionCommand) =>
    project.streams.execute(targets.session(session.id), command, { actor: by, correlation: work.id })
  for (const toolUse of session.unknown) await say({ type: 'DecideOutcome', toolUse, decision: 'skip', by })
  if (session.waitsFor === 'limit') {
    const max = (work.workflow.limits?.turnsPerSessionMax ?? 0) + 5
    const command = { type: 'RaiseLimit', limit: 'turns', max, by } as const
    await commandWorkflow(project, { workflow: work.id, command, by })
  }
  if (session.waitsFor === 'person') await say({ type: 'ResumeSession', reason: 'Go on.' })
}
