import type { Command } from 'commander'
import pc from 'picocolors'
import { type RecordedEvent, shortPosition } from '../../kernel/event.ts'
import type { Daybook } from '../../runtime/daybook.ts'
import { resolveWhen } from '../../runtime/when.ts'
import { type CommandContext, commandLine, contextOf, withDaybook } from '../context.ts'
import { wholePositive } from '../numbers.ts'
import { oneLine } from '../progress.ts'

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
      await withDaybook(contextOf(command), { mode: 'read' }, (daybook) =>
        printLog(contextOf(command), daybook, options),
      )
    })
  filters(program.command('tail').description('print the last events, and with -f what comes'))
    .option('-f, --follow', 'go on until interrupted')
    .option('--limit <n>', `how many of the last events (default ${tailEvents})`, wholePositive)
    .action(async (options: LogOptions, command: Command) => {
      await withDaybook(contextOf(command), { mode: 'read' }, (daybook) =>
        tail(contextOf(command), daybook, options),
      )
    })
}

async function printLog(context: CommandContext, { project }: Daybook, options: LogOptions): Promise<void> {
  const after = options.after === undefined ? null : await resolveWhen(project, options.after)
  const from = after === null ? ('start' as const) : { after }
  let printed = 0
  for await (const event of project.store.readAll({ from, ...filterOf(options) })) {
    if (!matches(event, options)) continue
    print(context, event)
    printed += 1
    if (printed === options.limit) {
      const next = `log --after ${shortPosition(event.position)}`
      context.output.say(`There may be more: ${commandLine(context, next)}`)
      break
    }
  }
}

async function tail(context: CommandContext, { project }: Daybook, options: LogOptions): Promise<void> {
  const count = options.limit ?? tailEvents
  let last: RecordedEvent[] = []
  for await (const event of project.store.readAll(filterOf(options))) {
    if (matches(event, options)) last.push(event)
    if (last.length >= 2 * count) last = last.slice(-count)
  }
  last = last.slice(-count)
  for (const event of last) print(context, event)
  if (options.follow !== true) return
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  process.once('SIGTERM', () => stop.abort())
  const after = last.at(-1)?.position ?? (await project.store.lastPosition())
  const from = after === null ? ('start' as const) : { after }
  for await (const item of project.store.subscribe({ from, ...filterOf(options), signal: stop.signal })) {
    if (item.kind === 'event' && matches(item.event, options)) print(context, item.event)
  }
}

function filterOf({ stream, type }: LogOptions) {
  if (stream !== undefined) return { filter: { streamPrefixes: [stream] } }
  return type === undefined ? {} : { filter: { typePrefixes: [type] } }
}

function matches(event: RecordedEvent, { type, workflow }: LogOptions): boolean {
  if (type !== undefined && !event.type.startsWith(type)) return false
  return workflow === undefined || event.meta.correlation?.startsWith(workflow) === true
}

function print(context: CommandContext, event: RecordedEvent): void {
  context.output.result(event, () => {
    const { position, stream, type, meta, data } = event
    const head = `${pc.dim(shortPosition(position).padStart(6))} ${pc.dim(meta.recordedAt)} ${pc.bold(type)} ${pc.cyan(stream)}`
    const rehearsal = meta.rehearsal === true ? pc.yellow(' rehearsal') : ''
    return `${head} ${pc.dim(`${meta.actor.kind}:${meta.actor.id}`)}${rehearsal}\n       ${oneLine(JSON.stringify(data), 160)}`
  })
}
