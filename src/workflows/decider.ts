import { accept, type Decider, type Decision, reject } from '../kernel/decider.ts'
import { unreachable } from '../kernel/errors.ts'
import type { Actor } from '../kernel/event.ts'
import type { LimitName } from '../kernel/limit-events.ts'
import type { EventId, WorkflowId } from '../kernel/words.ts'
import {
  type RecordedWorkflowEvent,
  type RosterEntry,
  type WorkflowEvent,
  type WorkflowLimits,
  workflowEvents,
} from './events.ts'

type DataOf<Type extends WorkflowEvent['type']> = Extract<WorkflowEvent, { type: Type }>['data']

/** What a workflow can be, once it has started. */
export const workflowStatuses = ['running', 'paused', 'completed', 'failed', 'cancelled'] as const
export type WorkflowStatus = 'none' | (typeof workflowStatuses)[number]

export interface Workflow {
  readonly status: WorkflowStatus
  readonly goal: string
  readonly entry: string | null
  readonly model: string
  readonly by: Actor | null
  readonly roster: readonly RosterEntry[]
  readonly limits: WorkflowLimits | null
  /** The limit that paused it, until a person raises it. */
  readonly reached: DataOf<'LimitReached'> | null
  readonly reason: string | null
  /** What it is a fork of, and the last event they have in common; null: it began with its own goal. */
  readonly forkOf: { readonly workflow: WorkflowId; readonly at: EventId } | null
}

export type WorkflowCommand =
  | ({ readonly type: 'StartWorkflow' } & DataOf<'WorkflowStarted'>)
  | ({ readonly type: 'ReachLimit'; readonly by: Actor } & DataOf<'LimitReached'>)
  | { readonly type: 'RaiseLimit'; readonly limit: LimitName; readonly max: number; readonly by: Actor }
  | { readonly type: 'PauseWorkflow'; readonly by: Actor; readonly reason: string }
  | {
      readonly type: 'ResumeWorkflow'
      readonly by: Actor
      readonly reason: string
      /** A handoff of it gets another try: it goes on even when it was completed or failed. */
      readonly redriven?: true
    }
  | { readonly type: 'CancelWorkflow'; readonly by: Actor; readonly reason: string }
  | ({ readonly type: 'CompleteWorkflow' } & DataOf<'WorkflowCompleted'>)
  | ({ readonly type: 'FailWorkflow' } & DataOf<'WorkflowFailed'>)

const initial: Workflow = {
  status: 'none',
  goal: '',
  entry: null,
  model: '',
  by: null,
  roster: [],
  limits: null,
  reached: null,
  reason: null,
  forkOf: null,
}

/** The field of a workflow's limits that a limit's name stands for. */
export const limitFields = {
  turns: 'turnsPerSessionMax',
  tokens: 'tokensMax',
  cost: 'costUsdMax',
  wall_time: 'wallTimePerSessionMs',
  depth: 'depthMax',
  handoffs: 'handoffsMax',
  session_tokens: 'tokensPerSessionMax',
  session_cost: 'costPerSessionUsdMax',
} as const satisfies Record<LimitName, keyof WorkflowLimits>

function decide(command: WorkflowCommand, state: Workflow): Decision<WorkflowEvent> {
  if (command.type === 'StartWorkflow') return decideStart(command, state)
  if (state.status === 'none') return reject({ code: 'not_found', message: 'There is no such workflow.' })
  switch (command.type) {
    case 'ReachLimit':
      return decideReach(command, state)
    case 'RaiseLimit':
      return decideRaise(command, state)
    case 'PauseWorkflow':
      if (state.status === 'paused') return accept()
      if (state.status !== 'running') return over(state)
      return accept({ type: 'WorkflowPaused', data: { by: command.by, reason: command.reason } })
    case 'ResumeWorkflow':
      return decideResume(command, state)
    case 'CancelWorkflow':
      if (state.status === 'cancelled') return accept()
      if (state.status !== 'running' && state.status !== 'paused') return over(state)
      return accept({ type: 'WorkflowCancelled', data: { by: command.by, reason: command.reason } })
    case 'CompleteWorkflow': {
      const { type: _, ...data } = command
      return state.status === 'running' ? accept({ type: 'WorkflowCompleted', data }) : accept()
    }
    case 'FailWorkflow': {
      const { type: _, ...data } = command
      return state.status === 'running' || state.status === 'paused'
        ? accept({ type: 'WorkflowFailed', data })
        : accept()
    }
    default:
      return unreachable(command)
  }
}

