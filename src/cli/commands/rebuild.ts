import type { Command } from 'commander'
import { counted } from '../../kernel/counted.ts'
import { shortPosition } from '../../kernel/event.ts'
import { type RebuildCheck, unreadableLog } from '../../runtime/rebuild.ts'
import { ask } from '../ask.ts'
import { rebuildCheck, rebuilding } from '../asks/trust.ts'
import { type CommandContext, commandLine, contextOf } from '../context.ts'

export function registerRebuild(program: Command): void {
  program
    .command('rebuild')
    .description('fold everything again from the log, and render the documents')
    .option('--check', 'only compare with what is live; exit code 3 on a difference')
    .action(async (options: { check?: boolean }, command: Command) => {
      const context = contextOf(command)
      if (options.check === true) await check(context)
      else await fold(context)
    })
}

async function fold(context: CommandContext): Promise<void> {
  const { output } = context
  output.say('folding the log …')
  const rebuilt = await ask(context, rebuilding, {})
  const { projections, documents, position } = rebuilt
  output.result(
    rebuilt,
    () =>
      `${counted(projections.length, 'projection')} and ${counted(documents.length, 'document')} are folded from the log, up to position ${shortPosition(position ?? '0')}.`,
  )
}

async function check(context: CommandContext): Promise<void> {
  const { output } = context
  output.say('folding the log afresh and comparing …')
  const checked = await ask(context, rebuildCheck, {})
  output.result(checked, () => told(context, checked))
  if (!checked.equal) process.exitCode = 3
}

function told(context: CommandContext, { equal, differences, position }: RebuildCheck): string {
  if (equal)
    return `Everything live equals what the log gives, up to position ${shortPosition(position ?? '0')}.`
  const lines = differences.map(
    ({ projection, key, firstDifference }) =>
      `${key === '' ? projection : `${projection} ${key}`}: ${firstDifference}`,
  )
  const isReadable = differences.every(({ projection }) => projection !== unreadableLog)
  const advice = isReadable
    ? `${commandLine(context, 'rebuild')}   folds and renders everything again`
    : `${commandLine(context, 'verify')}   says whether the log is as it was sealed`
  return [...lines, advice].join('\n')
}
