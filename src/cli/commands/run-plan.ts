import pc from 'picocolors'
import { counted } from '../../kernel/counted.ts'
import type { PlannedStep, PlanQuestion } from '../../runtime/plan-workflow.ts'
import { ask } from '../ask.ts'
import { plan } from '../asks/routing.ts'
import { type CommandContext, commandLine } from '../context.ts'
import { oneLine } from '../progress.ts'

/** Shows where a goal would go, and what it might cost, without recording or running anything. */
export async function planRun(context: CommandContext, question: PlanQuestion): Promise<number> {
  const { plan: planned, agents } = await ask(context, plan, question)
  const { steps, reason, estimate } = planned
  context.output.result(planned, () => {
    if (steps.length === 0)
      return `${reason}\nnext     ${entryHint(context, { goal: question.goal, agents })}`
    const cost = `at least ${counted(estimate.sessions, 'session')}, for these first steps about ${estimate.tokens} tokens, $${estimate.costUsd.toFixed(2)} with ${estimate.model} (an estimate: ${estimate.basis}); what they hand on comes on top`
    return [...steps.map(line), '', cost].join('\n')
  })
  return steps.length === 0 ? 1 : 0
}

const agentsNamedMax = 12

/** What a person can do whose goal no agent speaks of. */
export function entryHint(
  context: CommandContext,
  { goal, agents: names }: { readonly goal: string; readonly agents: readonly string[] },
): string {
  const more = names.length > agentsNamedMax ? ' …' : ''
  const agents = `${names.slice(0, agentsNamedMax).join(', ')}${more}`
  return `${commandLine(context, `run ${JSON.stringify(oneLine(goal, 60))} --entry AGENT`)}   names the agent that begins: ${agents}`
}

function line(step: PlannedStep): string {
  return `${'   '.repeat(step.hop)}${pc.bold(step.agent)} ${pc.dim(`(${step.confidence.toFixed(2)})`)} ${step.reason}`
}
