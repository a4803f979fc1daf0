import { type Command, InvalidArgumentError } from 'commander'
import pc from 'picocolors'
import type { BlamedLine } from '../../../projections/line-origins.ts'
import { DaybookError } from '../../kernel/errors.ts'
import { ask } from '../ask.ts'
import {
  blamedLines,
  memoryChanges,
  memoryDiff,
  memoryHits,
  memoryReaders,
  sectionReports,
  sessionInfluence,
} from '../asks/memory-past.ts'
import { contextOf } from '../context.ts'
import { oneLine } from '../progress.ts'

interface PlaceOptions {
  readonly document: string
  readonly section?: string
  readonly at?: string
}

/** Adds to `memory` what looks back: diff, log, blame, search, readers, influence, report. */
export function registerMemoryHistory(memory: Command): void {
  registerDiff(memory)
  registerLog(memory)
  registerBlame(memory)
  registerSearch(memory)
  registerInfluence(memory)
}

function place(command: Command): Command {
  return command
    .option('--document <name>', 'the document, without .md', 'insights')
    .option('--section <heading>', 'only this section')
}

function registerDiff(memory: Command): void {
  place(memory.command('diff'))
    .description('what changed between two moments')
    .argument(
      '<moments...>',
      'one or two of: a position, a time, "2 hours ago", session:ID, event:ID; the second is now when absent',
    )
    .action(async ([from, to, ...more]: string[], options: PlaceOptions, command: Command) => {
      if (from === undefined || more.length > 0)
        throw new DaybookError('usage', 'Give one moment or two: daybook memory diff FROM [TO]')
      const context = contextOf(command)
      const { document, section } = options
      const diff = await ask(context, memoryDiff, { document, section, from, to })
      context.output.result(diff, () => diff.unified || `${diff.document}.md is the same at both moments.`)
    })
}

function registerLog(memory: Command): void {
  place(memory.command('log'))
    .description('every change: who, when, how and why, in which session')
    .action(async (options: PlaceOptions, command: Command) => {
      const context = contextOf(command)
      const { document, section } = options
      const entries = await ask(context, memoryChanges, { document, section })
      context.output.result(entries, () =>
        entries
          .map(({ event, at, by, via, session, reason, sections }) => {
            const what = sections.map(({ heading, change }) => `${change} "${heading}"`).join(', ')
            const origin = [
              via,
              ...(session === null ? [] : [`session ${session}`]),
              ...(reason === null ? [] : [reason]),
            ].join(', ')
            return `${pc.dim(at)} ${pc.bold(by)} ${what} ${pc.dim(`(${origin}; event ${event})`)}`
          })
          .join('\n'),
      )
    })
}

function registerBlame(memory: Command): void {
  place(memory.command('blame'))
    .description('who wrote each line, when, in which session')
    .option('--at <when>', 'as of a moment')
    .action(async (options: PlaceOptions, command: Command) => {
      const context = contextOf(command)
      const { document, section, at } = options
      const lines = await ask(context, blamedLines, { document, section, at })
      context.output.result(lines, () => blameTold(lines))
    })
}

/** Lines of one event under one head: who, when, in which session. */
function blameTold(lines: readonly BlamedLine[]): string {
  const width = String(lines.at(-1)?.line ?? 0).length
  return lines
    .map(({ line, at, by, session, event, text }, index) => {
      const from = session === null ? '' : `  session ${session}`
      const head = `${pc.bold(by.id)}  ${at.slice(0, 19).replace('T', ' ')}${from}  ${pc.dim(`event ${event}`)}\n`
      const same = index > 0 && lines[index - 1]?.event === event
      return `${same ? '' : head}${pc.dim(String(line).padStart(width + 2))}  ${text.replace(/[\r\n]+$/u, '')}`
    })
    .join('\n')
}

function registerSearch(memory: Command): void {
  memory
    .command('search')
    .description('lines that hold every word, in the memory and in its past')
    .argument('<words...>')
    .option('--limit <n>', 'at most so many lines', count, 50)
    .action(async (words: string[], options: { limit: number }, command: Command) => {
      const context = contextOf(command)
      const hits = await ask(context, memoryHits, { words: words.join(' '), limit: options.limit })
      context.output.result(
        hits,
        () =>
          hits
            .map(
              ({ document, heading, text, at, by, standing }) =>
                `${standing ? pc.green('stands') : pc.dim('gone  ')} ${pc.dim(at)} ${by} ${document}.md "${heading}": ${oneLine(text, 120)}`,
            )
            .join('\n') || 'No line, now or then, holds all these words.',
      )
    })
  memory
    .command('report')
    .description(
      'size and staleness of every section: days and edits of others since its last, the oldest first',
    )
    .action(async (_options: object, command: Command) => {
      const context = contextOf(command)
      const sections = await ask(context, sectionReports, {})
      context.output.result(sections, () =>
        sections
          .map(
            ({ document, heading, owner, bytes, lines, ageDays, editsSince }) =>
              `${String(ageDays).padStart(4)} days ${String(editsSince).padStart(5)} edits ${String(lines).padStart(5)} lines ${String(bytes).padStart(7)} bytes  ${document}.md "${heading}" (${owner ?? 'people'})`,
          )
          .join('\n'),
      )
    })
}

function registerInfluence(memory: Command): void {
  memory
    .command('readers')
    .description('every session that was given a text')
    .argument('<text>')
    .action(async (text: string, _options: object, command: Command) => {
      const context = contextOf(command)
      const readers = await ask(context, memoryReaders, { text })
      context.output.result(
        readers,
        () =>
          readers
            .map(
              ({ session, agent, document, heading }) =>
                `${session} ${pc.bold(agent)} was given "${heading}" of ${document}.md`,
            )
            .join('\n') || 'No session was given this text.',
      )
    })
  memory
    .command('influence')
    .description('sections that were written by sessions which had been given what a session wrote')
    .argument('<session>')
    .action(async (session: string, _options: object, command: Command) => {
      const context = contextOf(command)
      const influence = await ask(context, sessionInfluence, { session })
      context.output.result(
        influence,
        () =>
          influence.sections
            .map(
              ({ agent, session: by, document, heading, repeats }) =>
                `${repeats ? pc.red('repeats it  ') : 'may have been'} ${repeats ? '' : 'influenced '}${pc.bold(agent)} ${document}.md "${heading}" ${pc.dim(`(session ${by})`)}`,
            )
            .join('\n') || 'No session that was given its lines wrote anything.',
      )
    })
}

function count(value: string): number {
  const number = Number(value)
  if (!Number.isInteger(number) || number < 1 || number > 10_000)
    throw new InvalidArgumentError('expected a whole number from 1 to 10000')
  return number
}
