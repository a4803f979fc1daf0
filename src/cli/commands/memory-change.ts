import type { Command } from 'commander'
import pc from 'picocolors'
import { counted } from '../../kernel/counted.ts'
import type { UndoPreview } from '../../runtime/memory/undo-session.ts'
import { ask } from '../ask.ts'
import { restoredSection, undoneSession } from '../asks/memory.ts'
import { commandLine, contextOf } from '../context.ts'
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
      const { at, document } = options
      const restored = await ask(context, restoredSection, { document, section, at })
      context.output.result(restored, () =>
        restored.event === null
          ? `"${section}" reads so already.`
          : `"${section}" reads as it did at ${at} (event ${restored.event}).`,
      )
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
      const repeats = options.repeats === true
      const undone = await ask(context, undoneSession, { session, repeats, yes: options.yes === true })
      context.output.result(undone, () => told(undone))
      if (!undone.done && undone.lines.length > 0)
        context.output.say(
          `Nothing is changed yet. Do it with: ${commandLine(context, `undo ${session}${repeats ? ' --repeats' : ''} --yes`)}`,
        )
    })
}

function told({ lines, session, done }: UndoPreview & { readonly done: boolean }): string {
  if (lines.length === 0) return `Nothing that session ${session} wrote stands any more.`
  const verb = done ? 'taken out' : 'would go'
  return [
    ...lines.map(
      ({ document, heading, text, repeat, owner }) =>
        `${pc.red('-')} ${document}.md "${heading ?? ''}" ${repeat ? pc.yellow(`(repeated by ${owner ?? 'people'}) `) : ''}${oneLine(text, 120)}`,
    ),
    `${counted(lines.length, 'line')} ${verb}.`,
  ].join('\n')
}
