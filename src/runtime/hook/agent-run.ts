import { type Handoff, isSettled } from '../../handoffs/handoff.ts'
import { limits } from '../../kernel/limits.ts'
import { agentKey } from '../../kernel/words.ts'
import { sameNeed } from '../../sessions/needs.ts'
import { externalModel } from '../inbox/open-session.ts'
import { takeHandoff } from '../inbox/take-handoff.ts'
import type { KnownAgent } from '../log-view.ts'
import { keyedHandoffId, submitHandoff } from '../submit-handoff.ts'
import * as targets from '../targets.ts'
import { defaultLimits } from '../workflow-defaults.ts'
import { briefingFor } from './agent-briefing.ts'
import { type AtWork, workerOf } from './at-work.ts'
import { type HookLog, mainConversation } from './hook-log.ts'
import type { HookAgent, HookCall } from './payload.ts'
import { openTasks } from './transcript.ts'

/** A handoff that waits for an agent to take it. */
export interface Waits {
  readonly id: string
  readonly need: string
  readonly from: string
  readonly to: string
}

type AgentCall = HookCall & { readonly agent: HookAgent }

/** The agent of the log that Claude Code means: its own kinds, such as general-purpose, have no file and are none. */
export function knownAgent({ project }: HookLog, { type }: HookAgent): KnownAgent | null {
  // An agent of a plugin is called `plugin:agent`.
  return project.view.agent(type) ?? project.view.agent(type.slice(type.lastIndexOf(':') + 1))
}

/** Handoffs that are routed to somebody and that nobody has begun; of one agent, or of all. */
export function waitingFor({ project }: HookLog, agent: string | null): Waits[] {
  return openHandoffs(project).flatMap(([id, { status, to, request }]) => {
    if (status !== 'routed' || to === null || request === null) return []
    if (agent !== null && agentKey(to) !== agentKey(agent)) return []
    return [{ id, need: request.need, from: request.from.id, to }]
  })
}

/**
 * Begins the session of an agent that Claude Code started, or finds it begun. It takes up the handoff that its
 * task speaks of; any other task is a handoff of its own, from the conversation. Null for an agent without a file.
 */
export async function beginAgent(log: HookLog, call: AgentCall): Promise<AtWork | null> {
  const { project, atWork } = log
  const standing = atWork.find(call.session, call.agent)
  if (standing !== null) return standing
  await project.view.refresh()
  const agent = knownAgent(log, call.agent)?.definition.name
  if (agent === undefined) return null
  await project.work.refresh()
  const worker = workerOf(call)
  const task = taskOf(log, call)
  const handoff = await handoffFor(log, call, { agent, worker, task: task?.prompt ?? null })
  const taken = await takeHandoff(project, {
    handoff,
    agent,
    worker,
    by: { kind: 'agent', id: agent },
    leaseMs: limits.hookLeaseMs,
    briefing: (at) => briefingFor(log, at, waitingFor(log, agent)),
  })
  const { session, workflow, epoch } = taken
  const { session: claude, agent: of } = call
  const work = {
    claude,
    agentId: of.id,
    agent,
    session,
    workflow,
    handoff,
    epoch,
    task: task?.toolUse ?? null,
  }
  atWork.begin(work)
  return work
}

/** Whether it began, and is at work no more. */
export async function hasEnded({ project, atWork }: HookLog, call: AgentCall): Promise<boolean> {
  if (atWork.find(call.session, call.agent) !== null) return false
  const { status } = await project.streams.load(targets.handoff(keyedHandoffId(keyOf(call, 0))))
  return isSettled(status)
}

interface Beginning {
  readonly agent: string
  readonly worker: string
  readonly task: string | null
}

async function handoffFor(
  log: HookLog,
  call: AgentCall,
  { agent, worker, task }: Beginning,
): Promise<string> {
  const handoffs = openHandoffs(log.project)
  // Taken already, and the process was cut off before it could say so.
  const held = handoffs.find(
    ([, { status, lease }]) => status === 'accepted' && lease?.worker === worker && lease.external === true,
  )
  if (held !== undefined) return held[0]
  const need = task?.slice(0, limits.needCharsMax).trim() || unknownTask(agent)
  const waiting = waitingFor(log, agent).find((one) => isAbout(one, need))
  return waiting?.id ?? newHandoff(log, { need, agent, key: await freshKey(log, call) })
}

/** Of several tasks for agents of one type, the first that nobody has begun. */
function taskOf({ atWork }: HookLog, { transcript, agent }: AgentCall) {
  const begun = new Set(atWork.all().map(({ task }) => task))
  return openTasks(transcript, agent.type).find(({ toolUse }) => !begun.has(toolUse)) ?? null
}

function unknownTask(agent: string): string {
  return `A task that Claude Code gave ${agent}; its words were not in the transcript yet.`
}

function isAbout({ id, need, to }: Waits, task: string): boolean {
  return task.includes(id) || sameNeed({ need, to }, { need: task, to })
}

/** Claude Code may begin a subagent of one id again: each time is a handoff of its own. */
async function freshKey({ project }: HookLog, call: AgentCall): Promise<string> {
  for (let run = 0; ; run += 1) {
    const key = keyOf(call, run)
    const { status } = await project.streams.load(targets.handoff(keyedHandoffId(key)))
    if (status === 'none' || status === 'requested' || status === 'routed') return key
  }
}

function keyOf({ session, agent }: AgentCall, run: number): string {
  return `claude-code ${session} ${agent.id} ${run}`.slice(0, limits.idempotencyKeyCharsMax)
}

async function newHandoff(
  { project }: HookLog,
  { need, agent, key }: { need: string; agent: string; key: string },
): Promise<string> {
  const roster = project.view
    .agents()
    .map(({ definition, event }) => ({ agent: definition.name, event, external: true as const }))
  const { id } = await submitHandoff(project, {
    from: mainConversation,
    need,
    context: '',
    provides: [],
    to: agent,
    mode: 'delegate',
    workflow: null,
    parent: null,
    key,
    begins: { roster, limits: defaultLimits, model: externalModel, rehearsal: false },
  })
  return id
}

function openHandoffs({ work }: HookLog['project']): (readonly [string, Handoff])[] {
  return [...work.open()].flatMap(({ workflow, handoffs }) =>
    workflow.status === 'running' ? [...handoffs] : [],
  )
}
