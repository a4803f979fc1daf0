import { limits } from '../../kernel/limits.ts'
import { completeWorkflow, failWorkflow } from '../close-work.ts'
import type { HandoverReply } from '../hand-over.ts'
import { completeWork } from '../inbox/complete-work.ts'
import { takeHandoff } from '../inbox/take-handoff.ts'
import { plan } from '../plan.ts'
import { now } from '../project.ts'
import * as targets from '../targets.ts'
import { waitingFor } from './agent-run.ts'
import { type AtWork, workerOf } from './at-work.ts'
import type { HookLog } from './hook-log.ts'

/**
 * A subagent has ended: its last words are its Session Summary, the answer to its handoff, and what they ask of
 * others is handed over. Told twice it ends once.
 */
export async function endAgent(
  log: HookLog,
  work: AtWork,
  words: string | null,
): Promise<readonly HandoverReply[]> {
  const { project } = log
  const said = words?.trim().slice(0, limits.summaryCharsMax) || noWords
  const summary = (await answerOf(log, work)) ?? said
  const by = { kind: 'agent' as const, id: work.agent }
  // The agent is gone and cannot be asked: what its receivers require and it did not say is told to them.
  const ending = { by, summary, labels: 'as_it_is', missing: 'noted' } as const
  try {
    const done = await completeWork(project, { ...ending, handoff: work.handoff, epoch: work.epoch })
    await answerNamed(log, work, ending)
    await endWorkflow(log, work.workflow)
    return done.handedOn
  } finally {
    log.atWork.end(work)
  }
}

/** What it said itself when it completed its handoff before it ended: its last words are not another answer. */
async function answerOf({ project }: HookLog, { handoff, epoch }: AtWork): Promise<string | null> {
  const { status, lease, answer } = await project.streams.load(targets.handoff(handoff))
  return status === 'completed' && lease?.epoch === epoch ? answer : null
}

const noWords = 'The agent ended without last words.'

/** Handoffs that waited for it and that its last words name were settled with the same work. */
async function answerNamed(
  log: HookLog,
  work: AtWork,
  ending: Omit<Parameters<typeof completeWork>[1], 'handoff' | 'epoch'>,
): Promise<void> {
  const { agent, claude, agentId } = work
  const worker = workerOf({ session: claude, agent: { id: agentId } })
  for (const { id } of waitingFor(log, agent).filter((one) => ending.summary.includes(one.id))) {
    const { epoch, workflow } = await takeHandoff(log.project, { handoff: id, agent, worker, by: ending.by })
    await completeWork(log.project, { ...ending, handoff: id, epoch })
    await endWorkflow(log, workflow)
  }
}

/** Claude Code ended before the agent did. */
export async function abandonAgent(log: HookLog, work: AtWork, reason: string): Promise<void> {
  const { project } = log
  const worker = workerOf({ session: work.claude, agent: { id: work.agentId } })
  const meta = { actor: { kind: 'worker' as const, id: worker }, correlation: work.workflow }
  const failed = {
    code: 'abandoned',
    reason: `Claude Code's session ended (${reason}) before the agent did.`.slice(0, limits.reasonCharsMax),
  }
  const { session, epoch } = work
  await project.streams.execute(targets.session(session), { type: 'FailSession', ...failed }, meta)
  const command = { type: 'FailHandoff', worker, session, epoch, ...failed } as const
  await project.streams.execute(targets.handoff(work.handoff), command, meta)
  await endWorkflow(log, work.workflow)
  log.atWork.end(work)
}

/** When nothing of it is open any more. */
async function endWorkflow({ project }: HookLog, id: string): Promise<void> {
  await project.work.refresh()
  const work = project.work.workflow(id)
  if (work === null) return
  const situation = { now: now(project), isGone: () => false, atWork: new Set<string>() }
  const [action] = plan(work, situation)
  if (action?.kind === 'complete') await completeWorkflow(project, work)
  if (action?.kind === 'fail') await failWorkflow(project, { work, code: action.code, reason: action.reason })
}
