import type { RecordedEvent } from '../../kernel/event.ts'
import { isEventOf } from '../../kernel/event-schema.ts'
import { callKey } from '../../memory/document.ts'
import { memoryEvents } from '../../memory/events.ts'
import type { Project } from '../project.ts'
import type { ProofDifference } from './prove-session.ts'

/** Every edit that names this session names a call which the session made. */
export async function memoryDifference(
  project: Project,
  session: string,
  events: readonly RecordedEvent[],
): Promise<ProofDifference | null> {
  const started = events.find(({ type }) => type === 'SessionStarted')?.data as
    | { runner?: string }
    | undefined
  // What an agent that lives elsewhere called is on no record: its edits are, and nothing they would have to match.
  if (started?.runner === 'external') return null
  const keys = new Set(
    events.flatMap((event) =>
      event.type === 'ToolCalled' ? [callKey(session, (event.data as { key: string }).key)] : [],
    ),
  )
  for await (const event of project.store.readAll({ filter: { streamPrefixes: ['memory-'] } })) {
    if (!isEventOf(memoryEvents, event)) continue
    const data = event.data as { session?: string; call?: string; via?: string }
    if (data.session !== session || data.call === undefined || data.via === 'undo') continue
    if (keys.has(callKey(session, data.call))) continue
    return {
      session,
      event: event.id,
      type: event.type,
      message: `an edit by the call ${data.call}, which the session did not make`,
    }
  }
  return null
}
