import { type RoutingDecision, type RoutingQuestion, route } from '../handoffs/router.ts'
import type { EventMeta } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import type { AgentName } from '../kernel/words.ts'
import type { RosterEntry } from '../workflows/events.ts'
import type { Project } from './project.ts'
import { routingKnowledge } from './routing-knowledge.ts'
import * as targets from './targets.ts'

/** Chooses among the agents of a roster, from what the log holds now. Records nothing. */
export async function chooseAgent(
  project: Project,
  question: RoutingQuestion,
  roster: readonly RosterEntry[],
): Promise<RoutingDecision> {
  await project.view.refresh()
  return route(question, routingKnowledge(project.view, roster), project.policy)
}

/**
 * Routes a requested handoff and puts the decision, its inputs and its reasons on record as one event.
 * Nothing happens when it was routed before.
 */
export async function routeHandoff(project: Project, id: string): Promise<void> {
  const target = targets.handoff(id)
  const { request, status } = await project.streams.load(target)
  if (request === null || status !== 'requested') return
  await project.work.refresh()
  const work = project.work.workflow(request.workflow)
  const handoff = await project.streams.load(target)
  const question: RoutingQuestion = {
    from: request.from,
    need: request.need,
    context: handoff.context,
    provides: handoff.provides,
    chain: request.chain,
    ...(request.to === undefined ? {} : { to: request.to }),
  }
  const decision = await chooseAgent(project, question, work?.workflow.roster ?? [])
  const meta = coordinatorMeta(project, request.workflow, work?.rehearsal ?? false)
  const shared = {
    reason: decision.reason.slice(0, limits.reasonCharsMax),
    candidates: decision.candidates.slice(0, limits.candidatesRecordedMax),
    excluded: decision.excluded,
    policy: decision.policy,
    inputs: decision.inputs,
  }
  if (decision.chosen === null) {
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
  }
  // A person who states a goal is not sent back to fill in a list; what is missing is told to the agent.
  const missing = request.from.kind === 'agent' ? 'blocks' : 'noted'
  await project.streams.execute(target, { type: 'RouteHandoff', routing, missing }, meta)
}

export function coordinatorMeta(project: Project, workflow: string, rehearsal: boolean): EventMeta {
  const actor = { kind: 'coordinator' as const, id: project.worker }
  return rehearsal ? { actor, correlation: workflow, rehearsal: true } : { actor, correlation: workflow }
}
