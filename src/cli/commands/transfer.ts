import { once } from 'node:events'
import { createReadStream, createWriteStream, existsSync, openSync, readSync, statSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import type { Readable, Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import type { Command } from 'commander'
import { are, counted } from '../../kernel/counted.ts'
import { DaybookError } from '../../kernel/errors.ts'
import { shortPosition } from '../../kernel/event.ts'
import { limits } from '../../kernel/limits.ts'
import { importLog } from '../../runtime/transfer.ts'
import { ask } from '../ask.ts'
import { exportedLog } from '../asks/events.ts'
import { type CommandContext, commandLine, contextOf, logFile, withDaybook } from '../context.ts'
import { linesOf } from '../lines.ts'
import { path } from '../paths.ts'
import { counting } from '../progress.ts'

export function registerTransfer(program: Command): void {
  program
    .command('export')
    .description('write the whole log, one event a line as JSON')
    .argument('<file>', 'where to; - is stdout', path)
    .option('--replace', 'write over an export that stands there')
    .action((file: string, options: { replace?: true }, command: Command) =>
      exportTo(contextOf(command), { file, replace: options.replace === true ? 'export' : 'refuse' }),
    )
  program
    .command('import')
    .description('read an export into an empty log; one that was broken off goes on')
    .argument('<file>', 'where from; - is stdin', path)
    .action((file: string, _options: object, command: Command) => importFrom(contextOf(command), file))
}

interface Exporting {
  readonly file: string
  /** Whether another export may go for this one. */
  readonly replace: 'export' | 'refuse'
}

async function exportTo(context: CommandContext, { file, replace }: Exporting): Promise<void> {
  const { output } = context
  const onCount = counting('exported', output.say)
  if (file === '-') {
    const write = (line: string) => writeTo(process.stdout, line)
    const { events } = await ask(context, exportedLog, { write, onCount })
    output.say(`${counted(events, 'event')} ${are(events)} exported.`)
    return
  }
  checkReplaceable(file, replace)
  const part = `${file}.part`
  const stream = createWriteStream(part)
  const ended = finished(stream)
  ended.catch(() => undefined)
  try {
    const write = (line: string) => writeTo(stream, line)
    const result = await ask(context, exportedLog, { write, onCount })
    stream.end()
    await ended
    await rename(part, file)
    output.result(
      { file, ...result },
      () => `${counted(result.events, 'event')} ${are(result.events)} exported to ${file}.`,
    )
  } catch (error) {
    stream.destroy()
    await rm(part, { force: true })
    throw error
  }
}

async function importFrom(context: CommandContext, file: string): Promise<void> {
  const { output } = context
  const source = file === '-' ? process.stdin : readable(file)
  await withDaybook(context, { log: 'make' }, async ({ project }) => {
    const embedded = logFile(context.settings.store) !== null
    const result = await importLog(project.store, linesOf(source), {
      onCount: counting('read', output.say),
      appendsAtOnce: embedded ? limits.groupCommitAppendsMax : 1,
    })
    output.result({ file, ...result }, () =>
      [
        `${counted(result.imported, 'event')} ${are(result.imported)} imported${result.already > 0 ? `, ${result.already} there already` : ''}; the log ends at position ${shortPosition(result.position ?? '0')}.`,
        `Write its memory to disk with: ${commandLine(context, 'rebuild')}`,
      ].join('\n'),
    )
  })
}

/** Waits when the reader is slower; fails with what the disk says. */
async function writeTo(stream: Writable, line: string): Promise<void> {
  if (stream.errored) throw stream.errored
  if (!stream.write(line)) await once(stream, 'drain')
}

function readable(file: string): Readable {
  if (!existsSync(file))
    throw new DaybookError(
      'not_found',
      `${file}: there is no such file. Make one with "daybook export FILE".`,
    )
  return createReadStream(file)
}

/** An export may replace an export, and nothing else: a slip of the pen must not cost a file. */
function checkReplaceable(file: string, replace: Exporting['replace']): void {
  const found = statSync(file, { throwIfNoEntry: false })
  if (found === undefined || (found.isFile() && found.size === 0)) return
  const isExport = found.isFile() && beginsWith(file, '{"')
  if (isExport && replace === 'export') return
  if (isExport)
    throw new DaybookError(
      'usage',
      `${file} is there already: name another file, or add --replace to write over it.`,
    )
  throw new DaybookError('usage', `${file} is there and is no export. Name another file, or remove it first.`)
}

function beginsWith(file: string, text: string): boolean {
  const bytes = Buffer.alloc(text.length)
  readSync(openSync(file, 'r'), bytes)
  return bytes.toString('latin1') === text
}
