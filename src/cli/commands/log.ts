import type { Command } from 'commander'
import pc from 'picocolors'
import { type RecordedEvent, shortPosition } from '../../kernel/event.ts'
import { nearest } from '../../kernel/nearest.ts'
import { events } from '../../runtime/catalogue.ts'
import { ask } from '../ask.ts'
import { lastEvents, loggedEvents } from '../asks/events.ts'
import { type CommandContext, commandLine, contextOf } from '../context.ts'
import { wholePositive } from '../numbers.ts'
import { oneLine } from '../progress.ts'
import { shellWord } from '../shell-word.ts'

interface LogOptions {
  readonly stream?: string
  readonly type?: string
  readonly workflow?: string
  readonly after?: string
  readonly limit?: number
  readonly follow?: boolean
}

const tailEvents = 10

export function registerLog(program: Command): void {
  const filters = (command: Command) =>
    command
      .option('--stream <prefix>', 'only streams that begin so, for example handoff-')
      .option('--type <prefix>', 'only event types that begin so')
      .option('--workflow <id>', 'only events of this workflow')
  filters(program.command('log').description('print the event log; with --json one event per line'))
    .option('--after <when>', 'begin after a position, time, session:ID or event:ID')
    .option('--limit <n>', 'at most so many events', wholePositive)
    .action(async (options: LogOptions, command: Command) => {
      await printLog(contextOf(command), options)
    })
  filters(program.command('tail').description('print the last events, and with -f what comes'))
    .option('-f, --follow', 'go on until interrupted')
    .option(
      '--limit <n>',
      `how many of the last events (default ${tailEvents}); of a server the newest that fit its page`,
      wholePositive,
    )
    .action(async (options: LogOptions, command: Command) => {
      await tail(contextOf(command), options)
    })
}

async function printLog(context: CommandContext, options: LogOptions): Promise<void> {
  const { stream, type, workflow, after, limit } = options
  const { onEvent, sayNone } = printing(context, type)
  const last = await ask(context, loggedEvents, { stream, type, workflow, after, limit, onEvent })
  sayNone()
  if (last === null) return
  const filters = Object.entries({ stream, type, workflow }).flatMap(([name, value]) =>
    value === undefined ? [] : [` --${name} ${shellWord(value)}`],
  )
  const next = `log --after ${shortPosition(last.position)}${filters.join('')}`
  context.output.say(`There may be more: ${commandLine(context, next)}`)
}

async function tail(context: CommandContext, options: LogOptions): Promise<void> {
  const { stream, type, workflow, limit: count = tailEvents } = options
  const stop = new AbortController()
  if (options.follow === true) {
    process.once('SIGINT', () => stop.abort())
    process.once('SIGTERM', () => stop.abort())
  }
  const { onEvent, sayNone } = printing(context, type)
  const follow = options.follow === true ? stop.signal : null
  if (follow !== null) sayNone()
  await ask(context, lastEvents, { stream, type, workflow, count, onEvent, follow })
  if (follow === null) sayNone()
}

/** An event of a type that Daybook does not know is printed as any other: what is said of a type is said only without one. */
function printing(context: CommandContext, type: string | undefined) {
  let printed = 0
  return {
    onEvent(event: RecordedEvent) {
      printed += 1
      print(context, event)
    },
    sayNone() {
      const known = [...events.keys()]
      if (printed > 0 || type === undefined || known.some((one) => one.startsWith(type))) return
      const meant = nearest(type, known)
      const hint = meant === null ? 'Types are named as in HandoffRouted.' : `Did you mean ${meant}?`
      context.output.say(
        `No event that Daybook knows has a type that begins with "${oneLine(type, 80)}". ${hint}`,
      )
    },
  }
}

function print(context: CommandContext, event: RecordedEvent): void {
  context.output.result(event, () => {
    const { position, stream, type, meta, data } = event
    const head = `${pc.dim(shortPosition(position).padStart(6))} ${pc.dim(meta.recordedAt)} ${pc.bold(type)} ${pc.cyan(stream)}`
    const rehearsal = meta.rehearsal === true ? pc.yellow(' rehearsal') : ''
    return `${head} ${pc.dim(`${meta.actor.kind}:${meta.actor.id}`)}${rehearsal}\n       ${oneLine(JSON.stringify(data), 160)}`
  })
}
