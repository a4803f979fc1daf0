import type { Command } from 'commander'
import pc from 'picocolors'
import { counted } from '../../kernel/counted.ts'
import { DaybookError } from '../../kernel/errors.ts'
import type { LimitName } from '../../kernel/limit-events.ts'
import type { WorkflowView } from '../../runtime/work-views.ts'
import { ask } from '../ask.ts'
import {
  allWorkflows,
  oneWorkflow,
  raisedLimits,
  type WorkflowDetails,
  workflowCourse,
} from '../asks/workflows.ts'
import { type CommandContext, commandLine, contextOf } from '../context.ts'
import { handoffTree } from '../handoff-tree.ts'
import { positive, wholePositive } from '../numbers.ts'
import { oneLine } from '../progress.ts'
import { registerFork } from './fork.ts'

export function registerWorkflows(program: Command): void {
  const workflows = program.command('workflows').description('list workflows: goals and what became of them')
  workflows.action(async (_options: object, command: Command) => {
    const context = contextOf(command)
    const all = await ask(context, allWorkflows, {})
    context.output.result(
      all,
      () =>
        all.map(line).join('\n') ||
        `There are no workflows. Begin one: ${commandLine(context, 'run "GOAL"')}`,
    )
  })
  workflows
    .command('show')
    .description('one workflow with its tree of handoffs')
    .argument('<id>')
    .action(async (id: string, _options: object, command: Command) => {
      const context = contextOf(command)
      const details = await ask(context, oneWorkflow, { id })
      context.output.result(details, () =>
        [line(details), spentLine(details), ...forkLines(details), '', handoffTree(details.handoffTree)].join(
          '\n',
        ),
      )
    })
  registerCourse(workflows)
  registerRaise(workflows)
  registerFork(workflows)
}

const courses = {
  pause: 'stop after the running steps, to go on later',
  resume: 'let a paused workflow go on',
  cancel: 'end it, with its open handoffs and sessions',
} as const

function registerCourse(workflows: Command): void {
  for (const course of ['pause', 'resume', 'cancel'] as const) {
    workflows
      .command(course)
      .description(courses[course])
      .argument('<id>')
      .option('--reason <text>', 'why', 'A person said so.')
      .action(async (id: string, options: { reason: string }, command: Command) => {
        const context = contextOf(command)
        told(context, await ask(context, workflowCourse, { id, course, reason: options.reason }))
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
    told(context, await ask(context, raisedLimits, { id, limits: asked }))
  })
}

function told(context: CommandContext, details: WorkflowDetails): void {
  const next = details.status === 'running' ? `\nGo on with: ${commandLine(context, 'run --resume')}` : ''
  context.output.result(details, () => `${line(details)}${next}`)
}

function line(view: WorkflowView): string {
  const rehearsal = view.rehearsal ? pc.yellow(' rehearsal') : ''
  const fork = view.forkOf === null ? '' : pc.cyan(` fork of ${view.forkOf.workflow}`)
  return `${pc.dim(view.id)} ${pc.bold(view.status.padEnd(9))} ${oneLine(view.goal, 80)}${rehearsal}${fork} ${pc.dim(`${counted(view.sessions, 'session')}, ${counted(view.handoffs, 'handoff')}, ${view.open} open`)}`
}

function forkLines({ forkOf }: WorkflowView): string[] {
  return forkOf === null
    ? []
    : [`A fork of ${forkOf.workflow}, with all that had happened until event:${forkOf.at}`]
}

function spentLine(view: WorkflowView): string {
  const cost = `$${view.spent.costUsd.toFixed(4)} of $${view.limits?.costUsdMax ?? 0}`
  return `${view.spent.tokens} tokens, ${cost}${view.reason === null ? '' : `: ${view.reason}`}`
}
