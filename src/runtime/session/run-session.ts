import { DaybookError } from '../../kernel/errors.ts'
import { nextStep } from '../../sessions/next-step.ts'
import { isEnded, type Session } from '../../sessions/session.ts'
import { callModel, openConversation, repeatCall } from './call-model.ts'
import { finishSession } from './finish-session.ts'
import { loadSession, type SessionRun } from './session-run.ts'
import { beginTool, finishTool } from './use-tool.ts'

export type RunEnd = 'ended' | 'paused' | 'stopped'

/**
 * Takes a session from where its stream stands to its end, a pause, or the worker's stop. Each step appends
 * its intent before it acts and its result after; after a crash the next run begins at the first step
 * without a result. Throws `RunLost` when another worker has taken over.
 */
export async function runSession(run: SessionRun): Promise<{ end: RunEnd; session: Session }> {
  let session = await loadSession(run)
  while (!isEnded(session)) {
    if (run.signal.aborted) return { end: 'stopped', session }
    if (session.status === 'paused') return { end: 'paused', session }
    if (await workflowStands(run)) return { end: 'stopped', session }
    session = await takeStep(run, session)
  }
  return { end: 'ended', session }
}

async function takeStep(run: SessionRun, session: Session): Promise<Session> {
  const step = nextStep(session)
  switch (step.kind) {
    case 'open_conversation':
      return openConversation(run, session)
    case 'repeat_call':
      return repeatCall(run, { session, pending: step.pending })
    case 'call_model':
      return callModel(run, { session, appended: step.appended })
    case 'call_tool':
      return beginTool(run, { session, step })
    case 'finish_tool':
      return finishTool(run, { session, use: step.use })
    case 'finish':
      return finishSession(run, { session, stopReason: step.stopReason })
    case 'wait':
    case 'ended':
      throw new DaybookError('rejected', `Session ${run.id} has no step to take: it is ${session.status}.`)
  }
}

/** A paused or cancelled workflow stops its sessions between two steps. */
async function workflowStands(run: SessionRun): Promise<boolean> {
  await run.project.work.refresh()
  return run.project.work.workflow(run.workflow)?.workflow.status !== 'running'
}
