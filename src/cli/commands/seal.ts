import type { Command } from 'commander'
import { Sealer } from '../../runtime/seals/sealer.ts'
import { type CommandContext, contextOf, withDaybook } from '../context.ts'

export function registerSeal(program: Command): void {
  program
    .command('seal')
    .description(
      'seal the log now: sign a digest of everything in it; serve, worker and run do so by themselves',
    )
    .action((_options: object, command: Command) => seal(contextOf(command)))
}

async function seal(context: CommandContext): Promise<void> {
  const { settings, output } = context
  await withDaybook(context, { log: 'existing' }, async ({ project }) => {
    const { store, ids, worker } = project
    const line = await new Sealer({ store, folder: settings.seals, ids, worker }).seal()
    output.result({ seal: line?.seal ?? null, event: line?.event ?? null, folder: settings.seals }, () =>
      line === null
        ? 'Nothing came since the last seal.'
        : `${line.seal.size} events are sealed with ${line.seal.keyId}; the seal is kept in ${settings.seals}, too.`,
    )
  })
}
