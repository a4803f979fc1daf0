import type { Command } from 'commander'
import { are, counted } from '../../kernel/counted.ts'
import { ask } from '../ask.ts'
import { newSeal } from '../asks/trust.ts'
import { type CommandContext, contextOf } from '../context.ts'

export function registerSeal(program: Command): void {
  program
    .command('seal')
    .description(
      'seal the log now: sign a digest of everything in it; serve, worker and run do so by themselves',
    )
    .action((_options: object, command: Command) => seal(contextOf(command)))
}

async function seal(context: CommandContext): Promise<void> {
  const sealed = await ask(context, newSeal, {})
  const { seal: made, folder } = sealed
  context.output.result(sealed, () =>
    made === null
      ? 'Nothing came since the last seal.'
      : `${counted(made.size, 'event')} ${are(made.size)} sealed with ${made.keyId}; the seal is kept in ${folder}, too.`,
  )
}
