import { accessEvents } from '../access/events.ts'
import { agentEvents } from '../agents/events.ts'
import { handoffEvents } from '../handoffs/events.ts'
import { auditEvents } from '../kernel/audit-events.ts'
import { type Catalogue, catalogue } from '../kernel/event-schema.ts'
import { memoryEvents } from '../memory/events.ts'
import { sessionEvents } from '../sessions/events.ts'
import { workflowEvents } from '../workflows/events.ts'

/** Every event type of Daybook. Shipped schemas never change: a new version comes with an upcast. */
export const events: Catalogue = catalogue([
  agentEvents,
  memoryEvents,
  sessionEvents,
  handoffEvents,
  workflowEvents,
  auditEvents,
  accessEvents,
])
