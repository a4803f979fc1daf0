import { z } from '@hono/zod-openapi'
import { Because } from '../handoffs/events.ts'
import { Actor } from '../kernel/event.ts'
import { SectionGiven } from '../sessions/events.ts'

/** What the memory's past is told in. */

export const list = <Schema extends z.ZodType>(schema: Schema) => z.array(schema).readonly()
const nullable = z.string().nullable()

export const BlamedLineView = z
  .object({
    /** From 1, in the whole document. */
    line: z.int(),
    text: z.string(),
    section: nullable,
    heading: nullable,
    owner: nullable,
    event: z.string(),
    by: Actor,
    at: z.string(),
    session: nullable,
    workflow: nullable,
    rehearsal: z.boolean(),
  })
  .openapi('BlamedLine')

export const ChangeView = z
  .object({
    event: z.string(),
    at: z.string(),
    by: z.string(),
    via: z.string(),
    session: nullable,
    workflow: nullable,
    reason: nullable,
    commit: nullable,
    restores: nullable,
    sections: list(z.object({ section: z.string(), heading: z.string(), change: z.string() })),
  })
  .openapi('MemoryChange')

export const DiffView = z
  .object({
    document: z.string(),
    from: z.string(),
    to: z.string(),
    equal: z.boolean(),
    sections: list(
      z.object({
        section: z.string(),
        heading: z.string(),
        owner: nullable,
        change: z.string(),
        added: z.int(),
        removed: z.int(),
      }),
    ),
    /** As `diff -u` writes it. */
    unified: z.string(),
  })
  .openapi('MemoryDiff')

const place = { document: z.string(), section: z.string(), heading: z.string(), event: z.string() }
const Echo = z.object({ ...place, by: Actor, at: z.string(), session: nullable })

export const WhyView = z
  .object({
    line: BlamedLineView,
    session: z.object({ id: z.string(), agent: z.string(), task: z.string(), runner: z.string() }).nullable(),
    handoff: z
      .object({
        id: z.string(),
        from: z.string(),
        need: z.string(),
        reason: nullable,
        because: list(Because),
        event: nullable,
      })
      .nullable(),
    call: z
      .object({
        call: z.string(),
        turn: z.int(),
        model: z.string(),
        requestDigest: z.string(),
        toolUse: z.string(),
      })
      .nullable(),
    given: list(SectionGiven),
    echoes: list(Echo),
  })
  .openapi('LineReason')

export const HitView = z.object({
  ...place,
  text: z.string(),
  at: z.string(),
  by: z.string(),
  session: nullable,
  standing: z.boolean(),
})
export const ReaderView = z.object({
  ...place,
  session: z.string(),
  agent: z.string(),
  shown: z.string(),
  position: z.string(),
})
export const InfluencedView = z.object({
  ...place,
  session: z.string(),
  agent: z.string(),
  repeats: z.boolean(),
})
export const SectionOwnerView = z.object({
  document: z.string(),
  section: z.string(),
  heading: z.string(),
  owner: nullable,
  keeper: nullable,
  claimedBy: list(z.string()),
  likely: z.object({ agent: z.string(), because: z.string() }).nullable(),
})

export const UndoView = z
  .object({
    session: z.string(),
    lines: list(
      z.object({
        document: z.string(),
        line: z.int(),
        text: z.string(),
        heading: nullable,
        owner: nullable,
        by: Actor,
        event: z.string(),
        /** Said by another session. */
        repeat: z.boolean(),
      }),
    ),
    documents: list(z.object({ document: z.string(), revision: z.int(), text: z.string() })),
    done: z.boolean(),
  })
  .openapi('Undo')

export const SectionReportView = z
  .object({
    document: z.string(),
    section: z.string(),
    heading: z.string(),
    owner: nullable,
    bytes: z.int(),
    lines: z.int(),
    changedAt: z.string(),
    changedBy: z.string(),
    ageDays: z.int(),
    /** Edits of the document since its last change. */
    editsSince: z.int(),
  })
  .openapi('SectionReport')
