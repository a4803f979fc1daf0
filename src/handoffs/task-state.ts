import { unreachable } from '../kernel/errors.ts'
import type { HandoffStatus } from './handoff.ts'

/** Where a task stands, in the words of the A2A protocol, version 1.0. */
export type TaskState =
  | 'TASK_STATE_UNSPECIFIED'
  | 'TASK_STATE_SUBMITTED'
  | 'TASK_STATE_WORKING'
  | 'TASK_STATE_INPUT_REQUIRED'
  | 'TASK_STATE_COMPLETED'
  | 'TASK_STATE_FAILED'
  | 'TASK_STATE_CANCELED'
  | 'TASK_STATE_REJECTED'

/**
 * A handoff as an A2A task. One that came back waits for its sender; one that was declined goes to somebody else,
 * so it is submitted again; one that nobody takes is rejected. A2A's last states are final, Daybook's are not: a
 * person who redrives a handoff brings its task back to submitted.
 */
export function taskStateOf(status: HandoffStatus): TaskState {
  switch (status) {
    case 'none':
      return 'TASK_STATE_UNSPECIFIED'
    case 'requested':
    case 'routed':
    case 'declined':
      return 'TASK_STATE_SUBMITTED'
    case 'accepted':
      return 'TASK_STATE_WORKING'
    case 'returned':
      return 'TASK_STATE_INPUT_REQUIRED'
    case 'completed':
      return 'TASK_STATE_COMPLETED'
    case 'failed':
    case 'expired':
    case 'dead_lettered':
      return 'TASK_STATE_FAILED'
    case 'cancelled':
      return 'TASK_STATE_CANCELED'
    case 'unrouted':
      return 'TASK_STATE_REJECTED'
    default:
      return unreachable(status)
  }
}
