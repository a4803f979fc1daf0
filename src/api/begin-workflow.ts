import { type RecordedEvent, streamOf } from '../kernel/event.ts'
import { agentNamed } from '../runtime/callers.ts'
import { contentId } from '../runtime/digest.ts'
import { reused } from '../runtime/requests/carry-out-once.ts'
import { startWorkflow, type WorkflowRequest } from '../runtime/start-workflow.ts'
import { howItRuns } from '../runtime/workflow-defaults.ts'
import type { RecordedWorkflowEvent, WorkflowLimits } from '../workflows/events.ts'
import type { ApiDaybook } from './context.ts'

export interface Beginning {
  readonly goal: string
  readonly entry?: string | null | undefined
  readonly limits: Partial<WorkflowLimits>
  readonly model?: string | null | undefined
}

/**
 * Starts a workflow and tells how it started. With a key its id follows from the key: asked again, now or after a
 * restart, it tells the same; asked with other content it is refused.
 */
export async function beginWorkflow(daybook: ApiDaybook, beginning: Beginning, key: string | null) {
  const { project, person } = daybook
  await project.view.refresh()
  const { goal } = beginning
  const entry =
    beginning.entry == null
      ? null
      : agentNamed(project.view, beginning.entry, 'unknown_agent').definition.name
  const how = howItRuns(daybook, { limits: beginning.limits, model: beginning.model ?? undefined })
  const request: WorkflowRequest = {
    ...how,
    goal,
    entry,
    by: person,
    id: key === null ? project.ids.next() : contentId('workflow', 'key', key),
  }
  const before = await startOf(daybook, request.id ?? '')
  if (before !== null && !isSame(before, { ...beginning, entry })) throw reused()
  const id = await startWorkflow(project, request)
  return told(id, before ?? (await startOf(daybook, id)))
}

type Start = Extract<RecordedWorkflowEvent, { type: 'WorkflowStarted' }>

async function startOf({ project }: ApiDaybook, id: string): Promise<Start | null> {
  for await (const event of project.store.readStream(streamOf('workflow', id), { limit: 1 }))
    return event as RecordedEvent as Start
  return null
}

/** What the request leaves open may have changed since, with the configuration; what it says may not. */
function isSame(
  { data }: Start,
  { goal, entry, limits, model }: Beginning & { entry: string | null },
): boolean {
  const named = Object.entries(limits) as [keyof WorkflowLimits, number][]
  return (
    data.goal === goal &&
    (data.entry ?? null) === entry &&
    (model == null || data.model === model || data.model === 'rehearsal') &&
    named.every(([limit, max]) => data.limits[limit] === max)
  )
}

function told(id: string, start: Start | null) {
  if (start === null) throw new Error(`workflow ${id} was started and is not in the log`)
  const { goal, entry, model, limits } = start.data
  const { rehearsal, recordedAt } = start.meta
  const how = { model, rehearsal: rehearsal === true, limits, startedAt: recordedAt }
  return { id, goal, entry: entry ?? null, ...how }
}
