import type { AgentDefinition } from '../agents/events.ts'
import type { Takeover } from '../handoffs/commands.ts'
import type { Handoff, Lease } from '../handoffs/handoff.ts'
import { cut } from '../kernel/cut.ts'
import { DaybookError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { Model } from '../models/port.ts'
import { answerText } from '../sessions/conversation.ts'
import type { Session } from '../sessions/session.ts'
import type { Tool } from '../tools/port.ts'
import { contentId } from './digest.ts'
import { renewalMs } from './lease.ts'
import type { KnownAgent } from './log-view.ts'
import { now, type Project } from './project.ts'
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

interface Accepted {
  readonly handoff: Handoff
  readonly lease: Lease
  readonly of: WorkflowWork
}

async function acceptHandoff({ project, handoff, takeover }: Work): Promise<Accepted | null> {
  await project.work.refresh()
  const of = project.work.workflowOfHandoff(handoff)
  if (of === null) return null
  const before = of.handoffs.get(handoff)
  const { epoch = 0, redrives = 0 } = before ?? {}
  const session = sessionFor(handoff, before)
  await noteProgress(project, { of, before, handoff })
  const outcome = await project.streams.execute(
    targets.handoff(handoff),
    {
      type: 'AcceptHandoff',
      worker: project.worker,
      session,
      now: now(project),
      leaseUntil: leaseEnd(project),
      takeover,
      seen: { epoch, redrives },
    },
    coordinatorMeta(project, of.id, of.rehearsal),
  )
  const { lease, status } = outcome.state
  if (outcome.kind === 'rejected' || status !== 'accepted' || lease === null) return null
  // While the answer was on its way another worker may have taken over: its lease is not ours.
  const own = outcome.events.some(({ data }) => (data as { epoch?: number }).epoch === lease.epoch)
  return own ? { handoff: outcome.state, lease, of } : null
}

/** The session that a worker of Daybook goes on with; a new one after a redrive, a decline, and for what was elsewhere. */
function sessionFor(id: string, handoff: Handoff | undefined): string {
  const { lease = null, redrives = 0, epoch = 0 } = handoff ?? {}
  if (lease !== null && lease.external !== true) return lease.session
  return newSessionId(id, { redrives, epoch })
}

/** Of the session that an acceptance begins: the same for all who try at the same time. */
export function newSessionId(
  handoff: string,
  { redrives, epoch }: Pick<Handoff, 'redrives' | 'epoch'>,
): string {
  return contentId('session', handoff, epoch === 0 ? String(redrives) : `${redrives} ${epoch}`)
}

/** Steps recorded since the last takeover show that the handoff does not kill every worker. */
async function noteProgress(
  project: Project,
  { of, before, handoff }: { of: WorkflowWork; before: Handoff | undefined; handoff: string },
): Promise<void> {
  if (before?.status !== 'accepted' || before.lease === null) return
  // A lease that was given back is no death: nobody counts it.
  if (before.released && before.takeovers === 0) return
  const steps = of.sessions.get(before.lease.session)?.steps ?? 0
  if (steps <= before.stepsSeen) return
  const { worker, epoch } = before.lease
  const command = {
    type: 'ReportProgress',
    worker,
    epoch,
    note: `${steps} steps are on record.`,
    steps,
  } as const
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
  if (outcome.state.paused?.waitsFor !== 'answer') return
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

function leaseEnd(project: Project): string {
  return new Date(project.clock.now() + project.leaseMs).toISOString()
}

interface HeldLease {
  readonly signal: AbortSignal
  /** Whether it ran out, by this process's own clock, since it was last known to be renewed. */
  readonly isOver: () => boolean
  readonly end: () => void
}

/** Renews the lease beside the work; a lease that is lost stops the run. */
function holdLease(work: Work, accepted: Accepted): HeldLease {
  const { project } = work
  const lost = new AbortController()
  let until = accepted.lease.leaseUntil
  const renew = async () => {
    const leaseUntil = leaseEnd(project)
    if (await progress(work, accepted, { note: 'At work.', leaseUntil })) until = leaseUntil
    else lost.abort(new RunLost('The lease was lost.'))
  }
  const end = project.timers.every(renewalMs(project.leaseMs), () => void renew().catch(() => undefined))
  return { signal: AbortSignal.any([work.signal, lost.signal]), isOver: () => now(project) >= until, end }
}

/** The lease ends at once: whoever is free goes on when there is something to go on with. */
async function release(work: Work, accepted: Accepted, note: string): Promise<void> {
  await progress(work, accepted, {
    note: note.slice(0, limits.reasonCharsMax),
    leaseUntil: now(work.project),
    released: true,
  })
}

async function progress(
  work: Work,
  { lease, of }: Accepted,
  what: { note: string; leaseUntil: string; released?: true },
): Promise<boolean> {
  const { project } = work
  const command = { type: 'ReportProgress', worker: project.worker, epoch: lease.epoch, ...what } as const
  const meta = coordinatorMeta(project, of.id, of.rehearsal)
  const outcome = await project.streams.execute(targets.handoff(work.handoff), command, meta)
  return outcome.kind === 'accepted'
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
