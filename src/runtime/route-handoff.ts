import { circleOf, circleText, type Leg } from '../handoffs/circle.ts'
import type { Opinion, Station } from '../handoffs/events.ts'
import { routingQuestion } from '../handoffs/question.ts'
import { type RoutingDecision, type RoutingQuestion, route } from '../handoffs/router.ts'
import { isCloseCall, routeWithOpinion } from '../handoffs/second-opinion.ts'
import type { EventMeta } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import { type AgentName, agentKey } from '../kernel/words.ts'
import type { RosterEntry } from '../workflows/events.ts'
import type { Project } from './project.ts'
import { routingKnowledge } from './routing-knowledge.ts'
import * as targets from './targets.ts'
import type { WorkflowWork } from './workflow-work.ts'

/** Chooses among the agents of a roster, from what the log holds now. Records nothing. */
export async function chooseAgent(
  project: Project,
  question: RoutingQuestion,
  roster: readonly RosterEntry[],
): Promise<RoutingDecision> {
  return (await chooseOrAsk(project, question, { roster, asks: null })).decision
}

/** The same, and about a close call whoever may be asked; what was said goes on record with the decision. */
async function chooseOrAsk(
  project: Project,
  question: RoutingQuestion,
  { roster, asks }: { roster: readonly RosterEntry[]; asks: Project['secondOpinion'] },
): Promise<{ decision: RoutingDecision; opinion: Opinion | undefined }> {
  await project.view.refresh()
  const { policy } = project
  const knowledge = routingKnowledge(project.view, roster)
  const decision = route(question, knowledge, policy)
  if (asks === null || !isCloseCall(decision)) return { decision, opinion: undefined }
  const opinion = await asks(question, decision, knowledge)
  return { decision: routeWithOpinion(question, knowledge, { policy, opinion }), opinion }
}

/** What becomes of requirements that a sender does not meet: it is asked for them first, or its receiver is told. */
export type Missing = 'blocks' | 'noted'

/**
 * Routes a requested handoff and puts the decision, its inputs and its reasons on record as one event.
 * Nothing happens when it was routed before.
 */
export async function routeHandoff(project: Project, id: string, asked: Missing = 'blocks'): Promise<void> {
  const target = targets.handoff(id)
  const { request, status } = await project.streams.load(target)
  if (request === null || (status !== 'requested' && status !== 'declined')) return
  await project.work.refresh()
  const work = project.work.workflow(request.workflow)
  const handoff = await project.streams.load(target)
  const question = routingQuestion(handoff)
  if (question === null) return
  const { decision, opinion } = await chooseOrAsk(project, question, {
    roster: work?.workflow.roster ?? [],
    asks: work?.rehearsal === true ? null : project.secondOpinion,
  })
  const meta = coordinatorMeta(project, request.workflow, work?.rehearsal ?? false)
  const shared = {
    reason: decision.reason.slice(0, limits.reasonCharsMax),
    candidates: decision.candidates.slice(0, limits.candidatesRecordedMax),
    excluded: decision.excluded,
    policy: decision.policy,
    inputs: decision.inputs,
  }
  if (decision.chosen === null) {
    const circle = work === null ? null : circleClosed(work, id, decision)
    if (circle !== null) {
      const reason = `The need came round: ${circleText(circle)}.`.slice(0, limits.reasonCharsMax)
      const command = { type: 'DeadLetterHandoff', code: 'circle', circle, reason } as const
      await project.streams.execute(target, command, meta)
      return
    }
    await project.streams.execute(
      target,
      { type: 'LeaveUnrouted', routing: { ...shared, code: decision.code } },
      meta,
    )
    return
  }
  const to: AgentName = decision.chosen
  const routing = {
    ...shared,
    to,
    confidence: decision.confidence,
    requirements: decision.requirements,
    missing: decision.missing,
    ...(opinion === undefined ? {} : { opinion }),
  }
  // A person who states a goal is not sent back to fill in a list; what is missing is told to the agent.
  const missing = request.from.kind === 'agent' ? asked : 'noted'
  await project.streams.execute(target, { type: 'RouteHandoff', routing, missing }, meta)
}

/** The circle that a need has gone through when the one it would go to had it before; null when it is another need. */
function circleClosed(work: WorkflowWork, id: string, decision: RoutingDecision): Station[] | null {
  const request = work.handoffs.get(id)?.request
  if (request == null) return null
  const looped = decision.excluded.filter(({ reason }) => reason === 'loop').map(({ agent }) => agent)
  const { to } = request
  const towards = to === undefined ? looped : looped.filter((agent) => agentKey(agent) === agentKey(to))
  return circleOf(wayTo(work, request.parent), { handoff: id, need: request.need, towards })
}

/** The handoffs on the way to one, the first one first. */
function wayTo(work: WorkflowWork, last: string | undefined): Leg[] {
  const way: Leg[] = []
  for (let id = last; id !== undefined && way.length < limits.handoffsPerWorkflowMax; ) {
    const handoff = work.handoffs.get(id)
    if (handoff?.request == null) break
    const { from, need, parent } = handoff.request
    way.unshift({ handoff: id, from: from.kind === 'agent' ? from.id : null, to: handoff.to, need })
    id = parent
  }
  return way
}

export function coordinatorMeta(project: Project, workflow: string, rehearsal: boolean): EventMeta {
  const actor = { kind: 'coordinator' as const, id: project.worker }
  return rehearsal ? { actor, correlation: workflow, rehearsal: true } : { actor, correlation: workflow }
}
