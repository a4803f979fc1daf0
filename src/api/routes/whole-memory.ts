import { createRoute, z } from '@hono/zod-openapi'
import { limits } from '../../kernel/limits.ts'
import { readersOf } from '../../runtime/memory/readers.ts'
import { searchMemory } from '../../runtime/memory/search-memory.ts'
import { sectionOwners } from '../../runtime/memory/section-owners.ts'
import { reportSections } from '../../runtime/memory/section-report.ts'
import { answers } from '../answers.ts'
import { newRoutes } from '../context.ts'
import { HitView, list, ReaderView, SectionOwnerView, SectionReportView } from '../memory-schemas.ts'
import { PageSize } from '../schemas.ts'

const words = z.string().min(1).max(limits.noteCharsMax)

/** What is asked of all documents together; `/v1/memory/{document}/…` asks the same of one. */
export function wholeMemoryRoutes() {
  return newRoutes()
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/search',
        summary: 'Lines of any document that hold every word, now and in the past, the newest first',
        request: { query: z.strictObject({ words, limit: PageSize.optional() }) },
        responses: answers('Lines', z.object({ lines: list(HitView) })),
      }),
      async (c) => {
        const { words, limit = 50 } = c.req.valid('query')
        return c.json({ lines: await searchMemory(c.var.daybook.project.store, { words, limit }) }, 200)
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/readers',
        summary: 'Every session that was given a text, of any document',
        request: { query: z.strictObject({ text: words }) },
        responses: answers('Sessions', z.object({ readers: list(ReaderView) })),
      }),
      async (c) => {
        const { store } = c.var.daybook.project
        return c.json({ readers: await readersOf(store, c.req.valid('query').text) }, 200)
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/owners',
        summary: 'Who owns each section of every document, and who probably should where nobody does',
        responses: answers('Sections', z.object({ sections: list(SectionOwnerView) })),
      }),
      async (c) => c.json({ sections: await sectionOwners(c.var.daybook.project) }, 200),
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/report',
        summary: 'Size and staleness of every section of every document, the oldest first',
        responses: answers('Sections', z.object({ sections: list(SectionReportView) })),
      }),
      async (c) => c.json({ sections: await reportSections(c.var.daybook.project) }, 200),
    )
}
