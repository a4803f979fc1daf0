import { z } from 'zod'
import type { EventOf, RecordedOf } from '../kernel/event-schema.ts'
import { limits } from '../kernel/limits.ts'
import { AgentName, Digest, Instant, text } from '../kernel/words.ts'

/** What a key lets its holder do; `src/access/policy.ts` says it route by route. */
export const Role = z.enum(['reader', 'agent', 'operator', 'admin'])
export type Role = z.infer<typeof Role>

/** The public part of a key: it stands in the key itself and in the log. */
export const KeyId = z.string().regex(/^[0-9a-f]{16}$/u, 'a key is named by 16 hexadecimal digits')

/** What people call a key. An event that was caused with a person's key has it as its actor. */
export const KeyName = text(limits.keyNameCharsMax).regex(
  /^[\p{L}\p{N}][\p{L}\p{N} ._@-]*$/u,
  'a key is named by letters, digits, blanks and . _ @ -, and begins with one of the first two',
)

/** Stream `keys`: who may use the API. The keys themselves are nowhere. */
export const accessEvents = {
  KeyCreated: z.object({
    key: KeyId,
    name: KeyName,
    role: Role,
    /** Whom it speaks for, with the role agent. */
    agent: AgentName.optional(),
    /** SHA-256 of the whole key. */
    digest: Digest,
    /** It never expires when absent. */
    expiresAt: Instant.optional(),
  }),
  KeyRevoked: z.object({ key: KeyId }),
} as const
export type AccessEvent = EventOf<typeof accessEvents>
export type RecordedAccessEvent = RecordedOf<AccessEvent>
