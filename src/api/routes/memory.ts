import { createRoute, z } from '@hono/zod-openapi'
import { DocumentName } from '../../kernel/words.ts'
import { renderDocument } from '../../memory/document.ts'
import { documentAt } from '../../runtime/memory/document-at.ts'
import { viewWhen } from '../../runtime/view-when.ts'
import { answers, answersAsTextOrJson } from '../answers.ts'
import { newRoutes } from '../context.ts'
import { documentView } from '../document-views.ts'
import { markdown, prefers, tagged } from '../representations.ts'
import { DocumentTextView, DocumentView, When } from '../schemas.ts'

const query = z.strictObject({ at: When.optional() })

export function memoryRoutes() {
  const app = newRoutes()
  return app
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/memory',
        summary: 'Documents with their sections and owners, now or at WHEN',
        request: { query },
        responses: answers('Documents', z.object({ documents: z.array(DocumentView) })),
      }),
      async (c) => {
        const view = await viewWhen(c.var.daybook.project, c.req.valid('query').at)
        return c.json({ documents: view.documents().map(documentView) }, 200)
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/memory/{document}',
        summary: "A document's exact bytes, now or at WHEN; JSON when Accept asks for it",
        request: { params: z.object({ document: DocumentName }), query },
        responses: answersAsTextOrJson('The document', DocumentTextView),
      }),
      async (c) => {
        const { at } = c.req.valid('query')
        const found = await documentAt(c.var.daybook.project, c.req.valid('param').document, at)
        const known = tagged(c, found.revision)
        if (known !== null) return known
        const text = renderDocument(found)
        if (prefers(c, 'text/markdown') === 'text/markdown') return markdown(c, text)
        return c.json({ ...documentView(found), text }, 200)
      },
    )
}
