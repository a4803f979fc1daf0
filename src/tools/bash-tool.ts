import { z } from 'zod'
import { limits } from '../kernel/limits.ts'
import { inputSchema, readInput } from './input.ts'
import { type Finding, failed, returned, type Tool, type ToolRun } from './port.ts'
import { answering } from './problem.ts'
import { type CommandEnd, runCommand } from './run-command.ts'

const BashInput = z.object({
  command: z.string().min(1).max(limits.bashCommandCharsMax).describe('The command, run in the workspace'),
  timeout: z
    .int()
    .min(1)
    .max(limits.bashMsMax)
    .optional()
    .describe(`Milliseconds; ${limits.bashMsDefault} when absent`),
  description: z.string().max(1_000).optional().describe('What it does, in a few words'),
})

export interface BashOptions {
  /** Absolute; where commands run. */
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** As `git diff:*`: the only commands that may run; null: any. */
  readonly allowed: readonly string[] | null
  /** Runs a command and finds out what it changed. */
  readonly watch: (
    run: ToolRun,
    work: () => Promise<CommandEnd>,
  ) => Promise<{ end: CommandEnd; findings: readonly Finding[]; said: readonly string[] }>
}

/** Commands in a shell. Unsafe: nobody can tell what a command did before it was cut off. */
export function bashTool({ cwd, env, allowed, watch }: BashOptions): Tool {
  const only = allowed === null ? '' : ` Only these commands: ${allowed.join(', ')}.`
  return {
    name: 'Bash',
    description: `Runs a command in bash, in the workspace, without input; each call in a new shell. Everything it starts ends with it.${only} Changes of the team memory by commands are taken for your own section only.`,
    inputSchema: inputSchema(BashInput),
    class: 'unsafe',
    async run(input, run) {
      const read = readInput(BashInput, input)
      if ('problem' in read) return failed(read.problem)
      const { command, timeout: timeoutMs = limits.bashMsDefault } = read.value
      if (allowed !== null && !isAllowed(command, allowed))
        return failed(
          `Only these commands are allowed, one at a time and without shell operators: ${allowed.join(', ')}.`,
        )
      const asked = { command, cwd, env, timeoutMs, signal: run.signal, mark: run.key }
      return answering(async () => {
        const { end, findings, said } = await watch(run, () => runCommand(asked))
        const output = [outputOf(end), ...said].filter((part) => part !== '').join('\n')
        return end.code === 0
          ? returned(output || 'The command gave no output.', findings)
          : failed([output, endOf(end, timeoutMs)].filter((part) => part !== '').join('\n'), findings)
      })
    },
  }
}

function outputOf({ output, bytesLeftOut }: CommandEnd): string {
  return bytesLeftOut === 0 ? output : `${output}\n(${bytesLeftOut} more bytes were not kept.)`
}

function endOf({ code, ended }: CommandEnd, timeoutMs: number): string {
  if (ended === 'timeout')
    return `The command was ended after ${timeoutMs} ms, with everything it had started.`
  return code === null ? 'The command was ended by a signal.' : `The command ended with code ${code}.`
}

/**
 * Whether a command is one of those that an agent's file allows: the very words, or for `git diff:*` these words
 * and anything after them. What a shell would do beside one plain command is never allowed.
 */
export function isAllowed(command: string, allowed: readonly string[]): boolean {
  const plain = command.trim()
  if (/[;&|<>`$(){}\\\n\r!#~]/u.test(plain)) return false
  return allowed.some((rule) => {
    if (!rule.endsWith(':*')) return plain === rule.trim()
    const prefix = rule.slice(0, -':*'.length).trim()
    return plain === prefix || plain.startsWith(`${prefix} `)
  })
}

/** Variables that a command may see; everything else, keys above all, stays with Daybook. */
const passedOn = /^(?:PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_[A-Z]+|TZ|TMPDIR)$/u

export function cleanEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const kept = Object.entries(env).flatMap(([name, value]) =>
    passedOn.test(name) && value !== undefined ? [[name, value] as const] : [],
  )
  return { ...Object.fromEntries(kept), TERM: 'dumb' }
}
