import type { Candidate, HandoffMode, Provided, RecordedHandoffEvent } from '../handoffs/events.ts'
import type { RoutingDecision, RoutingQuestion } from '../handoffs/router.ts'
import { refusal } from '../kernel/errors.ts'
import { type RecordedEvent, streamOf } from '../kernel/event.ts'
import { agentKey } from '../kernel/words.ts'
import type { RosterEntry } from '../workflows/events.ts'
import { actorNamed } from './callers.ts'
import type { DatedCandidate } from './dated-evidence.ts'
import type { ServedDaybook } from './daybook.ts'
import { handOn } from './inbox/hand-on.ts'
import type { Project } from './project.ts'
import { chooseAgent } from './route-handoff.ts'
import { type Submission, type Submitted, submitHandoff, submittedBefore } from './submit-handoff.ts'
import { showHandoff, showWorkflow } from './work-views.ts'
import { howItRuns } from './workflow-defaults.ts'

/** A handoff as somebody outside any session asks for it. */
export interface HandoffRequest {
  /** An agent's name, or `person`. */
  readonly from: string
  readonly need: string
  readonly context: string
  readonly provides: Provided[]
  /** Without it the router chooses. */
  readonly to?: string | null | undefined
  readonly mode: HandoffMode
  /** Without it the handoff begins a workflow whose goal is the need. */
  readonly workflow?: string | null | undefined
  /** The handoff that the sender works for: its chain and its depth go on. */
  readonly parent?: string | null | undefined
  /** Under which the sender accepted `parent`: the need is then its session's, and said once however often. */
  readonly epoch?: number | null | undefined
  /** ISO instant: open by then, it expires. */
  readonly deadline?: string | null | undefined
}

/** Who was chosen, and why. */
export type Choice = Decided & { readonly because: Candidate['because'] }

export type HandoffAnswer = Choice & {
  readonly id: string
  readonly workflow: string
  readonly event: string
}

/** Records a handoff, routes it and tells who got it and why; the same key tells the same again. */
export async function submit(
  daybook: ServedDaybook,
  request: HandoffRequest,
  key: string | null,
): Promise<HandoffAnswer> {
  const { project } = daybook
  const submission = await submissionOf(daybook, request, key)
  const before = key === null ? null : await submittedBefore(project, key)
  if (before !== null && !before.sameAs(submission)) {
    const message = 'This key was used for a handoff with other content: use a new key.'
    throw refusal({ code: 'key_reused', message })
  }
  if (before === null) await refuseHopeless(daybook, submission)
  const reply = await carriedOut(project, submission, request.epoch ?? null)
  if (reply.status === 'refused') throw refusal({ code: reply.code, message: reply.reason })
  const answer = await answerOf(daybook, reply)
  if (answer.missing.length === 0 || submission.from.kind !== 'agent') return answer
  const message = `${answer.chosen} needs first: ${answer.missing.join('; ')}. Supply it for handoff ${reply.id}.`
  throw refusal({ code: 'requirements_missing', message, ...answer })
}

/** From a session that runs elsewhere it is the session's; from anybody else it stands for itself. */
async function carriedOut(
  project: Project,
  submission: Submission,
  epoch: number | null,
): Promise<Submitted> {
  const { parent, workflow, need, to, context, provides, mode } = submission
  if (epoch === null || parent === null || workflow === null) return submitHandoff(project, submission)
  const asked = { need, to, context, provides, mode }
  const reply = await handOn(project, { handoff: parent, epoch, ...asked })
  return { ...reply, id: reply.status === 'refused' ? '' : reply.handoff, workflow }
}

async function submissionOf(
  daybook: ServedDaybook,
  request: HandoffRequest,
  key: string | null,
): Promise<Submission> {
  const { project } = daybook
  await project.view.refresh()
  const from = actorNamed(project.view, daybook, request.from)
  const parent = request.parent == null ? null : await parentOf(daybook, request.parent, from)
  const named = request.workflow ?? parent?.workflow ?? null
  const workflow = named === null ? null : await openWorkflow(daybook, named)
  if (parent !== null && workflow !== parent.workflow) {
    const message = `Handoff ${parent.id} belongs to workflow ${parent.workflow}, not to ${workflow}.`
    throw refusal({ code: 'other_workflow', message })
  }
  const { need, context, provides, mode, deadline = null } = request
  const content = { need, context, provides, mode, deadline, to: request.to ?? null }
  return { from, ...content, workflow, parent: parent?.id ?? null, key, begins: howItRuns(daybook) }
}

