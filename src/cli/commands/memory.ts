import type { Command } from 'commander'
import { renderDocument } from '../../memory/document.ts'
import type { Daybook } from '../../runtime/daybook.ts'
import { documentAt, sectionOf } from '../../runtime/memory/document-at.ts'
import { type CommandContext, contextOf, withDaybook } from '../context.ts'
import { registerMemoryChange } from './memory-change.ts'
import { registerMemoryHistory } from './memory-history.ts'
import { registerMemoryOwners } from './memory-owners.ts'

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
  registerMemoryOwners(memory)
  registerMemoryHistory(memory)
  registerMemoryChange(memory)
}

async function show(
  { output }: CommandContext,
  { project }: Daybook,
  { document: name, section: heading, at }: ShowOptions,
): Promise<void> {
  const document = await documentAt(project, name, at)
  const section = heading === undefined ? null : sectionOf(document, heading)
  const text = section === null ? renderDocument(document) : section.text
  const found = section ?? { document: document.document, revision: document.revision, text }
  if (output.json) output.result(found, () => text)
  else output.raw(text)
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
