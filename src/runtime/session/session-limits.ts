import { limits } from '../../kernel/limits.ts'
import type { Reservation } from '../../sessions/events.ts'
import type { Session } from '../../sessions/session.ts'
import { workedMsNow } from '../../sessions/working-time.ts'
import * as targets from '../targets.ts'
import { brokenByCall, brokenInSession, type Reached, turnOf } from './budget.ts'
import { record, type SessionRun, sessionMeta } from './session-run.ts'

/**
 * Looks before a model call whether a limit is reached, counting what the call may use at most. One of the session
 * pauses the session, one of the workflow pauses the workflow; either goes on when a person raises it. null: the
 * call may be made.
 */
export async function limitReached(
  run: SessionRun,
  session: Session,
  call: Reservation,
): Promise<Session | null> {
  const work = run.project.work.workflow(run.workflow)
  const max = work?.workflow.limits
  if (work === null || max === null || max === undefined) return null
  const ofWorkflow = brokenByCall(work, call)
  if (ofWorkflow !== null) return stopWorkflow(run, ofWorkflow)
  const ofSession = brokenInSession(work, session, call)
  if (ofSession !== null) return pauseSession(run, ofSession)
  const turnsMax = session.turnsMax ?? max.turnsPerSessionMax
  if (session.turns >= turnsMax)
    return pauseSession(run, { limit: 'turns', max: turnsMax, reached: session.turns })
  const nowMs = run.project.clock.now()
  const workedMs = workedMsNow(session, { nowMs, by: run.project.worker })
  const wallTimeMs = max.wallTimePerSessionMs
  return workedMs > wallTimeMs
    ? pauseSession(run, { limit: 'wall_time', max: wallTimeMs, reached: workedMs })
    : null
}

/**
 * After the intent: waits until what others reserved before has room for this call as well, or is settled. Gives
 * the session when the call must not be made: the workflow has reached its limit, or the worker stops.
 */
export async function waitForTurn(run: SessionRun, session: Session): Promise<Session | null> {
  const { reading, work } = run.project
  for (;;) {
    const { position } = reading
    await work.refresh()
    const known = work.workflow(run.workflow)
    const turn = known === null ? ({ kind: 'go' } as const) : turnOf(run, known)
    if (turn.kind === 'go') return null
    if (turn.kind === 'broken') return giveBack(run, session, turn.reached)
    await reading.moved(position, { timeoutMs: limits.workerLookMs, signal: run.signal })
    if (run.signal.aborted) return session
  }
}

/** The call is not made: what it reserved is free again, and the workflow stops at its limit. */
async function giveBack(run: SessionRun, session: Session, reached: Reached): Promise<Session> {
  const { pending } = session
  if (pending === null) return session
  const message = `The call was not made: with what other sessions had reserved before, the limit on ${reached.limit} would be broken (${reached.reached} of ${reached.max}).`
  await record(run, {
    type: 'RecordFailure',
    failure: { call: pending.call, attempt: pending.attempt, kind: 'over_budget', message, retryable: true },
  })
  return stopWorkflow(run, reached)
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
