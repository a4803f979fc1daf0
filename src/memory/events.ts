import { z } from 'zod'
import type { EventOf, RecordedOf } from '../kernel/event-schema.ts'
import { limits } from '../kernel/limits.ts'
import {
  AgentName,
  CallId,
  Digest,
  DocumentName,
  EventId,
  SectionId,
  SessionId,
  text,
} from '../kernel/words.ts'

/** An agent's name, or null for people: everybody who is no agent. */
export const Owner = AgentName.nullable()
export type Owner = z.infer<typeof Owner>

const sectionText = text(limits.sectionBytesMax)
const heading = text(limits.headingCharsMax)

/**
 * A section as it stands in a document. `separator + text` of all sections after the preamble, joined, are
 * the document's bytes. `text` begins with its level-2 heading line.
 */
export const SectionText = z.object({
  section: SectionId,
  heading,
  owner: Owner,
  /** Line endings put before the heading because the text before it lacked a blank line; mostly empty. */
  separator: z.string().max(8),
  text: sectionText,
})
export type SectionText = z.infer<typeof SectionText>

/** One change of one section. Exact texts, so that rendering is joining. */
export const MemoryChange = z.discriminatedUnion('kind', [
  /** `after`: the section before it; null puts it first. */
  SectionText.extend({ kind: z.literal('opened'), after: SectionId.nullable() }),
  z.object({
    kind: z.literal('written'),
    section: SectionId,
    text: sectionText,
    separator: z.string().max(8),
  }),
  /** The heading changed, and with it the text that carries it. */
  z.object({
    kind: z.literal('renamed'),
    section: SectionId,
    heading,
    text: sectionText,
    separator: z.string().max(8),
  }),
  z.object({ kind: z.literal('moved'), section: SectionId, after: SectionId.nullable() }),
  z.object({ kind: z.literal('assigned'), section: SectionId, owner: Owner }),
  z.object({ kind: z.literal('removed'), section: SectionId }),
  z.object({ kind: z.literal('preface'), text: text(limits.documentBytesMax / 8) }),
])
export type MemoryChange = z.infer<typeof MemoryChange>

/** How an edit came in. */
export const EditVia = z.enum([
  'tool',
  'file',
  'bash',
  'hook',
  'mcp',
  'api',
  'cli',
  'disk',
  'git',
  'import',
  'undo',
])
export type EditVia = z.infer<typeof EditVia>

/** Stream `memory-<document>`: one a document, because a document is what must be consistent. */
export const memoryEvents = {
  /** The document's first event: an existing file as it stood, or an empty one. */
  DocumentImported: z.object({
    document: DocumentName,
    preamble: text(limits.documentBytesMax / 8),
    sections: z.array(SectionText).max(limits.sectionsMax),
    /** Line ending that new text is written with. */
    eol: z.enum(['\n', '\r\n']),
    /** Of the file's bytes. */
    digest: Digest.optional(),
    source: z.string().max(1_000).optional(),
  }),
  /** One accepted edit, however many sections it touches. */
  DocumentEdited: z.object({
    document: DocumentName,
    changes: z.array(MemoryChange).min(1).max(limits.changesMax),
    via: EditVia,
    session: SessionId.optional(),
    call: CallId.optional(),
    /** The event whose state a restore brings back, or whose lines an undo takes out. */
    restores: EventId.optional(),
    /** The commit that brought it, when it came with a checkout or pull. */
    commit: z.string().max(100).optional(),
    reason: text(limits.reasonCharsMax).optional(),
  }),
  /** Two edits of one section that do not merge: both texts are kept here, outside the document. */
  EditConflicted: z.object({
    document: DocumentName,
    section: SectionId,
    heading,
    /** The text both began from, where it is known. */
    base: sectionText.nullable(),
    /** The text that stands in the document. */
    ours: sectionText,
    /** The text that was not taken. */
    theirs: sectionText,
    via: EditVia,
    session: SessionId.optional(),
    call: CallId.optional(),
  }),
} as const
export type MemoryEvent = EventOf<typeof memoryEvents>
export type RecordedMemoryEvent = RecordedOf<MemoryEvent>
