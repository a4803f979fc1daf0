import type { Command } from 'commander'
import pc from 'picocolors'
import { DaybookError } from '../../kernel/errors.ts'
import { type Position, type RecordedEvent, streamId } from '../../kernel/event.ts'
import { limits } from '../../kernel/limits.ts'
import { agentKey } from '../../kernel/words.ts'
import { noSuchAgent } from '../../runtime/agent-list.ts'
import type { Daybook } from '../../runtime/daybook.ts'
import { sealerOf } from '../../runtime/seals/sealer.ts'
import { startWorkflow } from '../../runtime/start-workflow.ts'
import { StuckWork } from '../../runtime/stuck-work.ts'
import { showWorkflow } from '../../runtime/work-views.ts'
import { Worker } from '../../runtime/worker.ts'
import { checkModelName, checkModels, defaultLimits, howItRuns } from '../../runtime/workflow-defaults.ts'
import type { WorkflowWork } from '../../runtime/workflow-work.ts'
import { serverOf } from '../ask.ts'
import { type CommandContext, commandLine, contextOf, withDaybook } from '../context.ts'
import { onInterrupt } from '../interrupt.ts'
import { positive, wholePositive } from '../numbers.ts'
import { requireModel } from '../require-model.ts'
import { nothingSpoken, spokenText } from '../spoken-text.ts'
import { watch } from '../watch.ts'
import { conclude } from './run-end.ts'
import { planRun } from './run-plan.ts'
import { runThere } from './run-there.ts'

interface RunOptions {
  readonly entry?: string
  readonly rehearse?: boolean
  readonly resume?: boolean
  readonly plan?: boolean
  readonly model?: string
  readonly maxCost?: number
  readonly depth?: number
}

export function registerRun(program: Command): void {
  program
    .command('run')
    .description('run a goal through a chain of agents')
    .argument('[goal]', 'what you want, in a sentence')
    .option('--entry <agent>', 'the agent that begins; otherwise the router chooses')
    .option('--rehearse', 'play it with the deterministic stand-in: no model is called')
    .option('--resume', 'go on with every workflow that is not finished')
    .option('--plan', 'show where it would go and what it might cost, without running it')
    .option('--model <id>', 'the model for agents that name none (default sonnet)')
    .option(
      '--max-cost <usd>',
      `stop at this cost in US dollars (default ${defaultLimits.costUsdMax})`,
      positive,
    )
    .option('--depth <n>', 'handoffs between the goal and the deepest session', wholePositive)
    .action(async (goal: string | undefined, options: RunOptions, command: Command) => {
      process.exitCode = await run(contextOf(command), goal, options)
    })
}

async function run(context: CommandContext, goal: string | undefined, options: RunOptions): Promise<number> {
  checkWanted(goal, options)
  if (context.url === null) checkModelName(context.settings, options.model)
  if (options.plan === true) return planRun(context, { goal: goal ?? '', entry: options.entry ?? null })
  const server = serverOf(context)
  if (server !== null) return runThere(context, server, { ...options, goal })
  requireModel(context.settings)
  const log = goal === undefined ? 'existing' : 'make'
  return withDaybook(context, { log, agents: 'sync', documents: 'sync' }, async (daybook) => {
    const before = await daybook.project.store.lastPosition()
    const workflow = goal === undefined ? undefined : await start(daybook, goal, options)
    const { stopped, stuck } = await workUntilIdle(context, daybook, { before, workflow })
    await daybook.project.work.refresh()
    const works = [...daybook.project.work.workflows()].filter((work) =>
      workflow === undefined ? resumed(work, before) : work.id === workflow,
    )
    const code = conclude(context, {
      works: await Promise.all(works.map(({ id }) => showWorkflow(daybook.project, id))),
      position: await daybook.project.store.lastPosition(),
      stopped,
      agents: daybook.roster.map(({ agent }) => agent),
    })
    await sealAtEnd(context, daybook)
    if (stuck !== null) throw stuck
    return code
  })
}

/** What a run did is sealed; that it could not be is said, and takes nothing back. */
async function sealAtEnd({ output, settings }: CommandContext, { project }: Daybook): Promise<void> {
  try {
    await sealerOf(project, settings, output.say)?.seal()
  } catch (error) {
    if (!(error instanceof DaybookError)) throw error
    output.say(`The log was not sealed: ${error.message}`)
  }
}

/** What a workflow begins with. One that goes on has all of it. */
const ofBeginnings = {
  entry: '--entry',
  plan: '--plan',
  model: '--model',
  maxCost: '--max-cost',
  depth: '--depth',
} as const

