import { createReadStream } from 'node:fs'
import type { Command } from 'commander'
import { DaybookError } from '../../kernel/errors.ts'
import { limits } from '../../kernel/limits.ts'
import type { Daybook } from '../../runtime/daybook.ts'
import { type Completed, completeWork } from '../../runtime/inbox/complete-work.ts'
import { listInbox, waitForInbox } from '../../runtime/inbox/inbox.ts'
import { declineWork, reportProgress } from '../../runtime/inbox/report.ts'
import { takeHandoff } from '../../runtime/inbox/take-handoff.ts'
import { showHandoff } from '../../runtime/work-views.ts'
import { commandLine, contextOf, withDaybook } from '../context.ts'
import { inboxLine } from '../handoff-lines.ts'
import { boundedText } from '../lines.ts'
import { wholePositive } from '../numbers.ts'

export function registerInbox(program: Command): void {
  program
    .command('inbox')
    .description('what waits for an agent that lives elsewhere, or for a person in its place')
    .argument('<agent>')
    .option('--wait <seconds>', 'wait until something can be taken', wholePositive)
    .action(async (agent: string, { wait }: { wait?: number }, command: Command) => {
      const context = contextOf(command)
      await withDaybook(context, { mode: 'read' }, async ({ project }) => {
        const signal = new AbortController().signal
        const inbox =
          wait === undefined
            ? await listInbox(project, agent)
            : await waitForInbox(project, agent, { timeoutMs: wait * 1_000, signal })
        const accept = commandLine(context, 'handoffs accept ID')
        const take = inbox.items.length === 0 ? `Nothing waits for ${agent}.` : `Take one with: ${accept}`
        context.output.result(inbox, () => [...inbox.items.map(inboxLine), take].join('\n'))
      })
    })
}

/** A person at this machine, as a holder of leases. */
function workerOf({ person }: Daybook): string {
  return `cli:${person.id}`.slice(0, 200)
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
    .option('--minutes <count>', 'how long it is held without a report', wholePositive)
    .action(async (id: string, options: { worker?: string; minutes?: number }, command: Command) => {
      const context = contextOf(command)
      await withDaybook(context, { log: 'existing' }, async (daybook) => {
        const { project, person } = daybook
        const { id: handoff, to } = await showHandoff(project, id)
        const taken = await takeHandoff(project, {
          handoff,
          agent: to ?? '',
          worker: options.worker ?? workerOf(daybook),
          by: person,
          leaseMs: leaseMsOf(options.minutes),
        })
        const next = commandLine(context, `handoffs complete ${handoff} --summary FILE`)
        const until = `Epoch ${taken.epoch}, until ${taken.leaseUntil}. End it with: ${next}`
        context.output.result(taken, () => `${taken.brief}\n\n${until}`)
      })
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
      await withDaybook(context, { log: 'existing' }, async (daybook) => {
        const { project, person } = daybook
        const { id: handoff, to, lease } = await showHandoff(project, id)
        const epoch = options.epoch ?? (lease === null ? undefined : await epochOf(daybook, { id: handoff }))
        const declining = { handoff, agent: to ?? '', reason: options.reason, by: person, epoch }
        const declined = await declineWork(project, declining)
        const now = declined.to === null ? declined.status.replace('_', ' ') : `with ${declined.to}`
        context.output.result(declined, () => `${handoff} is ${now}.`)
      })
    })
}

function registerProgress(handoffs: Command): void {
  handoffs
    .command('progress')
    .description('say that the work on a handoff goes on; it is held for longer')
    .argument('<id>')
    .option('--note <text>', 'how far it is', 'At work.')
    .option('--epoch <number>', 'of the acceptance, when somebody else accepted it', wholePositive)
    .option('--minutes <count>', 'how long it is held from now on', wholePositive)
    .action(
      async (
        id: string,
        { note, epoch, minutes }: { note: string; epoch?: number; minutes?: number },
        command: Command,
      ) => {
        const context = contextOf(command)
        await withDaybook(context, { log: 'existing' }, async (daybook) => {
          const { project, person } = daybook
          const held = await epochOf(daybook, { id, epoch })
          const said = { handoff: id, epoch: held, note, by: person, leaseMs: leaseMsOf(minutes) }
          const renewed = await reportProgress(project, said)
          context.output.result(renewed, () => `${renewed.handoff} is held until ${renewed.leaseUntil}.`)
        })
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
      await withDaybook(context, { log: 'existing' }, async (daybook) => {
        const epoch = await epochOf(daybook, { id, epoch: options.epoch })
        const labels = options.asItIs === true ? 'as_it_is' : 'asked_for'
        const { project, person } = daybook
        const done = await completeWork(project, { handoff: id, epoch, summary, by: person, labels })
        const next = commandLine(context, 'run --resume')
        context.output.result(done, () => `${told(done)}\nGo on with: ${next}`)
      })
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

/** A person ends what a person took; what another holds has to be named by its epoch. */
async function epochOf(
  daybook: Daybook,
  { id, epoch }: { readonly id: string; readonly epoch?: number | undefined },
): Promise<number> {
  if (epoch !== undefined) return epoch
  const { id: whole, lease, status } = await showHandoff(daybook.project, id)
  if (lease?.worker === workerOf(daybook)) return lease.epoch
  const held =
    lease === null
      ? `Handoff ${whole} is ${status.replace('_', ' ')}: take it first with "daybook handoffs accept ${whole}".`
      : `Handoff ${whole} is held by ${lease.worker}: say --epoch ${lease.epoch} if that is you.`
  throw new DaybookError('rejected', held)
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
  if (minutes === undefined) return undefined
  return Math.min(Math.max(minutes * 60_000, limits.leaseMsMin), limits.externalLeaseMsMax)
}
