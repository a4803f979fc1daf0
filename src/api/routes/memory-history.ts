import { createRoute, z } from '@hono/zod-openapi'
import { limits } from '../../kernel/limits.ts'
import { DocumentName } from '../../kernel/words.ts'
import { blameDocument } from '../../runtime/memory/blame-document.ts'
import { diffMemory } from '../../runtime/memory/diff-memory.ts'
import { memoryLog } from '../../runtime/memory/memory-log.ts'
import { whyLine } from '../../runtime/memory/why-line.ts'
import { answers } from '../answers.ts'
import { newRoutes } from '../context.ts'
import { BlamedLineView, ChangeView, DiffView, list, WhyView } from '../memory-schemas.ts'
import { When } from '../schemas.ts'

const params = z.object({ document: DocumentName })
const section = z.string().min(1).max(limits.headingCharsMax)
const line = z.string().min(1).max(limits.noteCharsMax)

/** What changed in the memory, who wrote each line of it, and why. Nothing here changes anything. */
export function memoryHistoryRoutes() {
  return newRoutes()
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/memory/{document}/blame',
        summary: 'Every line with who wrote it, when, in which session, by which event; now or at WHEN',
        request: { params, query: z.strictObject({ at: When.optional(), section: section.optional() }) },
        responses: answers('Lines', z.object({ lines: list(BlamedLineView) })),
      }),
      async (c) => {
        const { document } = c.req.valid('param')
        const lines = await blameDocument(c.var.daybook, { document, ...c.req.valid('query') })
        return c.json({ lines }, 200)
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/memory/{document}/log',
        summary: 'Every change of a document, or of one section through its renames, the first one first',
        request: { params, query: z.strictObject({ section: section.optional() }) },
        responses: answers('Changes', z.object({ changes: list(ChangeView) })),
      }),
      async (c) => {
        const { document } = c.req.valid('param')
        const changes = await memoryLog(c.var.daybook.project, document, c.req.valid('query').section)
        return c.json({ changes }, 200)
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/memory/{document}/diff',
        summary: 'What changed between two moments; the second is now when absent',
        request: {
          params,
          query: z.strictObject({ from: When, to: When.optional(), section: section.optional() }),
        },
        responses: answers('Differences', DiffView),
      }),
      async (c) => {
        const question = { ...c.req.valid('param'), ...c.req.valid('query') }
        return c.json(await diffMemory(c.var.daybook.project, question), 200)
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/memory/{document}/why',
        summary: 'Why a line stands there: author, task, handoff, rule, model call, what it had been given',
        request: { params, query: z.strictObject({ line, at: When.optional() }) },
        responses: answers('Everything that led to it', WhyView),
      }),
      async (c) => {
        const question = { ...c.req.valid('param'), ...c.req.valid('query') }
        return c.json(await whyLine(c.var.daybook, question), 200)
      },
    )
}