function checkWanted(goal: string | undefined, options: RunOptions): void {
  if (options.resume !== true && goal === undefined)
    throw new DaybookError(
      'usage',
      'Say what you want: daybook run "GOAL", or --resume to go on with what is not finished.',
    )
  if (goal !== undefined) checkGoal(goal)
  if (options.resume !== true) return
  if (goal !== undefined)
    throw new DaybookError(
      'usage',
      '--resume goes on with what is not finished, and a goal begins something new: leave one of them out.',
    )
  const given = Object.entries(ofBeginnings).find(([name]) => options[name as keyof RunOptions] !== undefined)
  if (given !== undefined)
    throw new DaybookError(
      'usage',
      `--resume goes on with workflows as they began: ${given[1]} is for a new one. "daybook workflows raise" raises a limit.`,
    )
}

function checkGoal(goal: string): void {
  if (goal.trim() === '')
    throw new DaybookError('usage', 'The goal is empty: say in a sentence what you want.')
  if (goal.length > limits.goalCharsMax)
    throw new DaybookError(
      'usage',
      `The goal has ${goal.length} characters; at most ${limits.goalCharsMax}. Put the details into a file of the workspace and name it.`,
    )
}

/** A misspelled entry would fail the workflow; nobody has to clean that up. */
function checkEntry({ roster }: Daybook, entry: string | undefined): void {
  if (entry === undefined || roster.some(({ agent }) => agentKey(agent) === agentKey(entry))) return
  const agents = roster.map(({ agent }) => ({ name: agent }))
  throw new DaybookError('usage', noSuchAgent(entry, agents))
}

async function start(daybook: Daybook, goal: string, options: RunOptions): Promise<string> {
  const { project } = daybook
  checkEntry(daybook, options.entry)
  const how = howItRuns(daybook, {
    limits: {
      ...(options.maxCost === undefined ? {} : { costUsdMax: options.maxCost }),
      ...(options.depth === undefined ? {} : { depthMax: options.depth }),
    },
    model: options.model,
  })
  checkModels(daybook, how)
  return startWorkflow(project, { ...how, goal, entry: options.entry ?? null, by: daybook.person })
}

interface Running {
  readonly before: Position | null
  readonly workflow: string | undefined
}

/** Works, and shows what happens; the first Ctrl-C ends after the running step. */
async function workUntilIdle(
  context: CommandContext,
  daybook: Daybook,
  { before, workflow }: Running,
): Promise<{ readonly stopped: boolean; readonly stuck: StuckWork | null }> {
  const { output } = context
  const stop = onInterrupt(() =>
    output.say(`Stopping after the running step. Go on later with: ${commandLine(context, 'run --resume')}`),
  )
  const { project, modelFor, settings } = daybook
  const spoken = output.json || settings.rehearsal ? nothingSpoken : spokenText({ ...output, agentOf })
  const watching = watch(project.store, { after: before, workflow, say: output.say, onEvent: endOfAnswer })
  const onProblem = (problem: Error) => output.say(`${pc.red('problem')}  ${problem.message}`)
  const over = new AbortController()
  const documents = project.rendering.watch({ signal: over.signal, onProblem })
  const worker = new Worker({
    project,
    modelFor,
    onProblem,
    onText: spoken.hear,
    ...(workflow === undefined ? {} : { workflow }),
    ...(settings.config.concurrency === undefined ? {} : { concurrency: settings.config.concurrency }),
  })
  try {
    const stuck = await worker.drain(stop.signal).then(() => null, stuckIn)
    return { stopped: stop.signal.aborted, stuck }
  } finally {
    stop.release()
    over.abort()
    await Promise.all([watching.end(), documents])
  }

  function agentOf(session: string): string {
    return project.work.workflowOfSession(session)?.sessions.get(session)?.agent ?? 'agent'
  }

  function endOfAnswer({ type, stream }: RecordedEvent): void {
    if (type === 'ModelAnswered' || type === 'ModelFailed') spoken.end(streamId(stream))
  }
}

/** What could be done is concluded before what could not is told. */
function stuckIn(error: unknown): StuckWork {
  if (error instanceof StuckWork) return error
  throw error
}

/** Workflows that this resume moved, or that still wait. */
function resumed(work: WorkflowWork, before: Position | null): boolean {
  const open = work.workflow.status === 'running' || work.workflow.status === 'paused'
  return open || (work.touched !== null && (before === null || work.touched > before))
}
