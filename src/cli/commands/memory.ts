import type { Command } from 'commander'
import { ask } from '../ask.ts'
import { allDocuments, shownMemory } from '../asks/memory.ts'
import { type CommandContext, contextOf } from '../context.ts'
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
      await show(contextOf(command), options)
    })
  memory
    .command('list')
    .description('list the documents with their sections and owners')
    .action(async (_options: object, command: Command) => {
      await list(contextOf(command))
    })
  registerMemoryOwners(memory)
  registerMemoryHistory(memory)
  registerMemoryChange(memory)
}

async function show(context: CommandContext, options: ShowOptions): Promise<void> {
  const { document, section, at } = options
  const { output } = context
  const found = await ask(context, shownMemory, { document, section, at })
  if (output.json) output.result(found, () => found.text)
  else output.raw(found.text)
}

async function list(context: CommandContext): Promise<void> {
  const documents = await ask(context, allDocuments, {})
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
