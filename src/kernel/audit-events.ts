import { z } from 'zod'
import type { EventOf } from './event-schema.ts'
import { limits } from './limits.ts'
import { Digest, EventId, text } from './words.ts'

/** What belongs to no room: seals of the log, and refusals outside any session. */
export const auditEvents = {
  /** A signed digest of the log up to and including the event `through`. */
  LogSealed: z.object({
    through: EventId,
    /** Number of events that the seal covers, from the first. */
    size: z.int().nonnegative(),
    root: Digest,
    previous: Digest.nullable(),
    signature: z.string().max(1_000),
    keyId: z.string().max(200),
  }),
  /** Somebody asked for something and was told no; nothing changed. */
  RequestRefused: z.object({
    what: z.string().max(200),
    code: z.string().max(100),
    reason: text(limits.reasonCharsMax),
  }),
} as const
export type AuditEvent = EventOf<typeof auditEvents>
