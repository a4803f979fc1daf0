import { type RecordedEvent, streamCategory, streamId } from '../../src/kernel/event.ts'
import { isEventOf } from '../../src/kernel/event-schema.ts'
import { sessionEvents } from '../../src/sessions/events.ts'
import { at, set, type Table, without } from './record.ts'

/** The agent of every session that is not over. As large as sessions run at once. */
export type SessionAgents = Table<string>

export function evolveSessionAgents(sessions: SessionAgents, event: RecordedEvent): SessionAgents {
  if (streamCategory(event.stream) !== 'session' || !isEventOf(sessionEvents, event)) return sessions
  switch (event.type) {
    case 'SessionStarted':
      return set(sessions, streamId(event.stream), event.data.agent)
    case 'SessionCompleted':
    case 'SessionFailed':
    case 'SessionCancelled':
      return without(sessions, streamId(event.stream))
    default:
      return sessions
  }
}

export function agentOfSession(sessions: SessionAgents, session: string | null): string | null {
  return session === null ? null : (at(sessions, session) ?? null)
}
