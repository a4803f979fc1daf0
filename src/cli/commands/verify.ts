import type { Command } from 'commander'
import pc from 'picocolors'
import { counted } from '../../kernel/counted.ts'
import { publicKeyIn } from '../../runtime/seals/seal-keys.ts'
import type { Verified } from '../../runtime/seals/verify-log.ts'
import { verifiedLog } from '../asks/trust.ts'
import { type CommandContext, commandLine, contextOf } from '../context.ts'
import { counting } from '../progress.ts'

interface VerifyCommandOptions {
  readonly key?: string[]
}

export function registerVerify(program: Command): void {
  program
    .command('verify')
    .description(
      'compare the whole log with its seals; exit code 3 and the first bad event when it was altered',
    )
    .option('--key <file...>', 'public keys that are believed, beside those kept with the seals')
    .action(async (options: VerifyCommandOptions, command: Command) => {
      process.exitCode = await verify(contextOf(command), options)
    })
}

async function verify(context: CommandContext, { key = [] }: VerifyCommandOptions): Promise<number> {
  const { output } = context
  const keys = new Map(key.map((path) => publicKeyIn(path)))
  const verified = await verifiedLog(context, { keys, onCount: counting('compared', output.say) })
  output.result(verified, () => told(context, verified))
  return verified.ok ? 0 : 3
}

function told(context: CommandContext, { ok, events, sealed, seals, outside, findings }: Verified): string {
  const reach = `${counted(events, 'event')}, the first ${sealed} of them sealed; ${counted(seals, 'seal')} in the log, ${outside} outside it`
  if (ok && sealed === 0)
    return `${pc.yellow('Nothing is sealed yet')}: ${reach}. Seal it with: ${commandLine(context, 'seal')}`
  if (ok) return `${pc.green('The log is as it was sealed')}: ${reach}.`
  const messages = findings.map(({ message }) => `  ${message}`)
  if (findings.every(({ kind }) => kind === 'key'))
    return [
      `${pc.yellow('A key is missing, so who sealed this log cannot be told')}: ${reach}.`,
      ...messages,
      '  The events fit these seals. But whoever changes a log can seal it anew with a key of their own: only the key of those who sealed it tells.',
    ].join('\n')
  return [`${pc.red('The log is not as it was sealed')}: ${reach}.`, ...messages].join('\n')
}
