import { DaybookError } from '../../kernel/errors.ts'
import { streamCategory, streamId, streamOf } from '../../kernel/event.ts'
import { StoreError } from '../../store/port.ts'
import type { Project } from '../project.ts'
import type { WorkflowWork } from '../workflow-work.ts'
import { type Drift, findDrift } from './drift.ts'
import { memoryDifference, memoryEdits } from './prove-memory.ts'
import { type ProofDifference, proveSession } from './prove-session.ts'

export interface Proof {
  readonly intact: boolean
  readonly sessions: number
  readonly calls: number
  readonly firstDifference: ProofDifference | null
  readonly drift: Drift | null
}

/**
 * Proves a workflow, or one session, from the log alone: offline, without a key, calling nothing. `intact`
 * must always hold, and does not where an event cannot even be read; `drift` tells where today's code or files would go another way.
 */
export async function prove(project: Project, id: string): Promise<Proof> {
  try {
    return await proveReadable(project, id)
  } catch (error) {
    if (!(error instanceof StoreError && error.code === 'damaged')) throw error
    return { intact: false, sessions: 0, calls: 0, firstDifference: placeOf(error), drift: null }
  }
}

async function proveReadable(project: Project, id: string): Promise<Proof> {
  await project.work.refresh()
  await project.view.refresh()
  const { work, sessions } = scopeOf(project, id)
  await readWork(project, work)
  const edits = await memoryEdits(project, new Set(sessions))
  let calls = 0
  for (const session of sessions) {
    const events = await Array.fromAsync(project.store.readStream(streamOf('session', session)))
    const started = events.find(({ type }) => type === 'SessionStarted')
    const agentEvent = (started?.data as { agentEvent?: string } | undefined)?.agentEvent
    const definition =
      agentEvent === undefined ? null : (project.view.definedBy(agentEvent)?.definition ?? null)
    const proof = proveSession(session, events, definition)
    calls += proof.calls
    const firstDifference = proof.difference ?? memoryDifference(edits, session, events)
    if (firstDifference !== null)
      return { intact: false, sessions: sessions.length, calls, firstDifference, drift: null }
  }
  return {
    intact: true,
    sessions: sessions.length,
    calls,
    firstDifference: null,
    drift: await findDrift(project, work, sessions),
  }
}

/** Reads what was folded before this process began, too: an event that cannot be read is found wherever it is. */
async function readWork({ store }: Project, { id, handoffs }: WorkflowWork): Promise<void> {
  const streams = [streamOf('workflow', id), ...[...handoffs.keys()].map((name) => streamOf('handoff', name))]
  for (const stream of streams) for await (const _ of store.readStream(stream));
}

/** Where an event cannot be read; empty ids where the damage is that of no event or of no session. */
function placeOf({ message, details }: StoreError): ProofDifference {
  const { event = '', stream = '' } = details as { event?: string; stream?: string }
  const session = streamCategory(stream) === 'session' ? streamId(stream) : ''
  return { session, event, type: 'damaged', message }
}

function scopeOf({ work }: Project, id: string): { work: WorkflowWork; sessions: string[] } {
  const workflow = work.workflow(id) ?? unique([...work.workflows()].filter((one) => one.id.startsWith(id)))
  if (workflow !== null) return { work: workflow, sessions: [...workflow.sessions.keys()] }
  const ofSession = work.workflowOfSession(id)
  if (ofSession !== null) return { work: ofSession, sessions: [id] }
  throw new DaybookError(
    'not_found',
    `The log holds no workflow and no session ${id}. "daybook workflows" lists them.`,
  )
}

function unique<T>(found: readonly T[]): T | null {
  return found.length === 1 ? (found[0] ?? null) : null
}
