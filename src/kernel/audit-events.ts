import { z } from 'zod'
import type { EventOf } from './event-schema.ts'
import { limits } from './limits.ts'
import { Digest, EventId, Instant, text, WorkerId } from './words.ts'

/** What belongs to no room: seals of the log, refusals outside any session, and requests that may come again. */
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
  /** Stream `request-<id>`: somebody sent a request under an Idempotency-Key, and a process carries it out. */
  RequestBegun: z.object({
    /** Of the body. */
    request: Digest,
    /** `POST /v1/handoffs/{id}/cancel`. */
    route: z.string().max(200),
    worker: WorkerId,
    /** Not answered by then, another process may carry it out. */
    until: Instant,
  }),
  /** It was carried out. Who asks again is answered with the same. */
  RequestAnswered: z.object({
    request: Digest,
    route: z.string().max(200),
    status: z.int().nonnegative(),
    headers: z.array(z.object({ name: z.string().max(100), value: z.string().max(2_000) })).max(10),
    /** From 1 to `parts`; a long answer is several events. Without parts the answer was too long to keep. */
    part: z.int().nonnegative(),
    parts: z.int().nonnegative().max(limits.answerPartsMax),
    body: text(limits.answerPartCharsMax),
  }),
  /** It failed and changed nothing: it may be sent again, with other content, too. */
  RequestReleased: z.object({ status: z.int().nonnegative() }),
} as const
export type AuditEvent = EventOf<typeof auditEvents>
