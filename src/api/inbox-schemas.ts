import { z } from '@hono/zod-openapi'
import { HandoffView } from './schemas.ts'

export const Checklist = z
  .array(
    z.object({
      requirement: z.string(),
      met: z.enum(['provided', 'context', 'missing']),
      /** The value, or the sentence of the context. */
      where: z.string(),
    }),
  )
  .readonly()
  .openapi('Checklist')

const InboxItem = HandoffView.extend({
  state: z.enum(['open', 'held', 'lapsed', 'returned']),
  worker: z.string().nullable(),
  epoch: z.int().nullable(),
  leaseUntil: z.string().nullable(),
  deadline: z.string().nullable(),
  checklist: Checklist,
  note: z.string().nullable(),
}).openapi('InboxItem')

export const InboxView = z
  .object({
    agent: z.string(),
    items: z.array(InboxItem).readonly(),
    /** Give it back to wait for the next change. */
    cursor: z.string(),
  })
  .openapi('Inbox')

export const SummaryFields = z.array(z.object({ label: z.string(), text: z.string() })).readonly()

/** What became of a need: `status` is handed_off, returned (with `missing`), nobody, settled or refused. */
export const HandedOn = z
  .object({
    status: z.enum(['handed_off', 'returned', 'nobody', 'settled', 'refused']),
    handoff: z.string().optional(),
    to: z.string().optional(),
    need: z.string().optional(),
    reason: z.string().optional(),
    missing: z.array(z.string()).readonly().optional(),
    outcome: z.string().optional(),
    answer: z.string().optional(),
    mode: z.string().optional(),
    code: z.string().optional(),
  })
  .openapi('HandedOn')
