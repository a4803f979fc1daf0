import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command, Option } from 'commander'
import { commandRoutes } from '../src/cli/command-routes.ts'
import { allCommands, program, words } from '../src/cli/program.ts'
import { results } from '../src/cli/results.ts'

/** Writes docs/cli.md from the program itself: `node scripts/cli-reference.ts`. */

export const referencePath = join(import.meta.dirname, '../docs/cli.md')

const opening = `# The command line

\`daybook <command>\` where the package is installed, in the repository \`npm run --silent daybook -- <command>\`. This
page is made from the program by \`node scripts/cli-reference.ts\`; \`--help\` says the same.

Results go to stdout, everything that is said about the work to stderr. Exit codes: 0 ok, 1 failed, 2 wrong usage,
3 the check found something. An agent that an option names and nobody has is wrong usage; what a command is about and
is not there is 1. With \`--json\` a result is one line of JSON, a list of events one line an event.

WHEN is a position (\`42\`), an ISO time (\`2026-03-01T09:00:00Z\`), a relative time (\`"2 hours ago"\`), \`session:ID\`
(its end) or \`event:ID\`. An id may be cut to its first four characters or more, where no other begins so. A text that begins with a dash
comes after \`--\`, or as \`--option=-text\`.

A rehearsal keeps its own log and memory in \`.daybook/rehearsal\`: \`run --rehearse\` writes there, \`--rehearsal\` makes
any other command look there. Flags go before the environment, that before \`daybook.config.json\`, that before the
defaults.

With \`--url ADDRESS\` (or DAYBOOK_URL) a command asks a server instead of a log of this machine, and says the same; the key
that it is shown is in DAYBOOK_API_KEY. Commands that work on this machine alone say so and end with 2.`

/** The page. Throws for a command that `results` does not know, and for a result without a command. */
export function reference(): string {
  const root = program()
  const runnable = allCommands(root).filter((command) => isRunnable(command))
  checkResults(runnable.map(words))
  return `${[opening, '', '## Everywhere', '', optionTable(root.options), ...runnable.flatMap(section)].join('\n')}\n`
}

/** Groups without a result of their own only hold others together. */
function isRunnable(command: Command): boolean {
  return command.commands.length === 0 || Object.hasOwn(results, words(command))
}

function checkResults(names: readonly string[]): void {
  const missing = names.filter((name) => !Object.hasOwn(results, name))
  const stray = Object.keys(results).filter((name) => !names.includes(name))
  if (missing.length + stray.length === 0) return
  throw new Error(
    `src/cli/results.ts: no entry for ${missing.join(', ') || 'none'}; no command for ${stray.join(', ') || 'none'}. Every command has one entry.`,
  )
}

function section(command: Command): string[] {
  const name = words(command)
  const { json, found } = results[name]!
  const named = command.registeredArguments.map((argument) => {
    const word = argument.name() + (argument.variadic ? '...' : '')
    return argument.required ? ` <${word}>` : ` [${word}]`
  })
  return [
    '',
    `## ${name}`,
    '',
    `\`daybook ${name}${named.join('')}${command.options.length > 0 ? ' [options]' : ''}\``,
    '',
    sentence(command.description()),
    ...(command.options.length > 0 ? ['', optionTable(command.options)] : []),
    '',
    `\`--json\`: ${code(json)}`,
    ...(found === undefined ? [] : ['', `Exit code 3: ${found}.`]),
    '',
    overUrl(name),
  ]
}

/** Where it gets its answer with `--url`. */
function overUrl(name: string): string {
  const known = commandRoutes[name]!
  if ('here' in known) return `On this machine alone: ${known.here}.`
  return `With \`--url\`: ${known.routes.map((route) => `\`${route}\``).join(', ')}.`
}

function optionTable(options: readonly Option[]): string {
  const rows = options.map((option) => {
    const given = option.defaultValue
    const byDefault =
      given === undefined || given === true || (Array.isArray(given) && given.length === 0)
        ? ''
        : ` (default: ${String(given)})`
    const required = option.mandatory ? ' (required)' : ''
    return `| \`${option.flags}\` | ${cell(option.description + byDefault + required)} |`
  })
  return ['| option | what it does |', '|---|---|', ...rows].join('\n')
}

function sentence(text: string): string {
  const first = text.slice(0, 1).toUpperCase() + text.slice(1)
  return /[.!?]$/u.test(first) ? first : `${first}.`
}

/** Shapes, from their first bracket to its partner, are set as code; the words around them are not. */
function code(shape: string): string {
  let depth = 0
  let text = ''
  for (const letter of shape) {
    if ('[{'.includes(letter) && depth++ === 0) text += '`'
    text += letter
    if (']}'.includes(letter) && --depth === 0) text += '`'
  }
  return text
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

if (import.meta.main) await writeFile(referencePath, reference())
