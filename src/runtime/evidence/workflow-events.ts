import type { RecordedEvent } from '../../kernel/event.ts'
import { streamOf } from '../../kernel/event.ts'
import type { EventStore } from '../../store/port.ts'

/**
 * Ids of the events that a workflow consists of: its own, and those that it points at (the agents as they were
 * defined, and the sections that its sessions were given). Empty for a workflow that the log does not have.
 */
export async function eventsOfWorkflow(store: EventStore, workflow: string): Promise<Set<string>> {
  const ids = new Set<string>()
  for await (const event of store.readAll()) {
    if (event.stream !== streamOf('workflow', workflow) && event.meta.correlation !== workflow) continue
    ids.add(event.id)
    for (const id of pointedAt(event)) ids.add(id)
  }
  return ids
}

function pointedAt({ type, data }: RecordedEvent): string[] {
  if (type === 'WorkflowStarted') return eventIds((data as { roster?: unknown }).roster)
  if (type === 'ContextGiven') return eventIds((data as { sections?: unknown }).sections)
  return []
}

function eventIds(list: unknown): string[] {
  if (!Array.isArray(list)) return []
  return list.flatMap(({ event }: { event?: unknown }) => (typeof event === 'string' ? [event] : []))
}
