import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import pc from 'picocolors'
import { are, counted } from '../../kernel/counted.ts'
import { DaybookError } from '../../kernel/errors.ts'
import { verifyEvidence } from '../../runtime/evidence/verify-evidence.ts'
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
          ? `${pc.green('Nothing was altered')}: ${counted(verified.events, 'event')} of workflow ${verified.workflow}, signed with ${verified.keyId}. Ask who signed whether that is their key.`
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
      `Check it with: ${ownName()} evidence verify ${shellWord(folder)}`,
    ].join('\n'),
  )
}
