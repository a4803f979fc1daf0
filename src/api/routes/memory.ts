import { createRoute, z } from '@hono/zod-openapi'
import { accepts } from 'hono/accepts'
import { limits } from '../../kernel/limits.ts'
import { DocumentName, text } from '../../kernel/words.ts'
import { renderDocument } from '../../memory/document.ts'
import { viewWhen } from '../../runtime/view-when.ts'
import { answers, answersAsTextOrJson, changesOrCreates, takes } from '../answers.ts'
import { actorNamed } from '../callers.ts'
import { type ApiContext, newRoutes } from '../context.ts'
import { documentNamed, documentView, sectionNamed, sectionView } from '../document-views.ts'
import { etagOf, isKnown, preconditionOf } from '../etag.ts'
import { DocumentTextView, DocumentView, SectionTextView, When } from '../schemas.ts'
import { writeSection } from '../write-section.ts'

const query = z.strictObject({ at: When.optional() })
const document = DocumentName.openapi({ param: { name: 'document', in: 'path' }, example: 'insights' })
const section = z.string().min(1).max(limits.headingCharsMax)
const ofSection = z.object({ document, section })

const Write = z
  .strictObject({
    /** With or without its heading line. */
    text: text(limits.sectionBytesMax),
    /** An agent's name, or `person`. */
    by: z.string().min(1).max(110),
  })
  .openapi('SectionWrite')

export function memoryRoutes() {
  const app = newRoutes()
  app.openapi(
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
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/memory/{document}',
      summary: "A document's exact bytes, now or at WHEN; JSON when Accept asks for it",
      request: { params: z.object({ document }), query },
      responses: answersAsTextOrJson('The document', DocumentTextView),
    }),
    async (c) => {
      const { at } = c.req.valid('query')
      const view = await viewWhen(c.var.daybook.project, at)
      const found = documentNamed(view, c.req.valid('param').document, at)
      const known = tagged(c, found.revision)
      if (known !== null) return known
      const text = renderDocument(found)
      if (prefers(c, 'text/markdown') === 'text/markdown') return markdown(c, text)
      return c.json({ ...documentView(found), text }, 200)
    },
  )
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/memory/{document}/sections/{section}',
      summary: 'One section with its owner and its ETag; Markdown when Accept asks for it',
      request: { params: ofSection, query },
      responses: answersAsTextOrJson('The section', SectionTextView),
    }),
    async (c) => {
      const { at } = c.req.valid('query')
      const { document: name, section: wanted } = c.req.valid('param')
      const view = await viewWhen(c.var.daybook.project, at)
      const found = sectionNamed(documentNamed(view, name, at), wanted)
      const known = tagged(c, found.revision)
      if (known !== null) return known
      if (prefers(c, 'application/json') === 'text/markdown') return markdown(c, found.text)
      return c.json({ ...sectionView(name, found), text: found.text, notes: [] }, 200)
    },
  )
  app.openapi(
    createRoute({
      method: 'put',
      path: '/v1/memory/{document}/sections/{section}',
      summary: 'Write a section: If-Match with the ETag that was read, or If-None-Match: * for a new one',
      request: { params: ofSection, body: takes(Write) },
      responses: changesOrCreates(
        'The section as it stands now: what others changed meanwhile is kept',
        SectionTextView,
      ),
    }),
    async (c) => {
      const { daybook } = c.var
      const { text, by: name } = c.req.valid('json')
      const where = c.req.valid('param')
      const precondition = preconditionOf(c.req.header('If-Match'), c.req.header('If-None-Match'))
      await daybook.project.view.refresh()
      const by = actorNamed(daybook.project.view, daybook, name)
      const written = await writeSection(daybook, { ...where, text, by, precondition })
      const { section: state, notes } = written
      c.header('ETag', etagOf(state.revision))
      const view = { ...sectionView(where.document, state), text: state.text, notes: [...notes] }
      if (written.opened) return c.json(view, 201)
      return c.json(view, 200)
    },
  )
  return app
}

/** 304 when the reader has this state already; otherwise the answer gets its ETag. */
function tagged(c: ApiContext, revision: number): Response | null {
  const etag = etagOf(revision)
  c.header('ETag', etag)
  c.header('Vary', 'Accept')
  return isKnown(c.req.header('If-None-Match'), etag) ? c.body(null, 304) : null
}

function prefers(c: ApiContext, otherwise: 'text/markdown' | 'application/json'): string {
  const supports = ['text/markdown', 'application/json']
  return accepts(c, { header: 'Accept', supports, default: otherwise })
}

function markdown(c: ApiContext, text: string): Response {
  return c.body(text, 200, { 'Content-Type': 'text/markdown; charset=utf-8' })
}
