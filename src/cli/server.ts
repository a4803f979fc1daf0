import { InvalidArgumentError } from 'commander'
import { createApp } from '../api/app.ts'
import { DaybookError } from '../kernel/errors.ts'
import type { Daybook } from '../runtime/daybook.ts'
import { isLoopback, refuseOpenDoor } from '../runtime/loopback.ts'
import { checkListening, type Serving, serve } from '../runtime/serve.ts'
import type { Settings } from '../runtime/settings.ts'
import { hasLog } from './context.ts'
import { endAtNext } from './interrupt.ts'
import { hasKey } from './require-model.ts'
import type { ServerLog } from './server-log.ts'
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

/**
 * Rejects where a server could not begin at this place, before a log is opened or made for it: `usage` without a key
 * that lets others in, `unavailable` for an address or a port that cannot be had.
 */
export async function checkServerPlace({ host, port }: ServerOptions, settings: Settings): Promise<void> {
  const key = apiKey(() => undefined)
  // What keys a log has is seen when it is open.
  if (!isLoopback(host) && key === null && !hasLog(settings)) refuseOpenDoor(host, 'none')
  await checkListening({ host, port })
}

/** Serves an open Daybook, with a worker when there is a model or the stand-in for one. */
export function startServer(
  daybook: Daybook,
  { host, port }: ServerOptions,
  { say, onAnswer }: ServerLog,
): Promise<Serving> {
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
export async function serveUntilStopped(serving: Serving, { say }: ServerLog): Promise<void> {
  const stop = (signal: NodeJS.Signals) => {
    say(`${signal}: stopping after the running steps. Once more ends at once.`)
    endAtNext('SIGINT')
    endAtNext('SIGTERM')
    void serving.stop()
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  await serving.ended
  await serving.stop()
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
