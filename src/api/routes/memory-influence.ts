import { createRoute, z } from '@hono/zod-openapi'
import { limits } from '../../kernel/limits.ts'
import { DocumentName } from '../../kernel/words.ts'
import { documentAt } from '../../runtime/memory/document-at.ts'
import { influenceOf } from '../../runtime/memory/influence.ts'
import { readersOf } from '../../runtime/memory/readers.ts'
import { searchMemory } from '../../runtime/memory/search-memory.ts'
import { sectionOwners } from '../../runtime/memory/section-owners.ts'
import { reportSections } from '../../runtime/memory/section-report.ts'
import { previewUndo, undoSession } from '../../runtime/memory/undo-session.ts'
import { answers, takes } from '../answers.ts'
import { newRoutes } from '../context.ts'
import {
  HitView,
  InfluencedView,
  list,
  ReaderView,
  SectionOwnerView,
  SectionReportView,
  UndoView,
} from '../memory-schemas.ts'
import { PageSize } from '../schemas.ts'

const params = z.object({ document: DocumentName })
const words = z.string().min(1).max(limits.noteCharsMax)
const id = z.string().min(1).max(100)
const Influence = z
  .object({
    session: z.string(),
    lines: list(z.string()),
    readers: list(ReaderView),
    sections: list(InfluencedView),
  })
  .openapi('Influence')

const Undo = z
  .strictObject({
    /** Also lines of others that say the same. */
    repeats: z.boolean().default(false),
    /** Do it. */
    yes: z.boolean().default(false),
    /** Documents as the preview gave them: 412 when they are others by now. */
    seen: z
      .array(z.strictObject({ document: DocumentName, revision: z.int() }))
      .max(100)
      .optional(),
  })
  .openapi('UndoRequest')

/** What is found in the memory, whose it is, whom it reached, and how to take it out again. */
export function memoryInfluenceRoutes() {
  return newRoutes()
    .route('/', reportRoutes())
    .route('/', sessionRoutes())
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/memory/{document}/search',
        summary: 'Lines that hold every word, now and in the past, the newest first',
        request: { params, query: z.strictObject({ words, limit: PageSize.optional() }) },
        responses: answers('Lines', z.object({ lines: list(HitView) })),
      }),
      async (c) => {
        const { words, limit = 50 } = c.req.valid('query')
        const { document } = c.req.valid('param')
        const { project } = c.var.daybook
        await documentAt(project, document)
        return c.json({ lines: await searchMemory(project.store, { words, limit, document }) }, 200)
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/memory/{document}/readers',
        summary: 'Every session that was given a text of this document',
        request: { params, query: z.strictObject({ text: words }) },
        responses: answers('Sessions', z.object({ readers: list(ReaderView) })),
      }),
      async (c) => {
        const { document } = c.req.valid('param')
        const readers = await readersOf(c.var.daybook.project.store, c.req.valid('query').text)
        return c.json({ readers: readers.filter((reader) => reader.document === document) }, 200)
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/memory/{document}/owners',
        summary: 'Who owns each section, and who probably should where nobody does',
        request: { params },
        responses: answers('Sections', z.object({ sections: list(SectionOwnerView) })),
      }),
      async (c) => {
        const { project } = c.var.daybook
        const { document } = c.req.valid('param')
        await documentAt(project, document)
        return c.json({ sections: await sectionOwners(project, document) }, 200)
      },
    )
}

function reportRoutes() {
  return newRoutes().openapi(
    createRoute({
      method: 'get',
      path: '/v1/memory/{document}/report',
      summary: 'Size and staleness of every section, the oldest first',
      request: { params },
      responses: answers('Sections', z.object({ sections: list(SectionReportView) })),
    }),
    async (c) => {
      const { project } = c.var.daybook
      const { document } = c.req.valid('param')
      await documentAt(project, document)
      return c.json({ sections: await reportSections(project, document) }, 200)
    },
  )
}

function sessionRoutes() {
  return newRoutes()
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/sessions/{id}/influence',
        summary:
          'Sections that sessions wrote after they had been given what this one wrote: it may have reached them',
        request: { params: z.object({ id }) },
        responses: answers('Influence', Influence),
      }),
      async (c) => c.json(await influenceOf(c.var.daybook.project, c.req.valid('param').id), 200),
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/v1/sessions/{id}/undo',
        summary: "Take a session's lines out of the memory; without `yes` it is only shown what would go",
        request: { params: z.object({ id }), body: takes(Undo) },
        responses: answers('What goes, and the documents without it', UndoView),
      }),
      async (c) => {
        const { repeats, yes: done, seen } = c.req.valid('json')
        const { daybook } = c.var
        const question = {
          session: c.req.valid('param').id,
          lines: repeats ? 'repeats' : 'own',
          seen,
        } as const
        const preview = done
          ? await undoSession(daybook, question, daybook.person)
          : await previewUndo(daybook, question)
        return c.json({ ...preview, done }, 200)
      },
    )
}
