import type { Daybook } from '../runtime/daybook.ts'
import { type CommandContext, type OpenForCommand, withDaybook, withoutNewLog } from './context.ts'
import { type RunningServer, runningServer } from './running-server.ts'

/**
 * Something that a command asks or orders. `here` answers it from a log that is opened for it, `there` from a server
 * that runs elsewhere; both give the same answer in the same shape, so that nothing behind it knows which it was.
 */
export interface Ask<Given, Answer> {
  readonly open: OpenForCommand
  /** Without a log there is one in memory for the time of the question, and none is left behind. */
  readonly without?: 'memory'
  readonly here: (daybook: Daybook, given: Given) => Promise<Answer>
  readonly there: (server: RunningServer, given: Given) => Promise<Answer>
}

/** Asks the server of `--url`, or the log of this machine. */
export function ask<Given, Answer>(
  context: CommandContext,
  question: Ask<Given, Answer>,
  given: Given,
): Promise<Answer> {
  const server = serverOf(context)
  if (server !== null) return question.there(server, given)
  const place = question.without === 'memory' ? withoutNewLog(context) : context
  return withDaybook(place, question.open, (daybook) => question.here(daybook, given))
}

/** The server that `--url` names; null without one. */
export function serverOf({ url }: Pick<CommandContext, 'url'>): RunningServer | null {
  return url === null ? null : runningServer(url.address, process.env.DAYBOOK_API_KEY || null)
}
