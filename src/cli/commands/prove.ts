import type { Command } from 'commander'
import pc from 'picocolors'
import { counted } from '../../kernel/counted.ts'
import type { Proof } from '../../runtime/proof/prove.ts'
import type { ProofDifference } from '../../runtime/proof/prove-session.ts'
import { ask } from '../ask.ts'
import { proof } from '../asks/trust.ts'
import { contextOf } from '../context.ts'

export function registerProve(program: Command): void {
  program
    .command('prove')
    .description('prove a workflow or session from the log alone, offline; exit code 3 when it is not intact')
    .argument('<id>', 'a workflow or a session')
    .action(async (id: string, _options: object, command: Command) => {
      const context = contextOf(command)
      context.output.say('putting every recorded request together again …')
      const found = await ask(context, proof, { id })
      context.output.result(found, () => told(found))
      if (!found.intact) process.exitCode = 3
    })
}

function told({ intact, sessions, calls, firstDifference, drift }: Proof): string {
  const lines = intact
    ? [
        `${pc.green('intact')}: ${counted(sessions, 'session')}, ${counted(calls, 'model call')}; every request matches its digest and every answer is as it was`,
      ]
    : [`${pc.red('not intact')}: ${firstDifference === null ? '' : placed(firstDifference)}`]
  if (intact)
    lines.push(
      drift === null
        ? 'no drift: today it would be asked and decided the same'
        : `${pc.yellow('drift')} (${drift.what}): ${drift.message}`,
    )
  return lines.join('\n')
}

/** Damage is of the log, and its message says where; all else is of an event of a session. */
function placed({ session, event, type, message }: ProofDifference): string {
  return type === 'damaged' ? message : `session ${session}, event ${event} (${type}): ${message}`
}
