import type { RecordedSessionEvent } from './events.ts'
import type { Session } from './session.ts'

type WorkingTime = Pick<Session, 'workedMs' | 'touched'>

/**
 * How long workers were at a session, as of an event. The time since the event before counts when the session was
 * running and the same worker appended both under the same lease: a pause does not, nor the time in which it lay
 * still between two workers. Clocks that run backwards count as no time.
 */
export function workedUntil(before: Session, { data, meta }: RecordedSessionEvent): WorkingTime {
  const { touched, workedMs } = before
  const at = meta.recordedAt
  if (at === undefined) return { touched, workedMs }
  const by = meta.actor.id
  const isTakenOver = 'epoch' in data && (data.epoch ?? 0) > before.epoch
  const counts = before.status === 'running' && touched?.by === by && !isTakenOver
  const gapMs = counts ? Math.max(0, Date.parse(at) - Date.parse(touched.at)) : 0
  return { touched: { at, by }, workedMs: workedMs + gapMs }
}

/** The same until `nowMs` for the worker `by` that is at it. */
export function workedMsNow(session: Session, { nowMs, by }: { nowMs: number; by: string }): number {
  const { touched, workedMs } = session
  if (touched === null || touched.by !== by || session.status !== 'running') return workedMs
  return workedMs + Math.max(0, nowMs - Date.parse(touched.at))
}
