import { Command, type CommanderError } from 'commander'
import { boundedEcho } from '../kernel/bounded-echo.ts'
import { DaybookError } from '../kernel/errors.ts'
import { speakPlainly } from '../kernel/plain-issues.ts'
import { withoutSecretWords } from '../runtime/secrets/find-secrets.ts'
import { commandRoutes } from './command-routes.ts'
import { commands } from './commands/index.ts'
import { type ServerPlace, serverPlace } from './context.ts'
import { type CommandResult, results } from './results.ts'
import { version } from './version.ts'

const afterHelp = `
Begin with
  daybook init                                     set up a project that has agents or a memory already
  daybook run "GOAL" --rehearse                    play a goal: no key, no cost, a log and memory of its own
  daybook handoffs show ID                         why that agent
  daybook memory show                              what the agents wrote

Exit codes: 0 ok, 1 failed, 2 wrong usage, 3 the check found something.
Results go to stdout, everything that is said about the work to stderr; every command has --json.
WHEN is a position (42), an ISO time, "2 hours ago", session:ID (its end) or event:ID.
A value that begins with a dash follows its option with "=", and comes after "--" where it is no option's.`

/** The whole command line. Every command adds itself; see `commands/`. */
export function program(): Command {
  speakPlainly()
  const daybook = new Command('daybook')
    .description(
      'Runs chains of AI agents over one shared memory, and keeps everything that happens as events.',
    )
    .version(version(), '-v, --version')
    .option(
      '--url <address>',
      'a server that answers instead of a log here (DAYBOOK_URL); DAYBOOK_API_KEY is the key that it is shown',
    )
    .option('--dir <folder>', 'where the embedded log lives (DAYBOOK_DIR, default .daybook)')
    .option('--store <url>', 'the log: sqlite:PATH, esdb://… (DAYBOOK_STORE)')
    .option('--agents <folder>', 'agent files (DAYBOOK_AGENTS, default .claude/agents or the shipped cast)')
    .option('--memory <folder>', 'rendered documents (DAYBOOK_MEMORY, default .superagent/memory)')
    .option('--projections <folder>', 'projections of your own (DAYBOOK_PROJECTIONS)')
    .option('--workspace <folder>', 'where tools may work (DAYBOOK_WORKSPACE, default .)')
    .option('--allow-bash', 'let agents whose files allow it run commands in the workspace')
    .option('--rehearsal', 'use the log and memory of rehearsals')
    .option('--json', 'print the result as JSON on stdout')
    .option('--no-color', 'no colours (NO_COLOR)')
    .addHelpText('after', afterHelp)
    .configureHelp({ showGlobalOptions: true })
    // What is wrong with the words of a command is said with them, and a key may be one.
    .configureOutput({ outputError: (text, write) => write(boundedEcho(withoutSecretWords(text))) })
    .showHelpAfterError('(add --help to see what there is)')
    .exitOverride(endWith)
    .hook('preAction', (_, command) => checkPlace(words(command), serverPlace(command.optsWithGlobals())))
  for (const register of commands) register(daybook)
  for (const command of allCommands(daybook)) {
    command.exitOverride(endWith)
    const result = results[words(command)]
    if (result !== undefined) command.addHelpText('after', () => resultText(result))
  }
  return daybook
}

/** What a command is called by, without `daybook`: `memory show`. */
export function words(command: Command): string {
  return command.parent === null ? '' : `${words(command.parent)} ${command.name()}`.trim()
}

/** What works on this machine alone is not done here when a server was meant. */
function checkPlace(name: string, server: ServerPlace | null): void {
  const known = commandRoutes[name]
  if (server === null || known === undefined || !('here' in known)) return
  if (known.asks === 'nothing' && server.named === 'by_environment') return
  const how = server.named === 'by_flag' ? 'leave --url out' : 'take DAYBOOK_URL out of the environment'
  throw new DaybookError(
    'usage',
    `"daybook ${name}" is for this machine alone: ${known.here}. To run it here, ${how}.`,
  )
}

function resultText({ json, found }: CommandResult): string {
  const exit = found === undefined ? '' : `\nExit code 3: ${found}.`
  return `\nResult with --json: ${json}${exit}`
}

export function allCommands(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...allCommands(child)])
}

/** Wrong usage ends with 2, help and version with 0. */
function endWith(error: CommanderError): never {
  if (error.code === 'commander.unknownOption')
    process.stderr.write('A text that begins with a dash comes after "--", or as --option=-text.\n')
  process.exit(error.exitCode === 0 ? 0 : 2)
}
