import type { Command } from 'commander'
import { DaybookError } from '../../kernel/errors.ts'
import { type Document, findSection, renderDocument } from '../../memory/document.ts'
import type { Daybook } from '../../runtime/daybook.ts'
import { viewAt } from '../../runtime/log-view.ts'
import { resolveWhen } from '../../runtime/when.ts'
import { type CommandContext, contextOf, withDaybook } from '../context.ts'
import { registerMemoryChange } from './memory-change.ts'
import { registerMemoryHistory } from './memory-history.ts'

interface ShowOptions {
  readonly document: string
  readonly section?: string
  readonly at?: string
}

export function registerMemory(program: Command): void {
  const memory = program.command('memory').description('the shared memory, now and at any moment')
  memory
    .command('show')
    .description("print a document's exact bytes, or one section of it")
    .option('--document <name>', 'the document, without .md', 'insights')
    .option('--section <heading>', 'only this section')
    .option('--at <when>', 'as of a position, a time, "2 hours ago", session:ID or event:ID')
    .action(async (options: ShowOptions, command: Command) => {
      await withDaybook(contextOf(command), { mode: 'read' }, (daybook) =>
        show(contextOf(command), daybook, options),
      )
    })
  memory
    .command('list')
    .description('list the documents with their sections and owners')
    .action(async (_options: object, command: Command) => {
      await withDaybook(contextOf(command), { mode: 'read' }, (daybook) => list(contextOf(command), daybook))
    })
  registerMemoryHistory(memory)
  registerMemoryChange(memory)
}

async function show(context: CommandContext, daybook: Daybook, options: ShowOptions): Promise<void> {
  const document = await documentAt(daybook, options)
  if (options.section === undefined) {
    const text = renderDocument(document)
    if (context.output.json)
      context.output.result({ document: document.document, revision: document.revision, text }, () => text)
    else context.output.raw(text)
    return
  }
  const section = findSection(document, options.section)
  if (section === undefined) {
    const known = document.sections.map(({ heading }) => `"${heading}"`).join(', ') || 'none'
    throw new DaybookError(
      'not_found',
      `${document.document}.md has no section "${options.section}". Its sections: ${known}.`,
    )
  }
  if (context.output.json) context.output.result(section, () => section.text)
  else context.output.raw(section.text)
}

async function documentAt({ project }: Daybook, { document: name, at }: ShowOptions): Promise<Document> {
  const until = at === undefined ? undefined : await resolveWhen(project.store, project.clock, at)
  if (until === undefined) await project.view.refresh()
  const view = until === undefined ? project.view : until === null ? null : await viewAt(project.store, until)
  const document = view?.document(name)
  if (document !== undefined && document !== null) return document
  const known =
    view
      ?.documents()
      .map((one) => one.document)
      .join(', ') || 'none'
  const then = at === undefined ? '' : ` at ${at}`
  throw new DaybookError('not_found', `There is no document "${name}"${then}. Documents: ${known}.`)
}

async function list(context: CommandContext, { project }: Daybook): Promise<void> {
  await project.view.refresh()
  const documents = project.view.documents().map(({ document, sections }) => ({
    document,
    sections: sections.map(({ section, heading, owner, by, at }) => ({ section, heading, owner, by, at })),
  }))
  context.output.result(documents, () =>
    documents
      .map(({ document, sections }) =>
        [
          `${document}.md`,
          ...sections.map(({ heading, owner }) => `  ${heading}  (${owner ?? 'people'})`),
        ].join('\n'),
      )
      .join('\n'),
  )
}
