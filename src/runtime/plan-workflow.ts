import { route } from '../handoffs/router.ts'
import { agentKey } from '../kernel/words.ts'
import type { ServedDaybook } from './daybook.ts'
import { estimateCost } from './models.ts'
import { routingKnowledge } from './routing-knowledge.ts'
import { usualModel } from './workflow-defaults.ts'

export interface PlanQuestion {
  readonly goal: string
  readonly entry: string | null
}

export interface PlannedStep {
  readonly agent: string
  readonly hop: number
  readonly confidence: number
  readonly reason: string
}

export interface WorkflowPlan {
  readonly steps: readonly PlannedStep[]
  /** Why there are none. */
  readonly reason: string
  /** Of these steps alone: what their agents will hand on, nobody knows before. */
  readonly estimate: {
    readonly sessions: number
    readonly tokens: number
    readonly costUsd: number
    readonly model: string
    readonly basis: string
  }
}

/** Partners of the first agent that a plan names, as many as a rehearsal hands to; neither says to whom these hand on. */
const partnersShown = 2

/**
 * Where a goal would go, from what is recorded now: the agent that the router chooses, and the partners that
 * work would probably go on to. Records nothing and calls no model; the cost is an estimate.
 */
export async function planWorkflow(daybook: ServedDaybook, question: PlanQuestion): Promise<WorkflowPlan> {
  const { project, roster, person, settings } = daybook
  await project.view.refresh()
  const knowledge = routingKnowledge(project.view, roster)
  const only = roster.length === 1 ? roster[0]?.agent : undefined
  const to = question.entry ?? only
  const asked = {
    from: person,
    need: question.goal,
    context: '',
    chain: [],
    ...(to === undefined ? {} : { to }),
  }
  const decision = route(asked, knowledge, project.policy)
  const first = decision.chosen
  const steps: PlannedStep[] = []
  if (first !== null) {
    steps.push({ agent: first, hop: 0, confidence: decision.confidence, reason: decision.reason })
    steps.push(...partnersOf(daybook, first))
  }
  const model = usualModel(settings)
  return {
    steps,
    reason: decision.reason,
    estimate: estimateCost({ sessions: steps.length, model, config: settings.config }),
  }
}

function partnersOf({ project, roster }: ServedDaybook, first: string): PlannedStep[] {
  const known = new Map(roster.map(({ agent }) => [agentKey(agent), agent]))
  const { agents, recorded } = routingKnowledge(project.view, roster)
  const own = recorded
    .filter((section) => agentKey(section.from) === agentKey(first))
    .flatMap((section) => section.partners)
  const declared = agents.find(({ definition }) => definition.name === first)?.definition.worksWith ?? []
  const steps = new Map<string, PlannedStep>()
  for (const partner of [...own, ...declared]) {
    const agent = partner.target === null ? undefined : known.get(agentKey(partner.target))
    if (agent === undefined || agent === first || steps.has(agent)) continue
    const source = own.includes(partner) ? 'recorded in its section' : 'declared in its file'
    const reason = `${first} works well with it${partner.note === null ? '' : ` for ${partner.note}`} (${source})`
    steps.set(agent, { agent, hop: 1, confidence: own.includes(partner) ? 0.8 : 0.5, reason })
  }
  return [...steps.values()].slice(0, partnersShown)
}
