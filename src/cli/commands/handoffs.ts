import { type Command, InvalidArgumentError } from 'commander'
import pc from 'picocolors'
import type { HandoffCommand } from '../../handoffs/commands.ts'
import { DaybookError } from '../../kernel/errors.ts'
import type { EventMeta } from '../../kernel/event.ts'
import type { Daybook } from '../../runtime/daybook.ts'
import * as targets from '../../runtime/targets.ts'
import { type HandoffDetails, type HandoffView, listHandoffs, showHandoff } from '../../runtime/work-views.ts'
import type { WorkflowWork } from '../../runtime/workflow-work.ts'
import { type CommandContext, commandLine, contextOf, withDaybook } from '../context.ts'
import { oneLine } from '../progress.ts'

export function registerHandoffs(program: Command): void {
  const handoffs = program.command('handoffs').description('list handoffs: who gave what to whom')
  handoffs
    .option('--workflow <id>', 'only those of one workflow')
    .option('--status <status>', 'only those in this status')
    .action(async (options: { workflow?: string; status?: string }, command: Command) => {
      const context = contextOf(command)
      await withDaybook(context, { mode: 'read' }, async ({ project }) => {
        const all = await listHandoffs(project)
        const chosen = all.filter(
          (one) =>
            (options.workflow === undefined || one.workflow.startsWith(options.workflow)) &&
            (options.status === undefined || one.status === options.status),
        )
        context.output.result(chosen, () => chosen.map(line).join('\n') || 'There are no handoffs.')
      })
    })
  handoffs
    .command('show')
    .description('one handoff: its need, its history, and why that agent')
    .argument('<id>', 'its id, or the beginning of it')
    .action(async (id: string, _options: object, command: Command) => {
      const context = contextOf(command)
      await withDaybook(context, { mode: 'read' }, async ({ project }) => {
        const details = await showHandoff(project, id)
        context.output.result(details, () => describe(details))
      })
    })
  registerDecisions(handoffs)
}

function registerDecisions(handoffs: Command): void {
  handoffs
    .command('supply')
    .description('fill in what the receiver of a returned handoff needs')
    .argument('<id>')
    .requiredOption(
      '--provide <requirement=value...>',
      'a requirement and what you give for it',
      provided,
      [],
    )
    .action(
      async (
        id: string,
        options: { provide: { requirement: string; value: string }[] },
        command: Command,
      ) => {
        const context = contextOf(command)
        await withDaybook(context, { log: 'existing' }, (daybook) =>
          carryOut(context, daybook, {
            id,
            command: { type: 'SupplyHandoff', by: daybook.person, provides: options.provide },
          }),
        )
      },
    )
  handoffs
    .command('redrive')
    .description('give a handoff that nobody took, or that failed, another try')
    .argument('<id>')
    .option('--to <agent>', 'the agent that shall take it')
    .option('--reason <text>', 'why', 'A person tries again.')
    .action(async (id: string, options: { to?: string; reason: string }, command: Command) => {
      const context = contextOf(command)
      const to = options.to === undefined ? {} : { to: options.to }
      await withDaybook(context, { log: 'existing' }, (daybook) =>
        carryOut(context, daybook, {
          id,
          command: { type: 'RedriveHandoff', by: daybook.person, reason: options.reason, ...to },
        }),
      )
    })
}

async function carryOut(
  context: CommandContext,
  daybook: Daybook,
  { id, command }: { id: string; command: HandoffCommand },
): Promise<void> {
  const { project, person } = daybook
  const { id: whole, workflow } = await showHandoff(project, id)
  checkOpen(project.work.workflow(workflow))
  const rehearsal = project.work.workflow(workflow)?.rehearsal === true
  const meta: EventMeta = { actor: person, correlation: workflow, ...(rehearsal ? { rehearsal: true } : {}) }
  const outcome = await project.streams.execute(targets.handoff(whole), command, meta)
  if (outcome.kind === 'rejected') throw new DaybookError('rejected', outcome.rejection.message)
  if (command.type === 'RedriveHandoff') await reopen(daybook, workflow, meta)
  const details = await showHandoff(project, whole)
  const next = commandLine(context, 'run --resume')
  context.output.result(details, () => `${line(details)}\nGo on with: ${next}`)
}

/** What failed or was cancelled as a whole does not go on: its handoffs would be cancelled at once. */
function checkOpen(work: WorkflowWork | null): void {
  const { status, goal } = work?.workflow ?? { status: 'none', goal: '' }
  if (status !== 'failed' && status !== 'cancelled') return
  throw new DaybookError(
    'rejected',
    `Workflow ${work?.id} is ${status}: nothing in it goes on. Begin again, and name the agent if nobody was found: daybook run "${oneLine(goal, 60)}" --entry AGENT`,
  )
}

/** Work that is tried again brings a completed workflow back to life. */
async function reopen({ project, person }: Daybook, workflow: string, meta: EventMeta): Promise<void> {
  if (project.work.workflow(workflow)?.workflow.status !== 'completed') return
  const command = { type: 'ResumeWorkflow', by: person, reason: 'A handoff was redriven.' } as const
  await project.streams.execute(targets.workflow(workflow), command, meta)
}

function provided(
  value: string,
  before: { requirement: string; value: string }[],
): { requirement: string; value: string }[] {
  const at = value.indexOf('=')
  if (at < 1 || at === value.length - 1) throw new InvalidArgumentError('expected REQUIREMENT=VALUE')
  return [...before, { requirement: value.slice(0, at).trim(), value: value.slice(at + 1).trim() }]
}

function line(view: HandoffView): string {
  return `${pc.dim(view.id)} ${view.status.replace('_', ' ').padEnd(10)} ${view.from} → ${pc.bold(view.to ?? 'nobody')}: ${oneLine(view.need, 90)}`
}

function describe(details: HandoffDetails): string {
  const lines = [
    line(details),
    `workflow ${details.workflow}, hop ${details.hop}${details.chain.length > 0 ? `, on the way: ${details.chain.join(' → ')}` : ''}`,
  ]
  for (const decision of details.decisions) {
    lines.push(
      '',
      pc.bold('because'),
      `  ${decision.reason}  ${pc.dim(`(${decision.policy}, event ${decision.event})`)}`,
    )
    for (const candidate of decision.candidates) {
      lines.push(`  ${pc.bold(candidate.agent)} ${candidate.score.toFixed(2)}`)
      for (const because of candidate.because)
        lines.push(
          `    ${because.rule} ${because.value.toFixed(2)} × ${because.weight}: ${oneLine(because.evidence, 110)}${because.event === undefined ? '' : pc.dim(` (event ${because.event})`)}`,
        )
    }
  }
  if (details.requirements.length > 0)
    lines.push('', `${pc.bold('needs')}  ${details.requirements.join('; ')}`)
  for (const { requirement, value } of details.provides)
    lines.push(`  ${requirement}: ${oneLine(value, 110)}`)
  if (details.missing.length > 0) lines.push(`  missing: ${details.missing.join('; ')}`)
  if (details.answer !== null) lines.push('', pc.bold('answer'), details.answer.trim())
  lines.push(
    '',
    pc.bold('history'),
    ...details.history.map((step) => `  ${step.at} ${step.type} ${pc.dim(step.by)}`),
  )
  return lines.join('\n')
}
