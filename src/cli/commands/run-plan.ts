import pc from 'picocolors'
import type { Daybook } from '../../runtime/daybook.ts'
import { type PlannedStep, type PlanQuestion, planWorkflow } from '../../runtime/plan-workflow.ts'
import type { RosterEntry } from '../../workflows/events.ts'
import { type CommandContext, commandLine } from '../context.ts'
import { oneLine } from '../progress.ts'

/** Shows where a goal would go, and what it might cost, without recording or running anything. */
export async function planRun(
  context: CommandContext,
  daybook: Daybook,
  question: PlanQuestion,
): Promise<number> {
  const plan = await planWorkflow(daybook, question)
  context.output.result(plan, () => {
    if (plan.steps.length === 0)
      return `${plan.reason}\nnext     ${entryHint(context, { goal: question.goal, roster: daybook.roster })}`
    const lines = plan.steps.map((step) => line(step))
    const cost = `about ${plan.estimate.sessions} sessions, ${plan.estimate.tokens} tokens, $${plan.estimate.costUsd.toFixed(2)} with ${plan.estimate.model} (an estimate: ${plan.estimate.basis})`
    return [...lines, '', cost].join('\n')
  })
  return plan.steps.length === 0 ? 1 : 0
}

const agentsNamedMax = 12

/** What a person can do whose goal no agent speaks of. */
export function entryHint(
  context: CommandContext,
  { goal, roster }: { readonly goal: string; readonly roster: readonly RosterEntry[] },
): string {
  const names = roster.map(({ agent }) => agent)
  const more = names.length > agentsNamedMax ? ' …' : ''
  const agents = `${names.slice(0, agentsNamedMax).join(', ')}${more}`
  return `${commandLine(context, `run ${JSON.stringify(oneLine(goal, 60))} --entry AGENT`)}   names the agent that begins: ${agents}`
}

function line(step: PlannedStep): string {
  return `${'   '.repeat(step.hop)}${pc.bold(step.agent)} ${pc.dim(`(${step.confidence.toFixed(2)})`)} ${step.reason}`
}
