import type { RecordedEvent } from '../../kernel/event.ts'
import { isEventOf } from '../../kernel/event-schema.ts'
import { callKey } from '../../memory/document.ts'
import { memoryEvents } from '../../memory/events.ts'
import type { Project } from '../project.ts'
import type { ProofDifference } from './prove-session.ts'

/** An edit that says which call of which session made it. */
export interface MemoryEdit {
  readonly event: string
  readonly type: string
  readonly session: string
  readonly call: string
}

/** Edits by calls of these sessions, in the log's order. Reads all agents, too, so that damage in either shows. */
export async function memoryEdits(
  { store }: Pick<Project, 'store'>,
  sessions: ReadonlySet<string>,
): Promise<MemoryEdit[]> {
  const edits: MemoryEdit[] = []
  for await (const event of store.readAll({ filter: { streamPrefixes: ['agent-', 'memory-'] } })) {
    if (!isEventOf(memoryEvents, event)) continue
    const { session, call, via } = event.data as { session?: string; call?: string; via?: string }
    if (session === undefined || call === undefined || via === 'undo' || !sessions.has(session)) continue
    edits.push({ event: event.id, type: event.type, session, call })
  }
  return edits
}

/** Every edit that names this session names a call which the session made. */
export function memoryDifference(
  edits: readonly MemoryEdit[],
  session: string,
  events: readonly RecordedEvent[],
): ProofDifference | null {
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
  const foreign = edits.find((edit) => edit.session === session && !keys.has(callKey(session, edit.call)))
  if (foreign === undefined) return null
  const { event, type, call } = foreign
  return { session, event, type, message: `an edit by the call ${call}, which the session did not make` }
}
