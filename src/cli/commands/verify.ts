import type { KeyObject } from 'node:crypto'
import type { Command } from 'commander'
import pc from 'picocolors'
import { DaybookError } from '../../kernel/errors.ts'
import { systemClock } from '../../runtime/daybook.ts'
import { openStore } from '../../runtime/open-store.ts'
import { publicKeyIn } from '../../runtime/seals/seal-keys.ts'
import { type Verified, verifyLog } from '../../runtime/seals/verify-log.ts'
import { type CommandContext, contextOf, requireLog } from '../context.ts'
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
  const { settings, output } = context
  requireLog(settings)
  const verified = await verifiedLog(context, new Map(key.map((path) => publicKeyIn(path))))
  output.result(verified, () => told(verified))
  return verified.ok ? 0 : 3
}

/** A log that is so damaged that it cannot be opened is found to be so. */
async function verifiedLog(
  { settings, output }: CommandContext,
  keys: ReadonlyMap<string, KeyObject>,
): Promise<Verified> {
  try {
    const store = await openStore(settings.store, { clock: systemClock, mode: 'inspect' })
    try {
      const onCount = counting('compared', output.say)
      return await verifyLog(store, { folder: settings.seals, keys, onCount })
    } finally {
      await store.close()
    }
  } catch (error) {
    if (!(error instanceof DaybookError) || error.code !== 'damaged') throw error
    const finding = { kind: 'damaged' as const, position: null, event: null, message: error.message }
    return { ok: false, events: 0, sealed: 0, seals: 0, outside: 0, firstBad: finding, findings: [finding] }
  }
}

function told({ ok, events, sealed, seals, outside, findings }: Verified): string {
  const reach = `${events} events, the first ${sealed} of them sealed; ${seals} seals in the log, ${outside} outside it`
  if (ok && sealed === 0) return `${pc.yellow('Nothing is sealed yet')}: ${reach}. Seal it with: daybook seal`
  if (ok) return `${pc.green('The log is as it was sealed')}: ${reach}.`
  return [
    `${pc.red('The log is not as it was sealed')}: ${reach}.`,
    ...findings.map(({ message }) => `  ${message}`),
  ].join('\n')
}
