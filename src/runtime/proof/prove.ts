import { DaybookError } from '../../kernel/errors.ts'
import { streamCategory, streamId, streamOf } from '../../kernel/event.ts'
import { StoreError } from '../../store/port.ts'
import type { Project } from '../project.ts'
import { wholeId } from '../whole-id.ts'
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
 * Proves a workflow, or one session, by its id or the beginning of it, from the log alone: offline, without a key, calling nothing. `intact`
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
  await project.view.refresh()
  const { work, sessions } = await scopeOf(project, id)
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

/** A workflow's id goes before a session's: the two are made in different ways, and hardly ever begin alike. */
async function scopeOf(project: Project, id: string): Promise<{ work: WorkflowWork; sessions: string[] }> {
  const { work } = project
  return eitherOf(
    async () => {
      const workflow = work.workflow(await wholeId(project, 'workflow', id))!
      return { work: workflow, sessions: [...workflow.sessions.keys()] }
    },
    async () => {
      const session = await wholeId(project, 'session', id)
      return { work: work.workflowOfSession(session)!, sessions: [session] }
    },
  )
}

/** The first that is there; where neither is, both say why. */
export async function eitherOf<Found>(
  first: () => Promise<Found>,
  second: () => Promise<Found>,
): Promise<Found> {
  const one = await lookedFor(first)
  if ('found' in one) return one.found
  const other = await lookedFor(second)
  if ('found' in other) return other.found
  throw new DaybookError('not_found', `${one.why} ${other.why}`)
}

async function lookedFor<Found>(
  look: () => Promise<Found>,
): Promise<{ readonly found: Found } | { readonly why: string }> {
  try {
    return { found: await look() }
  } catch (error) {
    if (!(error instanceof DaybookError && error.code === 'not_found')) throw error
    return { why: error.message }
  }
}
