import type { Command } from 'commander'
import pc from 'picocolors'
import { DaybookError } from '../../kernel/errors.ts'
import type { Daybook } from '../../runtime/daybook.ts'
import { decideApproval } from '../../runtime/decide-approval.ts'
import * as targets from '../../runtime/targets.ts'
import { listSessions, type SessionView, showSession } from '../../runtime/work-views.ts'
import type { SessionCommand } from '../../sessions/commands.ts'
import { type CommandContext, commandLine, contextOf, withDaybook } from '../context.ts'
import { oneLine } from '../progress.ts'

export function registerSessions(program: Command): void {
  const sessions = program.command('sessions').description('list sessions: one run of one agent each')
  sessions
    .option('--workflow <id>', 'only those of one workflow')
    .action(async (options: { workflow?: string }, command: Command) => {
      const context = contextOf(command)
      await withDaybook(context, { mode: 'read' }, async ({ project }) => {
        const all = (await listSessions(project)).filter(
          (one) => options.workflow === undefined || one.workflow.startsWith(options.workflow),
        )
        context.output.result(all, () => all.map(line).join('\n') || 'There are no sessions.')
      })
    })
  sessions
    .command('show')
    .description('one session: everything it was told, said and did')
    .argument('<id>')
    .action(async (id: string, _options: object, command: Command) => {
      const context = contextOf(command)
      await withDaybook(context, { mode: 'read' }, async ({ project, projector }) => {
        const details = await showSession(project, id)
        await projector.catchUp()
        context.output.result(
          details,
          () => projector.render('session-transcript', details.id) ?? line(details),
        )
      })
    })
  sessions
    .command('resume')
    .description('let a paused session go on')
    .argument('<id>')
    .option('--reason <text>', 'why', 'A person said so.')
    .action(async (id: string, options: { reason: string }, command: Command) => {
      const context = contextOf(command)
      await withDaybook(context, { log: 'existing' }, (daybook) =>
        carryOut(context, daybook, {
          id,
          commands: () => [{ type: 'ResumeSession', reason: options.reason }],
        }),
      )
    })
  sessions
    .command('cancel')
    .description('end a session; its handoff fails, and can be redriven')
    .argument('<id>')
    .option('--reason <text>', 'why', 'A person said so.')
    .action(async (id: string, options: { reason: string }, command: Command) => {
      const context = contextOf(command)
      await withDaybook(context, { log: 'existing' }, (daybook) =>
        carryOut(context, daybook, {
          id,
          commands: () => [{ type: 'CancelSession', by: daybook.person, reason: options.reason }],
        }),
      )
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
      await withDaybook(context, { log: 'existing' }, async ({ project, person }) => {
        const { digest = null, note = null } = options
        const { what } = await decideApproval(project, { session: id, decision, digest, note, by: person })
        const details = await showSession(project, id)
        const done = decision === 'approve' ? 'Approved' : 'Denied'
        const next = commandLine(context, 'run --resume')
        context.output.result(details, () => `${done}: ${what}\nGo on with: ${next}`)
      })
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
        const context = contextOf(command)
        await withDaybook(context, { log: 'existing' }, async (daybook) => {
          const unknown = await unknownCalls(daybook, id)
          const note = options.note === undefined ? {} : { note: options.note }
          const commands = (): SessionCommand[] => [
            ...unknown.map((toolUse) => ({
              type: 'DecideOutcome' as const,
              toolUse,
              decision,
              by: daybook.person,
              ...note,
            })),
            { type: 'ResumeSession', reason: `A person decided: ${decision}.` },
          ]
          await carryOut(context, daybook, { id, commands })
        })
      },
    )
}

async function unknownCalls({ project }: Daybook, id: string): Promise<readonly string[]> {
  const { id: whole } = await showSession(project, id)
  const unknown = project.work.workflowOfSession(whole)?.sessions.get(whole)?.unknown ?? []
  if (unknown.length === 0)
    throw new DaybookError('rejected', `No tool call of session ${whole} has an unknown outcome.`)
  return unknown
}

async function carryOut(
  context: CommandContext,
  { project, person }: Daybook,
  { id, commands }: { id: string; commands: () => SessionCommand[] },
): Promise<void> {
  const { id: whole, workflow } = await showSession(project, id)
  const rehearsal = project.work.workflow(workflow)?.rehearsal === true
  const meta = { actor: person, correlation: workflow, ...(rehearsal ? { rehearsal: true as const } : {}) }
  for (const command of commands()) {
    const outcome = await project.streams.execute(targets.session(whole), command, meta)
    if (outcome.kind === 'rejected') throw new DaybookError('rejected', outcome.rejection.message)
  }
  const details = await showSession(project, whole)
  const next = commandLine(context, 'run --resume')
  context.output.result(details, () => `${line(details)}\nGo on with: ${next}`)
}

function line(view: SessionView): string {
  const waits =
    view.waitsFor === null ? '' : pc.yellow(` waits for ${view.waitsFor}: ${oneLine(view.reason ?? '', 80)}`)
  const tokens = view.tokens.inputTokens + view.tokens.outputTokens
  return `${pc.dim(view.id)} ${view.status.padEnd(9)} ${pc.bold(view.agent)} ${pc.dim(`${tokens} tokens, $${view.costUsd.toFixed(4)}, workflow ${view.workflow}`)}${waits}`
}
