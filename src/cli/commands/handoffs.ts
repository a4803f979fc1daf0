import { type Command, InvalidArgumentError, Option } from 'commander'
import { handoffStatuses } from '../../handoffs/handoff.ts'
import { ask } from '../ask.ts'
import {
  cancelledHandoff,
  deadLetters,
  handoffsWanted,
  type OneHandoff,
  oneHandoff,
  redrivenHandoff,
  suppliedHandoff,
} from '../asks/handoffs.ts'
import { type CommandContext, commandLine, contextOf } from '../context.ts'
import { deadLetterLine, describeHandoff, handoffLine } from '../handoff-lines.ts'
import { registerHandoffWork } from './inbox.ts'

interface ListOptions {
  readonly workflow?: string
  readonly status?: (typeof handoffStatuses)[number]
}

export function registerHandoffs(program: Command): void {
  const handoffs = program.command('handoffs').description('list handoffs: who gave what to whom')
  handoffs
    .option('--workflow <id>', 'only those of one workflow')
    .addOption(new Option('--status <status>', 'only those in this status').choices(handoffStatuses))
    .action(async (options: ListOptions, command: Command) => {
      const context = contextOf(command)
      const { workflow, status } = options
      const chosen = await ask(context, handoffsWanted, { workflow, status })
      context.output.result(chosen, () => chosen.map(handoffLine).join('\n') || 'There are no handoffs.')
    })
  handoffs
    .command('show')
    .description('one handoff: its need, its history, and why that agent')
    .argument('<id>', 'its id, or the beginning of it')
    .action(async (id: string, _options: object, command: Command) => {
      const context = contextOf(command)
      const details = await ask(context, oneHandoff, { id })
      context.output.result(details, () => describeHandoff(details))
    })
  registerHandoffWork(handoffs)
  registerSupply(handoffs)
  registerDeadLetters(handoffs)
  registerRedrive(handoffs)
}

function registerDeadLetters(handoffs: Command): void {
  handoffs
    .command('dead-letters')
    .description('handoffs that were set aside, with the circle or the deaths that did it')
    .option('--workflow <id>', 'only those of one workflow')
    .action(async (_options: object, command: Command) => {
      const context = contextOf(command)
      // "handoffs" has the option, too, and takes it wherever it stands.
      const { workflow } = command.optsWithGlobals<{ workflow?: string }>()
      const all = await ask(context, deadLetters, { workflow })
      const redrive = (id: string) => commandLine(context, `handoffs redrive ${id} --to AGENT`)
      context.output.result(
        all,
        () =>
          all.map((one) => `${deadLetterLine(one)}\n  ${redrive(one.id)}`).join('\n') ||
          'Nothing is set aside.',
      )
    })
}

interface SupplyOptions {
  readonly provide: { requirement: string; value: string }[]
  readonly context?: string
  readonly force?: true
  readonly note?: string
}

function registerSupply(handoffs: Command): void {
  handoffs
    .command('supply')
    .description('fill in what the receiver of a returned handoff needs')
    .argument('<id>')
    .option('--provide <requirement=value...>', 'a requirement and what you give for it', provided, [])
    .option('--context <text>', 'what the receiver should know; replaces what was said before')
    .option('--force', 'let it go on without the rest; the receiver is told what is missing')
    .option('--note <text>', 'why')
    .action(async (id: string, options: SupplyOptions, command: Command) => {
      const { provide: provides, context: about, note } = options
      const force = options.force === true
      const context = contextOf(command)
      told(context, await ask(context, suppliedHandoff, { id, provides, context: about, force, note }))
    })
}

function registerRedrive(handoffs: Command): void {
  handoffs
    .command('redrive')
    .description('give a handoff that is set aside, over and not done, or lies with somebody, another try')
    .argument('<id>')
    .option('--to <agent>', 'the agent that shall take it, also one that has had it before')
    .option('--reason <text>', 'why', 'A person tries again.')
    .action(async (id: string, { to, reason }: { to?: string; reason: string }, command: Command) => {
      const context = contextOf(command)
      told(context, await ask(context, redrivenHandoff, { id, reason, to }))
    })
  handoffs
    .command('cancel')
    .description('end a handoff that nobody needs any more; whoever works on it finds its lease gone')
    .argument('<id>')
    .option('--reason <text>', 'why', 'A person said so.')
    .action(async (id: string, { reason }: { reason: string }, command: Command) => {
      const context = contextOf(command)
      told(context, await ask(context, cancelledHandoff, { id, reason }))
    })
}

function told(context: CommandContext, details: OneHandoff): void {
  const next = commandLine(context, 'run --resume')
  context.output.result(details, () => `${handoffLine(details)}\nGo on with: ${next}`)
}

function provided(
  value: string,
  before: { requirement: string; value: string }[],
): { requirement: string; value: string }[] {
  const at = value.indexOf('=')
  if (at < 1 || at === value.length - 1) throw new InvalidArgumentError('expected REQUIREMENT=VALUE')
  return [...before, { requirement: value.slice(0, at).trim(), value: value.slice(at + 1).trim() }]
}
