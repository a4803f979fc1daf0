import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, type CommanderError } from 'commander'
import { packageRoot } from '../runtime/settings.ts'
import { commands } from './commands/index.ts'

/** The whole command line. Every command adds itself; see `commands/`. */
export function program(): Command {
  const daybook = new Command('daybook')
    .description(
      'Runs chains of AI agents over one shared memory, and keeps everything that happens as events.',
    )
    .version(version(), '-v, --version')
    .option('--dir <folder>', 'where the embedded log lives (DAYBOOK_DIR, default .daybook)')
    .option('--store <url>', 'the log: sqlite:PATH, esdb://… (DAYBOOK_STORE)')
    .option('--agents <folder>', 'agent files (DAYBOOK_AGENTS, default .claude/agents or the shipped cast)')
    .option('--memory <folder>', 'rendered documents (DAYBOOK_MEMORY, default .superagent/memory)')
    .option('--projections <folder>', 'projections of your own (DAYBOOK_PROJECTIONS)')
    .option('--workspace <folder>', 'where tools may work (DAYBOOK_WORKSPACE, default .)')
    .option('--rehearsal', 'use the log and memory of rehearsals')
    .option('--json', 'print the result as JSON on stdout')
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(daybook --help lists the commands)')
    .exitOverride(endWith)
  for (const register of commands) register(daybook)
  for (const command of allCommands(daybook)) command.exitOverride(endWith)
  return daybook
}

function allCommands(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...allCommands(child)])
}

/** Wrong usage ends with 2, help and version with 0. */
function endWith(error: CommanderError): never {
  process.exit(error.exitCode === 0 ? 0 : 2)
}

function version(): string {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
    version: string
  }
  return version
}
