import type { Answered } from '../api/context.ts'
import type { Json } from '../kernel/event.ts'
import { Secrets } from '../runtime/secrets/secrets.ts'
import type { Output } from './output.ts'

/** Where a server tells what happens: on stderr, one line each. */
export interface ServerLog {
  readonly say: (message: string) => void
  /** Told of every answer; absent when nobody wants to know. */
  readonly onAnswer?: (answered: Answered) => void
}

/**
 * `json`: every line is one object, also for each answer. Secrets are taken out of both forms, whoever said them; the
 * lines keep their order.
 */
export function serverLog(output: Pick<Output, 'say'>, form: 'text' | 'json'): ServerLog {
  const secrets = new Secrets()
  let before: Promise<unknown> = Promise.resolve()
  const tell = <Said extends Json>(said: Said, line: (clean: Said) => string) => {
    const clean = secrets.json(said)
    before = Promise.all([clean, before]).then(([{ value }]) => output.say(line(value)))
  }
  if (form === 'text') return { say: (message) => tell(message, (clean) => clean) }
  const entry = (about: { readonly [name: string]: Json }) => tell(about, (clean) => JSON.stringify(clean))
  return {
    say: (message) => entry({ time: now(), message, ...requestIn(message) }),
    onAnswer: ({ caller, ...answered }) => entry({ time: now(), message: 'answered', ...answered, caller }),
  }
}

/** A message that begins with a request's id is about that request. */
function requestIn(message: string): { readonly request?: string } {
  const request = /^([0-9a-f-]{36}) /u.exec(message)?.[1]
  return request === undefined ? {} : { request }
}

function now(): string {
  return new Date().toISOString()
}
