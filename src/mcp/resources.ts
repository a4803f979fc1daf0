import {
  type McpServer,
  ProtocolError,
  ProtocolErrorCode,
  type ReadResourceResult,
  ResourceNotFoundError,
  ResourceTemplate,
  type Variables,
} from '@modelcontextprotocol/server'
import { DaybookError, rejectionIn } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import { kebab } from '../kernel/words.ts'
import { type Document, renderDocument } from '../memory/document.ts'
import { documentAt, sectionAt } from '../runtime/memory/document-at.ts'
import type { McpContext } from './context.ts'

const markdown = 'text/markdown'
const documents = 'daybook://memory/{document}'
const sections = 'daybook://memory/{document}/{section}'
const at = '?at={at}'

/** The address of a document. */
export function documentUri(document: string): string {
  return `daybook://memory/${encodeURIComponent(document)}`
}

/** The address of a section: its heading in kebab case. */
export function sectionUri(document: string, heading: string): string {
  return `${documentUri(document)}/${encodeURIComponent(kebab(heading))}`
}

/** Documents and sections by their exact text, now and as of any moment (`?at=WHEN`). */
export function addResources(server: McpServer, context: McpContext): void {
  const { project } = context.daybook
  const names = () => documentNames(context)
  const headings = (_: string, known?: { arguments?: Record<string, string> }) =>
    headingsOf(context, known?.arguments?.document)
  // First what has a moment: a name without one would take the moment for a part of itself.
  server.registerResource(
    'document-at',
    new ResourceTemplate(`${documents}${at}`, { list: undefined, complete: { document: names } }),
    { title: 'A document as of a moment', mimeType: markdown },
    (uri, variables) =>
      read(uri, async () =>
        renderDocument(await documentAt(project, one(variables, 'document'), one(variables, 'at'))),
      ),
  )
  server.registerResource(
    'section-at',
    new ResourceTemplate(`${sections}${at}`, {
      list: undefined,
      complete: { document: names, section: headings },
    }),
    { title: 'A section as of a moment', mimeType: markdown },
    (uri, variables) =>
      read(uri, async () => {
        const section = await sectionAt(project, { ...sectionIn(variables), at: one(variables, 'at') })
        return section.text
      }),
  )
  server.registerResource(
    'document',
    new ResourceTemplate(documents, {
      list: async () => ({ resources: (await standing(context)).map(documentEntry) }),
      complete: { document: names },
    }),
    { title: 'A document of the memory', mimeType: markdown },
    (uri, variables) =>
      read(uri, async () => renderDocument(await documentAt(project, one(variables, 'document')))),
  )
  server.registerResource(
    'section',
    new ResourceTemplate(sections, {
      list: async () => ({
        resources: (await standing(context)).flatMap(sectionEntries).slice(0, limits.mcpResourcesMax),
      }),
      complete: { document: names, section: headings },
    }),
    { title: 'A section of a document', mimeType: markdown },
    (uri, variables) => read(uri, async () => (await sectionAt(project, sectionIn(variables))).text),
  )
}

async function read(uri: URL, text: () => Promise<string>): Promise<ReadResourceResult> {
  try {
    return { contents: [{ uri: uri.href, mimeType: markdown, text: await text() }] }
  } catch (error) {
    if (!(error instanceof DaybookError)) throw error
    const { code, message } = rejectionIn(error)
    if (code === 'not_found') throw new ResourceNotFoundError(uri.href, message)
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, message, { code })
  }
}

async function standing({ daybook }: McpContext): Promise<readonly Document[]> {
  await daybook.project.view.refresh()
  return daybook.project.view.documents().slice(0, limits.mcpResourcesMax)
}

async function documentNames(context: McpContext): Promise<string[]> {
  return (await standing(context)).map(({ document }) => document)
}

async function headingsOf(context: McpContext, document: string | undefined): Promise<string[]> {
  const asked = (await standing(context)).filter((one) => document === undefined || one.document === document)
  return [...new Set(asked.flatMap(({ sections }) => sections.map(({ heading }) => kebab(heading))))]
}

function documentEntry({ document }: Document) {
  return { uri: documentUri(document), name: `${document}.md`, mimeType: markdown }
}

function sectionEntries({ document, sections }: Document) {
  return sections.map(({ heading, owner }) => ({
    uri: sectionUri(document, heading),
    name: `${document}.md: ${heading}`,
    description: `Owned by ${owner ?? 'people'}`,
    mimeType: markdown,
  }))
}

function sectionIn(variables: Variables) {
  return { document: one(variables, 'document'), section: one(variables, 'section') }
}

/** A variable of the address, decoded. */
function one(variables: Variables, name: string): string {
  const value = variables[name]
  const text = Array.isArray(value) ? value.join(',') : (value ?? '')
  try {
    return decodeURIComponent(text)
  } catch {
    throw new DaybookError('usage', `${name}: ${JSON.stringify(text)} has a broken percent sign.`)
  }
}