function decideStart(
  command: Extract<WorkflowCommand, { type: 'StartWorkflow' }>,
  state: Workflow,
): Decision<WorkflowEvent> {
  const { type: _, ...data } = command
  if (state.status !== 'none') {
    if (state.goal === data.goal) return accept()
    return reject({ code: 'conflict', message: 'Another workflow has this id: same key, other goal.' })
  }
  if (data.goal.trim() === '') {
    return reject({
      code: 'empty_goal',
      message: 'A workflow needs a goal: say in a sentence what you want.',
    })
  }
  return accept({ type: 'WorkflowStarted', data })
}

function decideReach(
  command: Extract<WorkflowCommand, { type: 'ReachLimit' }>,
  state: Workflow,
): Decision<WorkflowEvent> {
  if (state.status !== 'running') return accept()
  const { limit, max, reached, by } = command
  const reason = `The limit on ${limit.replace('_', ' ')} was reached: ${reached} of ${max}.`
  return accept(
    { type: 'LimitReached', data: { limit, max, reached } },
    { type: 'WorkflowPaused', data: { by, reason } },
  )
}

function decideRaise(
  command: Extract<WorkflowCommand, { type: 'RaiseLimit' }>,
  state: Workflow,
): Decision<WorkflowEvent> {
  if (state.status !== 'running' && state.status !== 'paused') return over(state)
  const { limit, max, by } = command
  const now = state.limits?.[limitFields[limit]] ?? 0
  const used = state.reached?.limit === limit ? state.reached.reached : 0
  if (max <= Math.max(now, used)) {
    return reject({
      code: 'not_higher',
      message: `The limit on ${limit.replace('_', ' ')} is ${now}${used > 0 ? `, and ${used} is used` : ''}: a raise must be higher than ${Math.max(now, used)}.`,
      max: Math.max(now, used),
    })
  }
  const raised: WorkflowEvent = { type: 'LimitRaised', data: { limit, max, by } }
  if (state.reached?.limit !== limit) return accept(raised)
  return accept<WorkflowEvent>(raised, {
    type: 'WorkflowResumed',
    data: { by, reason: `The limit on ${limit} was raised to ${max}.` },
  })
}

function decideResume(
  command: Extract<WorkflowCommand, { type: 'ResumeWorkflow' }>,
  state: Workflow,
): Decision<WorkflowEvent> {
  if (state.status === 'running') return accept()
  // What has ended goes on only for a handoff of it that gets another try: without one it would end anew at once.
  const redriven = command.redriven === true && state.status !== 'cancelled'
  if (state.status !== 'paused' && !redriven) return over(state)
  if (state.reached !== null) {
    const { limit, max } = state.reached
    const message = `It stopped at its limit on ${limit} (${max}): raise that limit to go on.`
    return reject({ code: 'limit_reached', message, limit, max })
  }
  return accept({ type: 'WorkflowResumed', data: { by: command.by, reason: command.reason } })
}

function over(state: Workflow): Decision<never> {
  return reject({ code: 'not_open', message: `The workflow is ${state.status}.`, status: state.status })
}

function evolve(state: Workflow, event: RecordedWorkflowEvent): Workflow {
  switch (event.type) {
    case 'WorkflowStarted': {
      const { goal, entry, roster, limits, model, by } = event.data
      return { ...state, status: 'running', goal, entry: entry ?? null, roster, limits, model, by }
    }
    case 'WorkflowForked': {
      const { parent, at } = event.data
      // A fork of a fork has its parent's own after its own: it is a copy, as everything in its past.
      return { ...state, forkOf: state.forkOf ?? { workflow: parent, at } }
    }
    case 'LimitReached':
      return { ...state, reached: event.data }
    case 'LimitRaised': {
      const { limit, max } = event.data
      const limits = state.limits === null ? null : { ...state.limits, [limitFields[limit]]: max }
      return { ...state, limits, reached: state.reached?.limit === limit ? null : state.reached }
    }
    case 'WorkflowPaused':
      return { ...state, status: 'paused', reason: event.data.reason }
    case 'WorkflowResumed':
      return { ...state, status: 'running', reason: null }
    case 'WorkflowCompleted':
      return { ...state, status: 'completed' }
    case 'WorkflowFailed':
      return { ...state, status: 'failed', reason: event.data.reason }
    case 'WorkflowCancelled':
      return { ...state, status: 'cancelled', reason: event.data.reason }
    default:
      return unreachable(event)
  }
}

export const workflowDecider: Decider<Workflow, WorkflowCommand, typeof workflowEvents> = {
  schemas: workflowEvents,
  initial,
  decide,
  evolve,
}
