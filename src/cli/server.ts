import { InvalidArgumentError } from 'commander'
import { createApp } from '../api/app.ts'
import type { Answered } from '../api/context.ts'
import { DaybookError } from '../kernel/errors.ts'
import type { Daybook } from '../runtime/daybook.ts'
import { isLoopback } from '../runtime/loopback.ts'
import { type Serving, serve } from '../runtime/serve.ts'
import type { Output } from './output.ts'
import { hasKey } from './require-model.ts'
import { version } from './version.ts'

export interface ServerOptions {
  readonly host: string
  readonly port: number
  /** How what happens is told on stderr; `json` tells of every answer, too. `text` when absent. */
  readonly log?: 'text' | 'json'
}

/** A port, 0 included: any that is free. */
export function portNumber(value: string): number {
  const port = Number(value)
  if (!/^\d{1,5}$/u.test(value) || port > 65_535)
    throw new InvalidArgumentError('expected a port from 0 to 65535; 0 takes any that is free')
  return port
}

export const defaultPlace = { host: '127.0.0.1', port: 8080 } as const

/** Serves an open Daybook, with a worker when there is a model or the stand-in for one. */
export function startServer(
  daybook: Daybook,
  { host, port, log = 'text' }: ServerOptions,
  output: Output,
): Promise<Serving> {
  const say = log === 'json' ? (message: string) => output.say(entry({ message })) : output.say
  const onAnswer =
    log === 'json'
      ? (answered: Answered) => output.say(entry({ message: 'answered', ...answered }))
      : undefined
  const key = apiKey(say)
  const { requestsPerMinute } = daybook.settings.config
  return serve(daybook, {
    host,
    port,
    key,
    work: daybook.settings.rehearsal || hasKey() ? 'runs' : 'waits',
    answer: (stopping) =>
      createApp({
        daybook,
        key,
        reach: isLoopback(host) ? 'machine' : 'network',
        ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
        stopping,
        version: version(),
        log: say,
        ...(onAnswer === undefined ? {} : { onAnswer }),
      }).fetch,
    say,
  })
}

/** Serves until SIGTERM or SIGINT (the second one ends at once), or until a fault. */
export async function serveUntilStopped(serving: Serving, output: Output): Promise<void> {
  const stop = (signal: NodeJS.Signals) => {
    output.say(`${signal}: stopping after the running steps. Once more ends at once.`)
    process.once('SIGINT', () => process.exit(130))
    process.once('SIGTERM', () => process.exit(143))
    void serving.stop()
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  await serving.ended
  await serving.stop()
}

/** One line of a structured log. A message that begins with a request's id gives it as `request`, too. */
function entry({
  message,
  ...about
}: {
  readonly message: string
  readonly [name: string]: unknown
}): string {
  const request = /^([0-9a-f-]{36}) /u.exec(message)?.[1]
  const known = request === undefined ? {} : { request }
  return JSON.stringify({ time: new Date().toISOString(), message, ...known, ...about })
}

function apiKey(say: (line: string) => void): string | null {
  const key = process.env.DAYBOOK_API_KEY ?? ''
  if (key === '') return null
  if (/\s/u.test(key))
    throw new DaybookError(
      'usage',
      'DAYBOOK_API_KEY must have no blanks: make one with openssl rand -hex 24.',
    )
  if (key.length < 16) say('DAYBOOK_API_KEY is short and may be guessed: make one with openssl rand -hex 24.')
  return key
}
