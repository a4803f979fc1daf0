import { boundedEcho } from '../kernel/bounded-echo.ts'
import { DaybookError, rejectionIn } from '../kernel/errors.ts'
import { Secrets } from '../runtime/secrets/secrets.ts'

/** 0 ok, 1 failed, 2 wrong usage, 3 the check found something. */
export type ExitCode = 0 | 1 | 2 | 3

/** Results go to stdout, everything that is said about the work to stderr. */
export interface Output {
  readonly json: boolean
  /** A result for programs, as one line of JSON; `human` prints it for people instead. */
  result(value: unknown, human: () => string): void
  /** Progress and messages. */
  say(line: string): void
  /** Bytes exactly as they are. */
  raw(text: string): void
}

export function output(options: { json?: boolean | undefined }): Output {
  const json = options.json === true
  return {
    json,
    result(value, human) {
      const text = json ? JSON.stringify(value) : human()
      process.stdout.write(text.endsWith('\n') || text === '' ? text : `${text}\n`)
    },
    say(line) {
      process.stderr.write(`${line}\n`)
    },
    raw(text) {
      process.stdout.write(text)
    },
  }
}

/** Says what went wrong and what to do, without a secret that it may quote; gives the exit code. */
export async function report(error: unknown): Promise<ExitCode> {
  const { value } = await new Secrets().text(wordsOf(error))
  process.stderr.write(`daybook: ${value}\n`)
  return exitCodeOf(error)
}

export function exitCodeOf(error: unknown): ExitCode {
  return error instanceof DaybookError && wrongUsage.has(rejectionIn(error).code) ? 2 : 1
}

/** What went wrong and what to do; it may quote a secret. */
export function wordsOf(error: unknown): string {
  return error instanceof DaybookError ? boundedEcho(error.message) : unexpected(error)
}

/** Refusals that no log in any state would not have given: another command line is needed. */
const wrongUsage: ReadonlySet<string> = new Set(['usage', 'unknown_agent', 'agent_and_role', 'expired'])

/** What the system says names its file and needs no stack; anything else is a fault of ours and needs one. */
function unexpected(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { errno } = error as NodeJS.ErrnoException
  return errno === undefined ? (error.stack ?? error.message) : error.message
}
