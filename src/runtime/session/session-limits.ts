import type { LimitName } from '../../kernel/limit-events.ts'
import { limits } from '../../kernel/limits.ts'
import type { Session } from '../../sessions/session.ts'
import * as targets from '../targets.ts'
import { spent } from '../workflow-work.ts'
import { record, type SessionRun, sessionMeta } from './session-run.ts'

/**
 * Looks before a model call whether a limit is reached. One of the session pauses the session, one of the
 * workflow pauses the workflow; either goes on when a person raises it. null: the call may be made.
 */
export async function limitReached(run: SessionRun, session: Session): Promise<Session | null> {
  const work = run.project.work.workflow(run.workflow)
  const workflowLimits = work?.workflow.limits
  if (work === null || workflowLimits === null || workflowLimits === undefined) return null
  const { tokens, costUsd } = spent(work)
  if (costUsd >= workflowLimits.costUsdMax)
    return stopWorkflow(run, { limit: 'cost', max: workflowLimits.costUsdMax, reached: costUsd })
  if (tokens >= workflowLimits.tokensMax)
    return stopWorkflow(run, { limit: 'tokens', max: workflowLimits.tokensMax, reached: tokens })
  const turnsMax = session.turnsMax ?? workflowLimits.turnsPerSessionMax
  if (session.turns >= turnsMax)
    return pauseSession(run, { limit: 'turns', max: turnsMax, reached: session.turns })
  const began = session.startedAt === null ? run.project.clock.now() : Date.parse(session.startedAt)
  const elapsedMs = run.project.clock.now() - began
  const wallTimeMs = workflowLimits.wallTimePerSessionMs
  return elapsedMs > wallTimeMs
    ? pauseSession(run, { limit: 'wall_time', max: wallTimeMs, reached: elapsedMs })
    : null
}

interface Reached {
  readonly limit: LimitName
  readonly max: number
  readonly reached: number
}

async function stopWorkflow(run: SessionRun, reached: Reached): Promise<Session> {
  const by = { kind: 'coordinator', id: 'limits' } as const
  const { streams } = run.project
  await streams.execute(
    targets.workflow(run.workflow),
    { type: 'ReachLimit', ...reached, by },
    sessionMeta(run),
  )
  return streams.load(targets.session(run.id))
}

async function pauseSession(run: SessionRun, reached: Reached): Promise<Session> {
  await record(run, { type: 'ReachLimit', ...reached })
  const reason = `The limit on ${reached.limit.replace('_', ' ')} was reached: ${reached.reached} of ${reached.max}. Raise it to go on.`
  return record(run, {
    type: 'PauseSession',
    reason: reason.slice(0, limits.reasonCharsMax),
    waitsFor: 'limit',
  })
}
