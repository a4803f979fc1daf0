import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import pc from 'picocolors'
import { are, counted } from '../../kernel/counted.ts'
import { DaybookError } from '../../kernel/errors.ts'
import { type VerifiedEvidence, verifyEvidence } from '../../runtime/evidence/verify-evidence.ts'
import { ask } from '../ask.ts'
import { exportedEvidence } from '../asks/trust.ts'
import { type CommandContext, contextOf } from '../context.ts'
import { ownName } from '../own-name.ts'
import { path } from '../paths.ts'
import { shellWord } from '../shell-word.ts'

export function registerEvidence(program: Command): void {
  const evidence = program.command('evidence').description('prove to others what the log says')
  evidence
    .command('export')
    .description('make a folder with what the log says about a workflow, and the proof')
    .argument('<workflow>')
    .argument('<folder>', 'a new one', path)
    .action((...given: [workflow: string, folder: string, options: object, command: Command]) => {
      const [workflow, folder, , command] = given
      return exportTo(contextOf(command), workflow, resolve(folder))
    })
  evidence
    .command('verify')
    .description('check such a folder by itself, without a log; exit code 3 when something is wrong')
    .argument('<folder>', 'made by "evidence export"', path)
    .action(async (folder: string, _options: object, command: Command) => {
      const { output } = contextOf(command)
      checkFolder(folder)
      const verified = await verifyEvidence(resolve(folder))
      output.result(verified, () =>
        verified.ok
          ? shown(verified)
          : `${pc.red('This is no evidence')}: ${verified.line === null ? '' : `line ${verified.line}: `}${verified.problem}`,
      )
      if (!verified.ok) process.exitCode = 3
    })
}

/** Nothing was altered where nothing is. */
function checkFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return
  throw new DaybookError('usage', `${folder}: there is no such folder. "daybook evidence export" makes one.`)
}

async function exportTo(context: CommandContext, named: string, folder: string): Promise<void> {
  const exported = await ask(context, exportedEvidence, { workflow: named, folder })
  context.output.result(exported, () =>
    [
      `${counted(exported.events, 'event')} of workflow ${exported.workflow} ${are(exported.events)} in ${folder}, each with its proof.`,
      ...(exported.complete
        ? []
        : [
            `${pc.yellow('Not signed')}: that they are all events of the workflow. The private key ${exported.keyId} is not where they were exported; export them where it is.`,
          ]),
      `Check it with: ${ownName()} evidence verify ${shellWord(folder)}`,
    ].join('\n'),
  )
}

/** What was shown, and no more than that. */
function shown({ events, workflow, keyId, complete, open, absent }: VerifiedEvidence): string {
  const unaltered = `${pc.green('Nothing was altered')}: ${events === 1 ? 'this event' : `these ${counted(events, 'event')}`} of workflow ${workflow} stood in the sealed log, word for word.`
  const all = complete
    ? `${pc.green('Nothing was left out')}: they are all events of the workflow up to the seal, as who sealed the log signed.`
    : `${pc.yellow('Whether some were left out is not shown')}: nobody signed that these are all events of the workflow.`
  return [
    unaltered,
    all,
    ...(open.length === 0 ? [] : [`Without an end ${complete ? 'then' : 'here'}: ${listed(open)}`]),
    ...(absent.length === 0
      ? []
      : [
          `Named, and not here${complete ? ' (not begun then, or of another workflow)' : ''}: ${listed(absent)}`,
        ]),
    `Seal${complete ? ' and manifest are' : ' is'} signed with ${keyId}. Ask who signed whether that is their key.`,
  ].join('\n')
}

function listed(streams: readonly string[]): string {
  const first = streams.slice(0, 10).join(', ')
  return streams.length > 10 ? `${first} and ${streams.length - 10} more` : first
}
