import { resolve } from 'node:path'
import type { Command } from 'commander'
import { DaybookError } from '../../kernel/errors.ts'
import { backUp, type Places, restoreBackup } from '../../runtime/backup.ts'
import { type CommandContext, commandLine, contextOf, logFile, requireLog } from '../context.ts'
import { path } from '../paths.ts'
import { shellWord } from '../shell-word.ts'

export function registerBackup(program: Command): void {
  program
    .command('backup')
    .description('copy the log, while it is in use, with its seals into a new folder')
    .argument('<folder>', 'a folder', path)
    .action((folder: string, _options: object, command: Command) =>
      backup(contextOf(command), resolve(folder)),
    )
  program
    .command('restore')
    .description('put a backup in its place; refused while another process has the log open')
    .argument('<folder>', 'a folder', path)
    .option('--replace', 'move what stands there aside')
    .action((folder: string, options: { replace?: boolean }, command: Command) =>
      restore(contextOf(command), {
        folder: resolve(folder),
        replace: options.replace === true ? 'aside' : 'refuse',
      }),
    )
}

async function backup(context: CommandContext, folder: string): Promise<void> {
  const { output, settings } = context
  requireLog(settings)
  let saidMs = performance.now()
  const backedUp = await backUp(placesOf(context), {
    folder,
    at: new Date().toISOString(),
    onProgress: (share) => {
      if (performance.now() < saidMs + 1_000) return
      saidMs = performance.now()
      output.say(`${Math.round(share * 100)} % copied …`)
    },
  })
  output.result(
    backedUp,
    () =>
      `${backedUp.bytes} bytes are in ${folder}. Put them back with: ${commandLine(context, `restore ${shellWord(folder)}`)}`,
  )
}

async function restore(
  context: CommandContext,
  { folder, replace }: { folder: string; replace: 'aside' | 'refuse' },
): Promise<void> {
  const { output } = context
  const suffix = `before-restore-${new Date().toISOString().replaceAll(':', '-')}`
  const restored = await restoreBackup(placesOf(context), { folder, replace, suffix })
  output.result(restored, () =>
    [
      `${restored.log} is as it was at ${restored.at}.`,
      ...restored.aside.map((path) => `What stood there is ${path}.`),
      `Write its memory to disk with: ${commandLine(context, 'rebuild')}`,
    ].join('\n'),
  )
}

function placesOf({ settings }: CommandContext): Places {
  const log = logFile(settings.store)
  if (log !== null) return { log, seals: settings.seals }
  throw new DaybookError(
    'usage',
    'A backup is of an embedded log. The server of this one has its own; "daybook export FILE" copies the events.',
  )
}
