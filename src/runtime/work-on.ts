import type { AgentDefinition } from '../agents/events.ts'
import type { Takeover } from '../handoffs/commands.ts'
import { cut } from '../kernel/cut.ts'
import { DaybookError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { Model } from '../models/port.ts'
import { answerText } from '../sessions/conversation.ts'
import type { Session } from '../sessions/session.ts'
import type { Tool } from '../tools/port.ts'
import { type Accepted, acceptHandoff } from './accept-handoff.ts'
import { type HeldLease, holdLease, release } from './held-lease.ts'
import type { KnownAgent } from './log-view.ts'
import type { Project } from './project.ts'
import { rosterOf } from './roster.ts'
import { coordinatorMeta } from './route-handoff.ts'
import { runSession } from './session/run-session.ts'
import { RunLost, type SessionRun } from './session/session-run.ts'
import * as targets from './targets.ts'
import type { WorkflowWork } from './workflow-work.ts'

export interface ModelChoice {
  readonly model: Model
  /** Full id, as it goes on record. */
  readonly name: string
}

/** The model that an agent of a workflow runs on. */
export type ModelFor = (
  agent: AgentDefinition,
  workflow: { model: string; rehearsal: boolean },
) => ModelChoice

/** The tools that a session may use. */
export type ToolsFor = (run: Omit<SessionRun, 'tools'>) => readonly Tool[]

export interface Work {
  readonly project: Project
  readonly modelFor: ModelFor
  readonly toolsFor: ToolsFor
  readonly handoff: string
  readonly takeover: Takeover | null
  readonly signal: AbortSignal
  readonly onText: (session: string, text: string) => void
}

/**
 * Takes a routed handoff, or one whose worker is gone, and runs its session as far as it goes. The append of
 * the acceptance is the fence: of several workers one gets it. Resolves when the session ended, paused, or
 * moved to somebody else.
 */
export async function workOn(work: Work): Promise<void> {
  const accepted = await acceptHandoff(work)
  if (accepted === null) return
  const held = holdLease(work, accepted)
  try {
    const run = await beginRun(work, accepted, held)
    const { end, session } = await runSession(run)
    held.end()
    if (end === 'ended') await settle(work, accepted, session)
    else
      await release(
        work,
        accepted,
        end === 'paused' ? `Paused: ${session.paused?.reason ?? ''}` : 'The worker stopped.',
      )
  } catch (error) {
    if (error instanceof RunLost) return recordLate(work, accepted, error)
    await release(work, accepted, 'The worker met a problem.').catch(() => undefined)
    throw error
  } finally {
    held.end()
  }
}

/** What came after the lease was lost changes nothing; it is on record, so that nobody's work is lost to people. */
async function recordLate(
  { project, handoff }: Work,
  { lease, of }: Accepted,
  { late }: RunLost,
): Promise<void> {
  if (late === null) return
  const { worker, session, epoch } = lease
  const answer = cut(late.answer, limits.summaryCharsMax)
  const command = { type: 'RecordLateResult', worker, session, epoch, outcome: late.outcome, answer } as const
  await project.streams.execute(
    targets.handoff(handoff),
    command,
    coordinatorMeta(project, of.id, of.rehearsal),
  )
}

async function beginRun(
  work: Work,
  { lease, handoff, of }: Accepted,
  { signal, isOver }: HeldLease,
): Promise<SessionRun> {
  const { project } = work
  await project.view.refresh()
  const agent = pinned(project, of, handoff.to)
  const choice = work.modelFor(agent.definition, { model: of.workflow.model, rehearsal: of.rehearsal })
  const run = {
    project,
    id: lease.session,
    handoff: work.handoff,
    workflow: of.id,
    lease,
    definition: agent.definition,
    model: choice.model,
    rehearsal: of.rehearsal,
    signal,
    leaseIsOver: isOver,
    onText: (text: string) => work.onText(lease.session, text),
  }
  await startSession(run, { agent, need: handoff.request?.need ?? '', model: choice })
  return { ...run, tools: work.toolsFor(run) }
}

function pinned(project: Project, of: WorkflowWork, name: string | null): KnownAgent {
  const agent = rosterOf(project.view, of.workflow.roster).find((known) => known.definition.name === name)
  if (agent === undefined)
    throw new DaybookError('not_found', `Workflow ${of.id} has no agent named ${name}.`)
  return agent
}

async function startSession(
  run: Omit<SessionRun, 'tools'>,
  { agent, need, model }: { agent: KnownAgent; need: string; model: ModelChoice },
): Promise<void> {
  const { project } = run
  const command = {
    type: 'StartSession',
    agent: agent.definition.name,
    agentEvent: agent.event,
    task: need,
    handoff: run.handoff,
    memoryAsOf: project.view.asOf,
    model: model.name,
    parameters: { max_tokens: limits.outputTokensPerCallMax },
    runner: model.model.runner,
    limits: {},
    worker: project.worker,
    epoch: run.lease.epoch,
  } as const
  const actor = { kind: 'worker' as const, id: project.worker }
  const meta = { actor, correlation: run.workflow, ...(run.rehearsal ? { rehearsal: true as const } : {}) }
  const outcome = await project.streams.execute(targets.session(run.id), command, meta)
  if (outcome.state.status !== 'paused' || outcome.state.paused?.waitsFor !== 'answer') return
  // Only a session whose answer has arrived is taken up while it is paused.
  const resume = {
    type: 'ResumeSession',
    reason: 'What it waited for is there.',
    worker: project.worker,
    epoch: run.lease.epoch,
  } as const
  const resumed = await project.streams.execute(targets.session(run.id), resume, meta)
  if (resumed.kind === 'rejected') throw new RunLost(resumed.rejection.message)
}

/** Carries a session's end to its handoff. */
async function settle(work: Work, { lease, of }: Accepted, session: Session): Promise<void> {
  const { project } = work
  const common = { worker: project.worker, session: lease.session, epoch: lease.epoch }
  const meta = coordinatorMeta(project, of.id, of.rehearsal)
  const target = targets.handoff(work.handoff)
  if (session.status === 'completed') {
    const answer = (session.summary?.raw ?? answerText(session.answer?.content ?? [])).slice(
      0,
      limits.summaryCharsMax,
    )
    await project.streams.execute(target, { type: 'CompleteHandoff', ...common, answer }, meta)
    return
  }
  const code = session.failure?.code ?? session.status
  const reason = session.failure?.reason ?? `The session was ${session.status}.`
  await project.streams.execute(target, { type: 'FailHandoff', ...common, code, reason }, meta)
}
