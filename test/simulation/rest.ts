import { type Handoff, isSettled } from '../../src/handoffs/handoff.ts'
import { OpenWork } from '../../src/runtime/open-work.ts'
import type { WorkflowWork } from '../../src/runtime/workflow-work.ts'
import type { Disk } from './disk.ts'

/** Follows the log beside everybody: what is still to be done, and by whom. */
export class Observer {
  readonly #disk: Disk
  readonly #work = new OpenWork(async () => undefined)
  #seen = 0

  constructor(disk: Disk) {
    this.#disk = disk
  }

  workflows(): WorkflowWork[] {
    for (const event of this.#disk.events.slice(this.#seen)) this.#work.evolve(event)
    this.#seen = this.#disk.events.length
    return [...this.#work.workflows()]
  }

  /** Why the first workflow that neither ended nor waits for a person does not; null when there is none. */
  restless(): string | null {
    for (const work of this.workflows()) {
      const why = whyRestless(work)
      if (why !== null) return `workflow ${work.id} (${work.workflow.status}): ${why}`
    }
    return null
  }

  get isOver(): boolean {
    return this.workflows().every(({ workflow }) =>
      ['completed', 'failed', 'cancelled'].includes(workflow.status),
    )
  }
}

/** Null when the workflow ended and left nothing open, or waits for a person and says for what. */
export function whyRestless(work: WorkflowWork): string | null {
  const { status, reason } = work.workflow
  if (status === 'none') return null
  const open = [...work.handoffs].filter(([, handoff]) => !isSettled(handoff.status))
  if (status === 'paused') return reason === null || reason === '' ? 'it is paused for no reason' : null
  if (status !== 'running')
    return open.length === 0 ? null : `${open.length} handoffs are open, the first ${open[0]?.[1].status}`
  if (open.length === 0) return 'nothing is open, and it did not end'
  for (const [id, handoff] of open) {
    const why = whyMoving(work, handoff)
    if (why !== null) return `handoff ${id} is ${handoff.status}: ${why}`
  }
  return null
}

function whyMoving(work: WorkflowWork, handoff: Handoff): string | null {
  if (handoff.status === 'returned') return handoff.missing.length > 0 ? null : 'nothing is missing'
  if (handoff.status !== 'accepted' || handoff.lease === null) return 'nobody does anything about it'
  const session = work.sessions.get(handoff.lease.session)
  if (session?.status !== 'paused') return `its session is ${session?.status ?? 'not there'}`
  if (session.reason === null || session.reason === '') return 'its session is paused for no reason'
  if (session.waitsFor !== 'answer') return null
  const asked = [...work.handoffs.values()].filter(
    ({ request }) => request?.session === session.id && request.mode === 'ask',
  )
  return asked.some(({ status }) => !isSettled(status)) ? null : 'what its session asked for is there'
}
