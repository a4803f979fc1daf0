import type { HandoffEvent } from '../../src/handoffs/events.ts'
import type { EventMeta } from '../../src/kernel/event.ts'
import { OpenWork } from '../../src/runtime/open-work.ts'
import type { WorkflowWork } from '../../src/runtime/workflow-work.ts'
import type { SessionEvent } from '../../src/sessions/events.ts'
import type { WorkflowEvent } from '../../src/workflows/events.ts'
import { requested } from '../handoffs/handoff-spec.ts'
import { Recorder } from '../projections/events.ts'
import { started as requestedBy } from '../workflows/workflow-spec.ts'

type AnyEvent = HandoffEvent | SessionEvent | WorkflowEvent

/** A log of one workflow, `w1`, and what is open in it. */
export class WorkGiven {
  readonly recorder = new Recorder({ correlation: 'w1' })
  readonly open = new OpenWork(async () => undefined)

  add(stream: string, events: readonly AnyEvent[], meta: Partial<EventMeta> = {}): this {
    for (const { type, data } of events) this.open.evolve(this.recorder.add(stream, type, data, meta))
    return this
  }

  workflow(...events: WorkflowEvent[]): this {
    return this.add('workflow-w1', events)
  }

  handoff(id: string, ...events: readonly HandoffEvent[]): this {
    return this.add(`handoff-${id}`, events)
  }

  session(id: string, ...events: readonly SessionEvent[]): this {
    return this.add(`session-${id}`, events)
  }

  get work(): WorkflowWork {
    return this.open.workflow('w1')!
  }
}

/** A workflow that runs. */
export const running = (): WorkGiven => new WorkGiven().workflow(requestedBy)

export const askedBy = (session: string, mode: 'ask' | 'delegate' = 'ask'): HandoffEvent =>
  ({
    ...requested,
    data: {
      ...(requested.data as Extract<HandoffEvent, { type: 'HandoffRequested' }>['data']),
      session,
      mode,
    },
  }) as HandoffEvent
