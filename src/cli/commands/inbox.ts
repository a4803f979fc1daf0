import { createReadStream } from 'node:fs'
import type { Command } from 'commander'
import { DaybookError } from '../../kernel/errors.ts'
import { limits } from '../../kernel/limits.ts'
import type { Completed } from '../../runtime/inbox/complete-work.ts'
import { ask } from '../ask.ts'
import { acceptedHandoff, completedHandoff, declinedHandoff, inboxOf, renewedHandoff } from '../asks/inbox.ts'
import { commandLine, contextOf } from '../context.ts'
import { inboxLine } from '../handoff-lines.ts'
import { boundedText } from '../lines.ts'
import { minutesHeld, wholePositive } from '../numbers.ts'

export function registerInbox(program: Command): void {
  program
    .command('inbox')
    .description('what waits for an agent that lives elsewhere, or for a person in its place')
    .argument('<agent>')
    .option('--wait <seconds>', 'wait until something can be taken', wholePositive)
    .action(async (agent: string, { wait }: { wait?: number }, command: Command) => {
      const context = contextOf(command)
      const inbox = await ask(context, inboxOf, { agent, wait })
      const accept = commandLine(context, 'handoffs accept ID')
      const take = inbox.items.length === 0 ? `Nothing waits for ${agent}.` : `Take one with: ${accept}`
      context.output.result(inbox, () => [...inbox.items.map(inboxLine), take].join('\n'))
    })
}

/** Taking, reporting on, giving back and ending a handoff in an agent's place. */
export function registerHandoffWork(handoffs: Command): void {
  registerAccept(handoffs)
  registerDecline(handoffs)
  registerProgress(handoffs)
  registerComplete(handoffs)
}

function registerAccept(handoffs: Command): void {
  handoffs
    .command('accept')
    .description('take a handoff, and be told what its agent is told: for an agent that lives elsewhere')
    .argument('<id>')
    .option('--worker <name>', 'who works, by a name that nobody else has; this person when absent')
    .option('--minutes <count>', 'how long it is held without a report, up to a day', minutesHeld)
    .action(async (id: string, options: { worker?: string; minutes?: number }, command: Command) => {
      const context = contextOf(command)
      const leaseMs = leaseMsOf(options.minutes)
      const taken = await ask(context, acceptedHandoff, { id, worker: options.worker, leaseMs })
      const next = commandLine(context, `handoffs complete ${taken.handoff} --summary FILE`)
      const until = `Epoch ${taken.epoch}, until ${taken.leaseUntil}. End it with: ${next}`
      context.output.result(taken, () => `${taken.brief}\n\n${until}`)
    })
}

function registerDecline(handoffs: Command): void {
  handoffs
    .command('decline')
    .description('give a handoff back: it goes to somebody else, and not to this agent again')
    .argument('<id>')
    .requiredOption('--reason <text>', 'why')
    .option('--epoch <number>', 'of the acceptance, when somebody else accepted it', wholePositive)
    .action(async (id: string, options: { reason: string; epoch?: number }, command: Command) => {
      const context = contextOf(command)
      const { reason, epoch } = options
      const declined = await ask(context, declinedHandoff, { id, reason, epoch })
      const now = declined.to === null ? declined.status.replace('_', ' ') : `with ${declined.to}`
      context.output.result(declined, () => `${declined.handoff} is ${now}.`)
    })
}

function registerProgress(handoffs: Command): void {
  handoffs
    .command('progress')
    .description('say that the work on a handoff goes on; it is held for longer')
    .argument('<id>')
    .option('--note <text>', 'how far it is', 'At work.')
    .option('--epoch <number>', 'of the acceptance, when somebody else accepted it', wholePositive)
    .option('--minutes <count>', 'how long it is held from now on, up to a day', minutesHeld)
    .action(
      async (
        id: string,
        { note, epoch, minutes }: { note: string; epoch?: number; minutes?: number },
        command: Command,
      ) => {
        const context = contextOf(command)
        const renewed = await ask(context, renewedHandoff, { id, note, epoch, leaseMs: leaseMsOf(minutes) })
        context.output.result(renewed, () => `${renewed.handoff} is held until ${renewed.leaseUntil}.`)
      },
    )
}

interface CompleteOptions {
  readonly summary: string
  readonly epoch?: number
  readonly asItIs?: true
}

function registerComplete(handoffs: Command): void {
  handoffs
    .command('complete')
    .description('end the work on a handoff with a Session Summary; what it asks of others is handed on')
    .argument('<id>')
    .requiredOption('--summary <file>', 'Markdown with the labels of the agent’s file; - reads stdin')
    .option('--epoch <number>', 'of the acceptance, when somebody else accepted it', wholePositive)
    .option('--as-it-is', 'take the text without these labels, too')
    .action(async (id: string, options: CompleteOptions, command: Command) => {
      const context = contextOf(command)
      const summary = await textOf(options.summary)
      const labels = options.asItIs === true ? 'as_it_is' : 'asked_for'
      const done = await ask(context, completedHandoff, { id, summary, epoch: options.epoch, labels })
      const next = commandLine(context, 'run --resume')
      context.output.result(done, () => `${told(done)}\nGo on with: ${next}`)
    })
}

function told({ handoff, missing, handedOn }: Completed): string {
  const lines = handedOn.map((reply) => {
    if (reply.status === 'handed_off') return `  → ${reply.to} (${reply.handoff}): ${reply.reason}`
    if (reply.status === 'returned')
      return `  ${reply.to} needs first (${reply.handoff}): ${reply.missing.join('; ')}`
    return `  ${reply.status.replace('_', ' ')}: ${reply.status === 'settled' ? reply.answer : reply.reason}`
  })
  const lacks = missing.length === 0 ? [] : [`  the summary lacks: ${missing.join(', ')}`]
  return [`${handoff} is completed.`, ...lacks, ...lines].join('\n')
}

async function textOf(file: string): Promise<string> {
  try {
    return await boundedText(file === '-' ? process.stdin : createReadStream(file), {
      name: file === '-' ? 'stdin' : file,
      charsMax: limits.summaryCharsMax,
    })
  } catch (cause) {
    if (cause instanceof DaybookError) throw cause
    const { code } = cause as NodeJS.ErrnoException
    throw new DaybookError('usage', `${file}: cannot be read (${code}). Name a file, or - for stdin.`, {
      cause,
    })
  }
}

function leaseMsOf(minutes: number | undefined): number | undefined {
  return minutes === undefined ? undefined : minutes * 60_000
}