/** Only the agent that has a handoff hands its work on. */
async function parentOf(daybook: ServedDaybook, id: string, from: { kind: string; id: string }) {
  const parent = await showHandoff(daybook.project, id)
  const holds = from.kind !== 'agent' || (parent.to !== null && agentKey(parent.to) === agentKey(from.id))
  if (holds) return parent
  const message = `Handoff ${parent.id} is ${parent.to ?? 'nobody'}'s work, not ${from.id}'s.`
  throw refusal({ code: 'forged_sender', message, to: parent.to })
}

async function openWorkflow({ project }: ServedDaybook, id: string): Promise<string> {
  const { id: whole, status } = await showWorkflow(project, id)
  if (status === 'running' || status === 'paused') return whole
  throw refusal({ code: 'not_open', message: `The workflow is ${status}.`, status })
}

/** Who cannot be chosen anyway is said before anything is recorded. */
async function refuseHopeless(daybook: ServedDaybook, submission: Submission): Promise<void> {
  const { project } = daybook
  const roster = rosterFor(daybook, submission.workflow)
  if (roster.length === 0) {
    const message = 'No agent is registered. Name a folder of agent files with --agents.'
    throw refusal({ code: 'no_agents', message })
  }
  const { to } = submission
  if (to === null) return
  const decision = await chooseAgent(project, questionOf(daybook, submission), roster)
  if (decision.chosen === null) throw refusal({ code: decision.code, message: decision.reason, to })
}

export function rosterFor(daybook: ServedDaybook, workflow: string | null): readonly RosterEntry[] {
  if (workflow === null) return daybook.roster
  return daybook.project.work.workflow(workflow)?.workflow.roster ?? []
}

export function questionOf(
  { project }: ServedDaybook,
  { from, need, context, provides, to, parent }: Omit<Submission, 'begins' | 'key' | 'mode' | 'workflow'>,
): RoutingQuestion {
  const work = parent === null ? null : project.work.workflowOfHandoff(parent)
  const before = work?.handoffs.get(parent ?? '')?.request?.chain ?? []
  const chain = from.kind === 'agent' ? [...new Set([...before, from.id])] : [...before]
  return { from, need, context, provides, chain, ...(to === null ? {} : { to }) }
}

/** The first decision that was made about it: what a repeated request is answered with, too. */
async function answerOf(
  { project }: ServedDaybook,
  { id, workflow }: { id: string; workflow: string },
): Promise<HandoffAnswer> {
  for await (const event of project.store.readStream(streamOf('handoff', id))) {
    const known = event as RecordedEvent as RecordedHandoffEvent
    if (known.type !== 'HandoffRouted' && known.type !== 'HandoffUnrouted') continue
    return { id, workflow, event: known.id, ...choiceOf(decided(known)) }
  }
  throw refusal({ code: 'unavailable', message: `Handoff ${id} is recorded and not routed yet: ask again.` })
}

type Decided = Pick<
  RoutingDecision,
  'chosen' | 'reason' | 'confidence' | 'excluded' | 'requirements' | 'missing' | 'policy'
> & { readonly candidates: DatedCandidate[] }

function decided(
  event: Extract<RecordedHandoffEvent, { type: 'HandoffRouted' | 'HandoffUnrouted' }>,
): Decided {
  if (event.type === 'HandoffRouted') return { chosen: event.data.to, ...event.data }
  return { chosen: null, confidence: 0, requirements: [], missing: [], ...event.data }
}

export function choiceOf(decision: Decided): Choice {
  const { chosen, reason, confidence, candidates, excluded, requirements, missing, policy } = decision
  const because = candidates.find(({ agent }) => agent === chosen)?.because ?? []
  return { chosen, reason, confidence, because, candidates, excluded, requirements, missing, policy }
}
