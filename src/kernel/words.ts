import { z } from 'zod'
import { limits } from './limits.ts'

/** The words that events and commands are made of: small schemas, each with its limit. */

/** An agent's name as its file gives it; compared after NFKC and case folding, see `agentKey`. */
export const AgentName = z.string().min(1).max(limits.agentNameCharsMax)
export type AgentName = z.infer<typeof AgentName>

/** A document's name: its file name without `.md`, for example `insights`. */
export const DocumentName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]*$/u,
    'a document is named by its file without .md: small letters, digits, . _ -',
  )
  .max(limits.documentNameCharsMax)
export type DocumentName = z.infer<typeof DocumentName>

/** ISO 8601 in UTC with milliseconds, as `Date.toISOString` writes it. */
export const Instant = z.iso.datetime({ precision: 3 })
export type Instant = z.infer<typeof Instant>

const id = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/u, 'an id has letters, digits, . _ - and at most 100 characters')

export const EventId = z.uuid()
export type EventId = z.infer<typeof EventId>
export const SectionId = id
export type SectionId = z.infer<typeof SectionId>
export const SessionId = id
export type SessionId = z.infer<typeof SessionId>
export const HandoffId = id
export type HandoffId = z.infer<typeof HandoffId>
export const WorkflowId = id
export type WorkflowId = z.infer<typeof WorkflowId>
/** One model or tool call of a session; derived from its content, never counted. */
export const CallId = z.string().min(1).max(200)
export type CallId = z.infer<typeof CallId>
export const WorkerId = z.string().min(1).max(200)
export type WorkerId = z.infer<typeof WorkerId>
/** How often a handoff has changed hands; the larger one is the lawful one. */
export const Epoch = z.int().positive()
/** `sha256:` and 64 hexadecimal digits. */
export const Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/u)
export type Digest = z.infer<typeof Digest>

/** US dollars. */
export const Usd = z.number().nonnegative()

/** Where an event of this log was recorded, in a way that survives a move to another store. */
export const EventRef = z.object({ stream: z.string(), event: EventId })
export type EventRef = z.infer<typeof EventRef>

/**
 * A text written by a person or a model. Marked in the schema, so that such fields can be found in any
 * event: to search them, to redact them, and one day to encrypt them per subject.
 * Lone surrogates are refused: they have no UTF-8 and would not survive a round trip.
 */
export function text(charsMax: number) {
  return z
    .string()
    .max(charsMax)
    .refine((value) => value.isWellFormed(), 'has a lone surrogate, which is no text')
    .meta({ text: true })
}

/** The same name in another spelling: NFKC, case folded, blanks and underscores as hyphens. */
export function agentKey(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .trim()
    .replace(/[\s_]+/gu, '-')
}

/** A heading as a path segment: kebab case, any language's letters kept. */
export function kebab(heading: string): string {
  return heading
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/gu, '')
}
