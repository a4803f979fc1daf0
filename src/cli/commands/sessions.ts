import type { Command } from 'commander'
import pc from 'picocolors'
import { DaybookError } from '../../kernel/errors.ts'
import type { SessionView } from '../../runtime/work-views.ts'
import { ask } from '../ask.ts'
import {
  decidedApproval,
  decidedOutcome,
  oneSession,
  type SessionWithEvents,
  sessionCourse,
  sessionsWanted,
  sessionTold,
} from '../asks/sessions.ts'
import { type CommandContext, commandLine, contextOf } from '../context.ts'
import { oneLine } from '../progress.ts'

export function registerSessions(program: Command): void {
  const sessions = program.command('sessions').description('list sessions: one run of one agent each')
  sessions
    .option('--workflow <id>', 'only those of one workflow')
    .action(async (options: { workflow?: string }, command: Command) => {
      const context = contextOf(command)
      const all = await ask(context, sessionsWanted, { workflow: options.workflow })
      context.output.result(all, () => all.map(line).join('\n') || 'There are no sessions.')
    })
  sessions
    .command('show')
    .description('one session: everything it was told, said and did')
    .argument('<id>')
    .action(async (id: string, _options: object, command: Command) => {
      const context = contextOf(command)
      if (context.output.json) context.output.result(await ask(context, oneSession, { id }), () => '')
      else {
        const { session, transcript } = await ask(context, sessionTold, { id })
        context.output.result(session, () => transcript ?? line(session))
      }
    })
  sessions
    .command('resume')
    .description('let a paused session go on')
    .argument('<id>')
    .option('--reason <text>', 'why', 'A person said so.')
    .action(async (id: string, options: { reason: string }, command: Command) => {
      const context = contextOf(command)
      told(context, await ask(context, sessionCourse, { id, course: 'resume', reason: options.reason }))
    })
  sessions
    .command('cancel')
    .description('end a session; its handoff fails, and can be redriven')
    .argument('<id>')
    .option('--reason <text>', 'why', 'A person said so.')
    .action(async (id: string, options: { reason: string }, command: Command) => {
      const context = contextOf(command)
      told(context, await ask(context, sessionCourse, { id, course: 'cancel', reason: options.reason }))
    })
  registerDecide(sessions)
  registerApproval(sessions, 'approve')
  registerApproval(sessions, 'deny')
}

const approvalWords = {
  approve: 'let the tool call be made that the session waits for',
  deny: 'refuse the tool call that the session waits for; the agent is told and goes on',
} as const

function registerApproval(sessions: Command, decision: 'approve' | 'deny'): void {
  sessions
    .command(decision)
    .description(approvalWords[decision])
    .argument('<id>')
    .option('--digest <digits>', 'of what was shown to you: anything else is not decided')
    .option('--note <text>', 'why; the agent is told it when you deny')
    .action(async (id: string, options: { digest?: string; note?: string }, command: Command) => {
      const context = contextOf(command)
      const { digest = null, note = null } = options
      const details = await ask(context, decidedApproval, { id, decision, digest, note })
      const done = decision === 'approve' ? 'Approved' : 'Denied'
      const next = commandLine(context, 'run --resume')
      context.output.result(details, () => `${done}: ${whatWasAsked(details)}\nGo on with: ${next}`)
    })
}

function registerDecide(sessions: Command): void {
  sessions
    .command('decide')
    .description('decide about a tool call whose outcome is not known')
    .argument('<id>')
    .option('--retry', 'call it again')
    .option('--skip', 'go on as if it had happened')
    .option('--fail', 'go on as if it had failed')
    .option('--note <text>', 'why')
    .action(
      async (
        id: string,
        options: { retry?: true; skip?: true; fail?: true; note?: string },
        command: Command,
      ) => {
        const chosen = (['retry', 'skip', 'fail'] as const).filter((name) => options[name] === true)
        const [decision] = chosen
        if (decision === undefined || chosen.length > 1)
          throw new DaybookError('usage', 'Say exactly one of --retry, --skip and --fail.')
        const { note = null } = options
        const context = contextOf(command)
        told(context, await ask(context, decidedOutcome, { id, decision, note }))
      },
    )
}

function told(context: CommandContext, details: SessionView): void {
  const next = commandLine(context, 'run --resume')
  context.output.result(details, () => `${line(details)}\nGo on with: ${next}`)
}

/** The words of the last request that was decided. */
function whatWasAsked({ events }: SessionWithEvents): string {
  const decided = events.findLast(({ type }) => type === 'ApprovalGranted' || type === 'ApprovalDenied')
  const { approval } = (decided?.data ?? {}) as { approval?: string }
  const asked = events.findLast(
    ({ type, data }) => type === 'ApprovalRequested' && (data as { approval: string }).approval === approval,
  )
  return ((asked?.data ?? { what: '' }) as { what: string }).what
}

function line(view: SessionView): string {
  const waits =
    view.waitsFor === null ? '' : pc.yellow(` waits for ${view.waitsFor}: ${oneLine(view.reason ?? '', 80)}`)
  const tokens = view.tokens.inputTokens + view.tokens.outputTokens
  return `${pc.dim(view.id)} ${view.status.padEnd(9)} ${pc.bold(view.agent)} ${pc.dim(`${tokens} tokens, $${view.costUsd.toFixed(4)}, workflow ${view.workflow}`)}${waits}`
}
