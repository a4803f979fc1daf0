import type { AgentDefinition } from '../agents/events.ts'
import { parseLabelled } from '../kernel/labels.ts'
import { limits } from '../kernel/limits.ts'
import type { SessionEvent } from './events.ts'

type SummaryData = Extract<SessionEvent, { type: 'SummaryRecorded' }>['data']

/** Reads a session's last words by the labels of the agent's own file; unknown labels are kept after them. */
export function readSummary(text: string, definition: AgentDefinition): SummaryData {
  const { fields, missing, unknown } = parseLabelled(text, definition.summaryFields)
  return {
    fields: [...fields, ...unknown].map((field) => ({
      label: field.label.slice(0, limits.headingCharsMax),
      text: field.text.slice(0, limits.summaryCharsMax),
    })),
    missing: [...missing],
    raw: text.slice(0, limits.summaryCharsMax),
  }
}
