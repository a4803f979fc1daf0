import { describe, expect, test } from 'vitest'
import type { WorkflowCommand, WorkflowStatus } from '../../src/workflows/decider.ts'
import {
  cancel,
  complete,
  fail,
  given,
  limitsSet,
  pause,
  raise,
  reach,
  resume,
  resumeRedriven,
  start,
  started,
  statuses,
  stopped,
  storyOf,
} from './workflow-spec.ts'

/** What a command does in every status: the first event's type, `-` for nothing, or the code of a refusal. */
type Row = Record<WorkflowStatus, string>
const over = { none: 'not_found', completed: 'not_open', failed: 'not_open', cancelled: 'not_open' }
const passed = { none: 'not_found', completed: '-', failed: '-', cancelled: '-' }

const table: [string, WorkflowCommand, Row][] = [
  ['start', start(), { ...passed, none: 'WorkflowStarted', running: '-', paused: '-' }],
  ['reach a limit', reach(), { ...passed, running: 'LimitReached', paused: '-' }],
  ['raise a limit', raise(), { ...over, running: 'LimitRaised', paused: 'LimitRaised' }],
  ['pause', pause, { ...over, running: 'WorkflowPaused', paused: '-' }],
  ['resume', resume, { ...over, running: '-', paused: 'WorkflowResumed' }],
  [
    'resume for a handoff that gets another try',
    resumeRedriven,
    {
      ...over,
      running: '-',
      paused: 'WorkflowResumed',
      completed: 'WorkflowResumed',
      failed: 'WorkflowResumed',
    },
  ],
  ['cancel', cancel, { ...over, running: 'WorkflowCancelled', paused: 'WorkflowCancelled', cancelled: '-' }],
  ['complete', complete, { ...passed, running: 'WorkflowCompleted', paused: '-' }],
  ['fail', fail, { ...passed, running: 'WorkflowFailed', paused: 'WorkflowFailed' }],
]

describe.each(table)('to %s', (_, command, row) => {
  test.each(statuses)('a workflow that is %s', (status) => {
    const { decision } = given(...storyOf[status]).when(command)
    const first = decision.kind === 'rejected' ? decision.rejection.code : (decision.events[0]?.type ?? '-')
    expect(first).toBe(row[status])
  })
})

test('the stories lead where they say', () => {
  for (const status of statuses) expect(given(...storyOf[status]).state.status).toBe(status)
})

test('a workflow is started once: the same id with another goal is a conflict', () => {
  given(started).when(start('Something else.')).thenRejects({ code: 'conflict' })
})

test('a goal without words is refused', () => {
  given().when(start('  ')).thenRejects({ code: 'empty_goal' })
})

test('its state says what it started with', () => {
  expect(given(started).state).toMatchObject({ entry: null, limits: limitsSet, model: 'rehearsal' })
})

describe('a limit', () => {
  test('that is reached pauses the workflow, with the numbers', () => {
    const { state } = given(started)
      .when(reach('cost', 2, 2.1))
      .thenDecides(
        { type: 'LimitReached', data: { limit: 'cost', max: 2, reached: 2.1 } },
        { type: 'WorkflowPaused', data: { reason: 'The limit on cost was reached: 2.1 of 2.' } },
      )
    expect(state).toMatchObject({ status: 'paused', reached: { limit: 'cost' } })
  })

  test('is not passed by resuming', () => {
    given(started, ...stopped)
      .when(resume)
      .thenRejects({ code: 'limit_reached', limit: 'cost', max: 2 })
  })

  test('that is raised lets the workflow go on', () => {
    const { state } = given(started, ...stopped)
      .when(raise('cost', 5))
      .thenDecides({ type: 'LimitRaised', data: { max: 5 } }, { type: 'WorkflowResumed' })
    expect(state).toMatchObject({ status: 'running', reached: null, limits: { ...limitsSet, costUsdMax: 5 } })
  })

  test('does not go on when another one is raised', () => {
    const { state } = given(started, ...stopped)
      .when(raise('tokens', 200_000))
      .thenDecides({ type: 'LimitRaised' })
    expect(state.status).toBe('paused')
  })

  test('does not go on for a raise that what was spent has passed already', () => {
    given(started, ...stopped)
      .when(raise('cost', 2.1))
      .thenRejects({ code: 'not_higher', max: 2.1 })
  })

  test('is raised before it is reached as well, and never lowered', () => {
    given(started).when(raise('depth', 5)).thenDecides({ type: 'LimitRaised' })
    given(started).when(raise('depth', 4)).thenRejects({ code: 'not_higher', max: 4 })
    given(started).when(raise('wall_time', 1)).thenRejects({ code: 'not_higher', max: 60_000 })
  })

  test('of a workflow that a person paused does not resume it', () => {
    const { state } = given(...storyOf.paused)
      .when(raise('cost', 5))
      .thenDecides({ type: 'LimitRaised' })
    expect(state.status).toBe('paused')
  })
})

test.each(['completed', 'failed', 'cancelled'] as const)(
  'a workflow that is %s says so when it is to go on',
  (status) => {
    given(...storyOf[status])
      .when(resume)
      .thenRejects({ code: 'not_open', message: `The workflow is ${status}.` })
  },
)

test('a completed workflow can be taken up again, for handoffs that a person moves; it ends anew', () => {
  const { state } = given(...storyOf.completed).when(resumeRedriven)
  expect(state.status).toBe('running')
  expect(
    given(...storyOf.completed, { type: 'WorkflowResumed', data: resumed }).when(complete).state.status,
  ).toBe('completed')
})

test('a log in which a completed workflow was resumed is read as it was: running, until it ends anew', () => {
  const { state } = given(...storyOf.completed, { type: 'WorkflowResumed', data: resumed })
  expect(state.status).toBe('running')
})
const resumed = { by: { kind: 'person' as const, id: 'the-owner' }, reason: 'Once more.' }
