import type { AgentDefinition } from '../agents/events.ts'
import { cut } from '../kernel/cut.ts'
import { parseLabelled } from '../kernel/labels.ts'
import { limits } from '../kernel/limits.ts'
import type { SessionEvent } from './events.ts'

type SummaryData = Extract<SessionEvent, { type: 'SummaryRecorded' }>['data']

/** Reads a session's last words by the labels of the agent's own file; unknown labels are kept after them. */
export function readSummary(text: string, definition: AgentDefinition): SummaryData {
  const { fields, missing, unknown } = parseLabelled(text, definition.summaryFields)
  return {
    fields: [...fields, ...unknown].map((field) => ({
      label: cut(field.label, limits.headingCharsMax),
      text: cut(field.text, limits.summaryCharsMax),
    })),
    missing: [...missing],
    raw: cut(text, limits.summaryCharsMax),
  }
}
