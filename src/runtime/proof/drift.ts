import { handoffEvents, type Opinion } from '../../handoffs/events.ts'
import { routingQuestion } from '../../handoffs/question.ts'
import { routeWithOpinion } from '../../handoffs/second-opinion.ts'
import { fold } from '../../kernel/decider.ts'
import { type RecordedEvent, streamOf } from '../../kernel/event.ts'
import { isEventOf } from '../../kernel/event-schema.ts'
import { sessionDecider } from '../../sessions/decider.ts'
import { assemblePrompt } from '../../sessions/prompt.ts'
import { viewAfter } from '../log-view.ts'
import type { Project } from '../project.ts'
import { rosterOf } from '../roster.ts'
import { routingKnowledge } from '../routing-knowledge.ts'
import { promptInput } from '../session/prompt-input.ts'
import * as targets from '../targets.ts'
import type { WorkflowWork } from '../workflow-work.ts'

/** Where today's code or agent files would ask or decide otherwise than was recorded. */
export interface Drift {
  readonly what: 'prompt' | 'routing' | 'agent_file'
  readonly session: string | null
  readonly handoff: string | null
  readonly event: string
  readonly message: string
}

/** The first drift of a workflow, or null. Information: the recorded run stays as good as it was. */
export async function findDrift(
  project: Project,
  work: WorkflowWork,
  sessions: readonly string[],
): Promise<Drift | null> {
  for (const session of sessions) {
    const drift = await promptDrift(project, work, session)
    if (drift !== null) return drift
  }
  for (const handoff of work.handoffs.keys()) {
    const drift = await routingDrift(project, work, handoff)
    if (drift !== null) return drift
  }
  return fileDrift(project, work)
}

async function promptDrift(project: Project, work: WorkflowWork, session: string): Promise<Drift | null> {
  const events = await Array.fromAsync(project.store.readStream(streamOf('session', session)))
  const given = events.find((event) => event.type === 'ContextGiven')
  const called = events.find((event) => event.type === 'ModelCalled')
  const { started, startedAt, context, messages } = fold(
    sessionDecider,
    events.slice(0, called === undefined ? 0 : called.revision + 1),
  )
  if (given === undefined || started === null || context === null || started.handoff === undefined)
    return null
  const view = await viewAfter(project.store, context.asOf ?? started.memoryAsOf)
  const definition = view.definedBy(started.agentEvent)?.definition
  if (definition === undefined) return null
  const handoff = fold(
    targets.handoff(started.handoff).decider,
    await eventsUntil(project, streamOf('handoff', started.handoff), given.position),
  )
  const prompt = assemblePrompt(
    promptInput({
      definition,
      handoff,
      view,
      work,
      date: (startedAt ?? '').slice(0, 10),
      offered: context.tools.map((tool) => tool.name),
    }),
  )
  const about = { what: 'prompt', session, handoff: started.handoff, event: given.id } as const
  if (prompt.system !== context.system)
    return {
      ...about,
      message: `today's system prompt of ${definition.name} differs from the recorded one: ${firstDifference(context.system, prompt.system)}`,
    }
  const opening = messages[0]?.content
  if (opening === prompt.opening) return null
  return {
    ...about,
    message: `today's first message to ${definition.name} differs from the recorded one: ${firstDifference(String(opening), prompt.opening)}`,
  }
}

async function routingDrift(project: Project, work: WorkflowWork, id: string): Promise<Drift | null> {
  const events = await Array.fromAsync(project.store.readStream(streamOf('handoff', id)))
  for (const [index, event] of events.entries()) {
    if (event.type !== 'HandoffRouted' && event.type !== 'HandoffUnrouted') continue
    if (!isEventOf(handoffEvents, event)) continue
    const before = fold(targets.handoff(id).decider, events.slice(0, index))
    const question = routingQuestion(before)
    if (question === null) continue
    const {
      inputs,
      to: chosenThen = null,
      opinion,
    } = event.data as unknown as {
      inputs: { asOf: string | null }
      to?: string
      opinion?: Opinion
    }
    const view = await viewAfter(project.store, inputs.asOf)
    const knowledge = routingKnowledge(view, work.workflow.roster)
    const { chosen } = routeWithOpinion(question, knowledge, { policy: project.policy, opinion })
    const recorded = chosenThen
    if (chosen === recorded) continue
    return {
      what: 'routing',
      session: null,
      handoff: id,
      event: event.id,
      message: `today's router (${project.policy.name}) would choose ${chosen ?? 'nobody'} instead of ${recorded ?? 'nobody'}`,
    }
  }
  return null
}

async function fileDrift(project: Project, work: WorkflowWork): Promise<Drift | null> {
  await project.view.refresh()
  const pinned = rosterOf(project.view, work.workflow.roster)
  for (const agent of pinned) {
    const now = project.view.agent(agent.definition.name)
    if (now?.event === agent.event) continue
    const what = now === null ? 'is retired' : 'was revised since'
    return {
      what: 'agent_file',
      session: null,
      handoff: null,
      event: now?.event ?? agent.event,
      message: `the file of ${agent.definition.name} ${what}`,
    }
  }
  return null
}

async function eventsUntil(project: Project, stream: string, position: string): Promise<RecordedEvent[]> {
  const events = await Array.fromAsync(project.store.readStream(stream))
  return events.filter((event) => event.position <= position)
}

function firstDifference(recorded: string, today: string): string {
  const before = recorded.split('\n')
  const after = today.split('\n')
  const at = after.findIndex((line, index) => line !== before[index])
  const line = at < 0 ? after.length : at
  return `line ${line + 1}, recorded ${JSON.stringify((before[line] ?? '').slice(0, 120))}, today ${JSON.stringify((after[line] ?? '').slice(0, 120))}`
}
