import type { AgentDefinition } from '../../agents/events.ts'
import { type RoutingDecision, route } from '../../handoffs/router.ts'
import type { RoutingPolicy } from '../../handoffs/routing/policy.ts'
import type { Actor } from '../../kernel/event.ts'
import { agentNamed } from '../../runtime/callers.ts'
import { type DatedCandidate, dated } from '../../runtime/dated-evidence.ts'
import type { Daybook } from '../../runtime/daybook.ts'
import { type HandoffGraph, handoffGraph } from '../../runtime/handoff-graph.ts'
import { type PlanQuestion, planWorkflow, type WorkflowPlan } from '../../runtime/plan-workflow.ts'
import { type RoutingReplay, replayRouting } from '../../runtime/replay-routing.ts'
import { type BenchFiles, type RouteBenchResult, readBenchFiles } from '../../runtime/route-bench.ts'
import { routingKnowledge } from '../../runtime/routing-knowledge.ts'
import { viewWhen } from '../../runtime/view-when.ts'
import { resolveWhen } from '../../runtime/when.ts'
import type { Ask } from '../ask.ts'
import { type RunningServer, said, whenDone } from '../running-server.ts'

export interface RouteQuestion {
  readonly from: string | undefined
  readonly need: string
  readonly context: string
  readonly to: string | undefined
  readonly at: string | undefined
}

export type RouteAnswer = Pick<
  RoutingDecision,
  'chosen' | 'code' | 'reason' | 'confidence' | 'excluded' | 'requirements' | 'missing' | 'policy'
> & { readonly candidates: readonly DatedCandidate[] }

const answers = {
  async here(daybook, question) {
    const decision = await decide(daybook, question)
    return answerOf({ ...decision, candidates: await dated(daybook.project, decision.candidates) })
  },
  async there({ client }, { from = 'person', need, context, to, at }) {
    const asked = client.v1.route.$post({ query: { at }, json: { from, need, context, to } })
    return answerOf((await said(asked)) as unknown as RouteAnswer)
  },
} satisfies Pick<Ask<RouteQuestion, RouteAnswer>, 'here' | 'there'>

/** As it is now, agents of files that changed included. */
export const routeNow: Ask<RouteQuestion, RouteAnswer> = {
  open: { agents: 'sync' },
  without: 'memory',
  ...answers,
}

export const routeThen: Ask<RouteQuestion, RouteAnswer> = { open: { mode: 'read' }, ...answers }

function answerOf(answer: RouteAnswer): RouteAnswer {
  const { chosen, code, reason, confidence, candidates, excluded, requirements, missing, policy } = answer
  return { chosen, code, reason, confidence, candidates, excluded, requirements, missing, policy }
}

async function decide(daybook: Daybook, { from: name, need, context, to, at }: RouteQuestion) {
  const { project } = daybook
  const view = await viewWhen(project, at)
  const from: Actor =
    name === undefined
      ? daybook.person
      : { kind: 'agent', id: agentNamed(view, name, 'unknown_agent').definition.name }
  const agents = view.agents().map(({ definition, event }) => ({ agent: definition.name, event }))
  const roster = at === undefined ? daybook.roster : agents
  const question = { from, need, context, chain: [], ...(to === undefined ? {} : { to }) }
  return route(question, routingKnowledge(view, roster), project.policy)
}

export const graph: Ask<object, HandoffGraph> = {
  open: { agents: 'sync' },
  without: 'memory',
  async here(daybook) {
    await daybook.project.view.refresh()
    return handoffGraph(daybook)
  },
  there: async ({ client }) => (await said(client.v1.route.graph.$get())) as unknown as HandoffGraph,
}

interface Replaying {
  readonly policy: RoutingPolicy | null
  readonly since: string | undefined
  readonly definitions: readonly AgentDefinition[] | null
  readonly onProgress: (done: number, total: number) => void
}

export const replay: Ask<Replaying, RoutingReplay> = {
  open: { mode: 'read' },
  async here({ project }, { policy, since, definitions, onProgress }) {
    const after = since === undefined ? null : await resolveWhen(project, since)
    const agents = definitions === null ? {} : { definitions }
    return replayRouting(project, { policy: policy ?? project.policy, after, onProgress, ...agents })
  },
  async there({ client }, { policy, since }) {
    const json = { policy: policy?.name, since }
    const { id } = await said(client.v1.route.replay.$post({ json }))
    return whenDone(() => said(client.v1.route.replay[':id'].$get({ param: { id } })))
  },
}

export async function benchThere(
  { client }: RunningServer,
  { policy, ...files }: Omit<BenchFiles, 'agents'> & { readonly policy: RoutingPolicy },
): Promise<RouteBenchResult> {
  const { patterns, cases } = await readBenchFiles(files)
  const json = { patterns, cases, policy: policy.name }
  const { id } = await said(client.v1.route.bench.$post({ json }))
  return whenDone(() => said(client.v1.route.bench[':id'].$get({ param: { id } })))
}

/** Where a goal would go, and who could begin where it would go nowhere. */
export const plan: Ask<PlanQuestion, { readonly plan: WorkflowPlan; readonly agents: readonly string[] }> = {
  open: { agents: 'sync' },
  without: 'memory',
  here: async (daybook, question) => ({
    plan: await planWorkflow(daybook, question),
    agents: daybook.roster.map(({ agent }) => agent),
  }),
  there: async ({ client }, json) => ({
    plan: await said(client.v1.plan.$post({ json })),
    agents: (await said(client.v1.agents.$get({ query: {} }))).agents.map(({ name }) => name),
  }),
}
