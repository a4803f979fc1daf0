import type { Command } from 'commander'
import pc from 'picocolors'
import { restoreSection } from '../../runtime/memory/restore-section.ts'
import { previewUndo, type UndoPreview, undoSession } from '../../runtime/memory/undo-session.ts'
import { commandLine, contextOf, withDaybook } from '../context.ts'
import { oneLine } from '../progress.ts'

/** Adds to `memory` what people may change: restore and undo. Both append; nothing is rewritten. */
export function registerMemoryChange(memory: Command): void {
  memory
    .command('restore')
    .description('bring a section back to what it was at a moment, by a new event')
    .argument('<section>', 'its heading')
    .requiredOption('--at <when>', 'a position, a time, "2 hours ago", session:ID or event:ID')
    .option('--document <name>', 'the document, without .md', 'insights')
    .action(async (section: string, options: { at: string; document: string }, command: Command) => {
      const context = contextOf(command)
      await withDaybook(context, { log: 'existing', documents: 'sync' }, async (daybook) => {
        const about = { section, by: daybook.person, via: 'cli' } as const
        const event = await restoreSection(daybook, { ...options, ...about })
        context.output.result({ document: options.document, section, event }, () =>
          event === null
            ? `"${section}" reads so already.`
            : `"${section}" reads as it did at ${options.at} (event ${event}).`,
        )
      })
    })
  registerUndo(memory)
}

/** Adds `undo SESSION`, under `memory` and by itself. */
export function registerUndo(parent: Command): void {
  parent
    .command('undo')
    .description("take a session's lines out of the memory, after showing them; --yes does it")
    .argument('<session>')
    .option('--repeats', 'also lines of others that say the same')
    .option('--yes', 'do it')
    .action(async (session: string, options: { repeats?: boolean; yes?: boolean }, command: Command) => {
      const context = contextOf(command)
      const question = { session, lines: options.repeats === true ? 'repeats' : 'own' } as const
      await withDaybook(context, { log: 'existing', documents: 'sync' }, async (daybook) => {
        const done = options.yes === true
        const preview = done
          ? await undoSession(daybook, question, daybook.person)
          : await previewUndo(daybook, question)
        context.output.result({ ...preview, done }, () => told(preview, done))
        if (!done && preview.lines.length > 0)
          context.output.say(
            `Nothing is changed yet. Do it with: ${commandLine(context, `undo ${session}${options.repeats === true ? ' --repeats' : ''} --yes`)}`,
          )
      })
    })
}

function told({ lines, session }: UndoPreview, done: boolean): string {
  if (lines.length === 0) return `Nothing that session ${session} wrote stands any more.`
  const verb = done ? 'taken out' : 'would go'
  return [
    ...lines.map(
      ({ document, heading, text, repeat, owner }) =>
        `${pc.red('-')} ${document}.md "${heading ?? ''}" ${repeat ? pc.yellow(`(repeated by ${owner ?? 'people'}) `) : ''}${oneLine(text, 120)}`,
    ),
    `${lines.length} lines ${verb}.`,
  ].join('\n')
}
