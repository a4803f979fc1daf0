import { createRoute, z } from '@hono/zod-openapi'
import { limits } from '../../kernel/limits.ts'
import { DocumentName, text } from '../../kernel/words.ts'
import { actorNamed } from '../../runtime/callers.ts'
import { sectionAt } from '../../runtime/memory/document-at.ts'
import { restoreSection } from '../../runtime/memory/restore-section.ts'
import { assignSection } from '../../runtime/memory/section-owners.ts'
import { writeSection } from '../../runtime/write-section.ts'
import { answers, answersAsTextOrJson, changesOrCreates, takes } from '../answers.ts'
import { newRoutes } from '../context.ts'
import { sectionView } from '../document-views.ts'
import { etagOf, preconditionOf } from '../etag.ts'
import { markdown, prefers, tagged } from '../representations.ts'
import { SectionTextView, When } from '../schemas.ts'

const params = z.object({ document: DocumentName, section: z.string().min(1).max(limits.headingCharsMax) })

const Write = z
  .strictObject({
    /** With or without its heading line. */
    text: text(limits.sectionBytesMax),
    /** An agent's name, or `person`. */
    by: z.string().min(1).max(110),
  })
  .openapi('SectionWrite')

const changed = { document: z.string(), section: z.string(), event: z.string().nullable() }
/** `event` is null when it was so already. */
const Restored = z.object(changed).openapi('SectionRestored')
const Assigned = z.object({ ...changed, owner: z.string().nullable() }).openapi('SectionAssigned')

export function sectionRoutes() {
  return newRoutes()
    .route('/', changeRoutes())
    .openapi(
      createRoute({
        method: 'get',
        path: '/v1/memory/{document}/sections/{section}',
        summary: 'One section with its owner and its ETag; Markdown when Accept asks for it',
        request: { params, query: z.strictObject({ at: When.optional() }) },
        responses: answersAsTextOrJson('The section', SectionTextView),
      }),
      async (c) => {
        const { at } = c.req.valid('query')
        const { document, section } = c.req.valid('param')
        const found = await sectionAt(c.var.daybook.project, { document, section, at })
        const known = tagged(c, found.revision)
        if (known !== null) return known
        if (prefers(c, 'application/json') === 'text/markdown') return markdown(c, found.text)
        return c.json({ ...sectionView(document, found), text: found.text, notes: [] }, 200)
      },
    )
    .openapi(
      createRoute({
        method: 'put',
        path: '/v1/memory/{document}/sections/{section}',
        summary: 'Write a section: If-Match with the ETag that was read, or If-None-Match: * for a new one',
        request: { params, body: takes(Write) },
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
        const written = await writeSection(daybook, { ...where, text, by, precondition, via: 'api' })
        const { section: state, notes } = written
        c.header('ETag', etagOf(state.revision))
        const view = { ...sectionView(where.document, state), text: state.text, notes: [...notes] }
        if (written.opened) return c.json(view, 201)
        return c.json(view, 200)
      },
    )
}

/** What people may change beside texts: nothing is rewritten. */
function changeRoutes() {
  return newRoutes()
    .openapi(
      createRoute({
        method: 'post',
        path: '/v1/memory/{document}/sections/{section}/restore',
        summary: 'Bring a section back to what it was at a moment, by a new event',
        request: { params, body: takes(z.strictObject({ at: When })) },
        responses: answers('The event; null when it reads so already', Restored),
      }),
      async (c) => {
        const question = { ...c.req.valid('param'), ...c.req.valid('json') }
        const { daybook } = c.var
        const event = await restoreSection(daybook, { ...question, by: daybook.person, via: 'api' })
        return c.json({ ...c.req.valid('param'), event }, 200)
      },
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/v1/memory/{document}/sections/{section}/assign',
        summary: 'Give a section to an agent, or to "people"',
        request: { params, body: takes(z.strictObject({ to: z.string().min(1).max(110) })) },
        responses: answers('The event; null when it is so already', Assigned),
      }),
      async (c) => {
        const where = c.req.valid('param')
        const { to } = c.req.valid('json')
        const { project, person } = c.var.daybook
        const event = await assignSection(project, { ...where, to, by: person, via: 'api' })
        const { owner } = await sectionAt(project, where)
        return c.json({ ...where, owner, event }, 200)
      },
    )
}
