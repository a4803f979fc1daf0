import type { RosterEntry } from '../workflows/events.ts'
import type { KnownAgent, LogView } from './log-view.ts'

/** The agents that a workflow pinned when it started, as they were defined then. */
export function rosterOf(view: LogView, roster: readonly RosterEntry[]): KnownAgent[] {
  return roster.flatMap((entry) => view.definedBy(entry.event) ?? [])
}
