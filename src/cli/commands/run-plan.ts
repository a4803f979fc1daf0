import pc from 'picocolors'
import type { Daybook } from '../../runtime/daybook.ts'
import { type PlannedStep, type PlanQuestion, planWorkflow } from '../../runtime/plan-workflow.ts'
import type { CommandContext } from '../context.ts'

/** Shows where a goal would go, and what it might cost, without recording or running anything. */
export async function planRun(
  context: CommandContext,
  daybook: Daybook,
  question: PlanQuestion,
): Promise<number> {
  const plan = await planWorkflow(daybook, question)
  context.output.result(plan, () => {
    if (plan.steps.length === 0) return `Nobody would take it: ${plan.reason}`
    const lines = plan.steps.map((step) => line(step))
    const cost = `about ${plan.estimate.sessions} sessions, ${plan.estimate.tokens} tokens, $${plan.estimate.costUsd.toFixed(2)} with ${plan.estimate.model} (an estimate: ${plan.estimate.basis})`
    return [...lines, '', cost].join('\n')
  })
  return plan.steps.length === 0 ? 1 : 0
}

function line(step: PlannedStep): string {
  return `${'   '.repeat(step.hop)}${pc.bold(step.agent)} ${pc.dim(`(${step.confidence.toFixed(2)})`)} ${step.reason}`
}
