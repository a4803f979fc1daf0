import type { Command } from 'commander'
import pc from 'picocolors'
import { DaybookError } from '../../kernel/errors.ts'
import type { LimitName } from '../../kernel/limit-events.ts'
import { commandWorkflow } from '../../runtime/command-workflow.ts'
import type { Daybook } from '../../runtime/daybook.ts'
import { listWorkflows, showWorkflow, type WorkflowView } from '../../runtime/work-views.ts'
import type { WorkflowCommand } from '../../workflows/decider.ts'
import { type CommandContext, commandLine, contextOf, withDaybook } from '../context.ts'
import { handoffTree } from '../handoff-tree.ts'
import { positive, wholePositive } from '../numbers.ts'
import { oneLine } from '../progress.ts'
import { registerFork } from './fork.ts'

export function registerWorkflows(program: Command): void {
  const workflows = program.command('workflows').description('list workflows: goals and what became of them')
  workflows.action(async (_options: object, command: Command) => {
    const context = contextOf(command)
    await withDaybook(context, { mode: 'read' }, async ({ project }) => {
      const all = await listWorkflows(project)
      context.output.result(
        all,
        () =>
          all.map(line).join('\n') ||
          `There are no workflows. Begin one: ${commandLine(context, 'run "GOAL"')}`,
      )
    })
  })
  workflows
    .command('show')
    .description('one workflow with its tree of handoffs')
    .argument('<id>')
    .action(async (id: string, _options: object, command: Command) => {
      const context = contextOf(command)
      await withDaybook(context, { mode: 'read' }, async ({ project }) => {
        const details = await showWorkflow(project, id)
        const work = project.work.workflow(details.id)
        context.output.result(details, () =>
          [line(details), spentLine(details), '', work === null ? '' : handoffTree(work)].join('\n'),
        )
      })
    })
  registerCourse(workflows)
  registerRaise(workflows)
  registerFork(workflows)
}

const courses = {
  pause: { type: 'PauseWorkflow', what: 'stop after the running steps, to go on later' },
  resume: { type: 'ResumeWorkflow', what: 'let a paused workflow go on' },
  cancel: { type: 'CancelWorkflow', what: 'end it, with its open handoffs and sessions' },
} as const

function registerCourse(workflows: Command): void {
  for (const [name, { type, what }] of Object.entries(courses)) {
    workflows
      .command(name)
      .description(what)
      .argument('<id>')
      .option('--reason <text>', 'why', 'A person said so.')
      .action(async (id: string, options: { reason: string }, command: Command) => {
        const context = contextOf(command)
        await withDaybook(context, { log: 'existing' }, (daybook) =>
          carryOut(context, daybook, {
            id,
            commands: [{ type, by: daybook.person, reason: options.reason }],
          }),
        )
      })
  }
}

const raises: readonly (readonly [flag: string, limit: LimitName, unit: string])[] = [
  ['--cost', 'cost', 'US dollars'],
  ['--tokens', 'tokens', 'tokens'],
  ['--turns', 'turns', 'turns of one session'],
  ['--depth', 'depth', 'handoffs in a row'],
  ['--handoffs', 'handoffs', 'handoffs in all'],
  ['--wall-time', 'wall_time', 'milliseconds of work of one session'],
  ['--session-cost', 'session_cost', 'US dollars of one session'],
  ['--session-tokens', 'session_tokens', 'tokens of one session'],
]

function registerRaise(workflows: Command): void {
  const raise = workflows
    .command('raise')
    .description('raise a limit; a workflow that stopped at it goes on')
    .argument('<id>')
  for (const [flag, , unit] of raises)
    raise.option(`${flag} <n>`, `new limit, in ${unit}`, flag.endsWith('cost') ? positive : wholePositive)
  raise.action(async (id: string, options: Record<string, number>, command: Command) => {
    const context = contextOf(command)
    const asked = raises.flatMap(([flag, limit]) => {
      const max = options[flag.slice(2).replace(/-(\w)/gu, (_, letter: string) => letter.toUpperCase())]
      return max === undefined ? [] : [{ limit, max }]
    })
    if (asked.length === 0)
      throw new DaybookError('usage', `Say which limit: ${raises.map(([flag]) => flag).join(', ')}.`)
    await withDaybook(context, { log: 'existing' }, (daybook) =>
      carryOut(context, daybook, {
        id,
        commands: asked.map(({ limit, max }) => ({ type: 'RaiseLimit', limit, max, by: daybook.person })),
      }),
    )
  })
}

async function carryOut(
  context: CommandContext,
  { project, person }: Daybook,
  { id, commands }: { id: string; commands: readonly WorkflowCommand[] },
): Promise<void> {
  const whole = (await showWorkflow(project, id)).id
  for (const command of commands) {
    const rejection = await commandWorkflow(project, { workflow: whole, command, by: person })
    if (rejection !== null) throw new DaybookError('rejected', rejection.message)
  }
  const details = await showWorkflow(project, whole)
  const next = details.status === 'running' ? `\nGo on with: ${commandLine(context, 'run --resume')}` : ''
  context.output.result(details, () => `${line(details)}${next}`)
}

function line(view: WorkflowView): string {
  const rehearsal = view.rehearsal ? pc.yellow(' rehearsal') : ''
  return `${pc.dim(view.id)} ${pc.bold(view.status.padEnd(9))} ${oneLine(view.goal, 80)}${rehearsal} ${pc.dim(`${view.sessions} sessions, ${view.handoffs} handoffs, ${view.open} open`)}`
}

function spentLine(view: WorkflowView): string {
  const cost = `$${view.spent.costUsd.toFixed(4)} of $${view.limits?.costUsdMax ?? 0}`
  return `${view.spent.tokens} tokens, ${cost}${view.reason === null ? '' : `: ${view.reason}`}`
}
