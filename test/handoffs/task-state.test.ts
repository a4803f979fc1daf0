import { expect, test } from 'vitest'
import type { HandoffStatus } from '../../src/handoffs/handoff.ts'
import { taskStateOf } from '../../src/handoffs/task-state.ts'

/** Every status, by the compiler: a new one does not go unnoticed. */
const expected: Record<HandoffStatus, string> = {
  none: 'TASK_STATE_UNSPECIFIED',
  requested: 'TASK_STATE_SUBMITTED',
  routed: 'TASK_STATE_SUBMITTED',
  declined: 'TASK_STATE_SUBMITTED',
  accepted: 'TASK_STATE_WORKING',
  returned: 'TASK_STATE_INPUT_REQUIRED',
  unrouted: 'TASK_STATE_REJECTED',
  completed: 'TASK_STATE_COMPLETED',
  failed: 'TASK_STATE_FAILED',
  expired: 'TASK_STATE_FAILED',
  dead_lettered: 'TASK_STATE_FAILED',
  cancelled: 'TASK_STATE_CANCELED',
}

test.each(Object.entries(expected))('a handoff that is %s is a task in %s', (status, state) => {
  expect(taskStateOf(status as HandoffStatus)).toBe(state)
})

test('what is no status is a fault of ours, and not guessed', () => {
  expect(() => taskStateOf('constructor' as HandoffStatus)).toThrow(/unexpected/u)
})
