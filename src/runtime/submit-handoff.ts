import type { HandoffMode, Provided } from '../handoffs/events.ts'
import { DaybookError } from '../kernel/errors.ts'
import { type Actor, type EventMeta, streamOf } from '../kernel/event.ts'
import type { RosterEntry, WorkflowLimits } from '../workflows/events.ts'
import { contentId, digestJson } from './digest.ts'
import { type HandoverReply, handOver } from './hand-over.ts'
import type { Project } from './project.ts'
import { startWorkflow } from './start-workflow.ts'
import * as targets from './targets.ts'

/** A handoff that comes from outside any session: an agent that runs elsewhere, or a person. */
export interface Submission {
  readonly from: Actor
  readonly need: string
  readonly context: string
  readonly provides: Provided[]
  readonly to: string | null
  readonly mode: HandoffMode
  /** Null: it begins a workflow of its own, whose goal is the need. */
  readonly workflow: string | null
  /** The handoff that the sender works for. */
  readonly parent: string | null
  /** ISO instant: open by then, it expires. */
  readonly deadline?: string | null | undefined
  /** The same key is the same handoff, also after a restart. */
  readonly key: string | null
  /** Of a workflow that it begins. */
  readonly begins: {
    readonly roster: readonly RosterEntry[]
    readonly limits: WorkflowLimits
    readonly model: string
    readonly rehearsal: boolean
  }
}

export type Submitted = HandoverReply & { readonly id: string; readonly workflow: string }

/** The id that a key stands for, whatever the handoff says. */
export function keyedHandoffId(key: string): string {
  return contentId('handoff', 'key', key)
}

/** What was requested under a key before; null when nothing was. */
export async function submittedBefore(
  project: Project,
  key: string,
): Promise<{ readonly sameAs: (submission: Submission) => boolean } | null> {
  for await (const event of project.store.readStream(streamOf('handoff', keyedHandoffId(key)), {
    limit: 1,
  })) {
    const before = event.data as Submission
    return { sameAs: (submission) => contentOf(before) === contentOf({ ...submission, ...ids(submission) }) }
  }
  return null
}

/**
 * Requests the handoff and routes it. One without a workflow is requested before its workflow starts, so that
 * no worker takes the new workflow for one that still needs its first handoff. Repeated with the same key it
 * finishes what was begun, and requests nothing twice.
 */
export async function submitHandoff(project: Project, submission: Submission): Promise<Submitted> {
  const { from, need, context, provides, to, mode, parent, deadline = null, key, begins } = submission
  const { id, workflow } = ids(submission, () => project.ids.next())
  const work = project.work.workflow(workflow)
  const rehearsal = work === null ? begins.rehearsal : work.rehearsal
  const meta: EventMeta = {
    actor: from,
    correlation: workflow,
    ...(key === null ? {} : { key }),
    ...(rehearsal ? { rehearsal: true } : {}),
  }
  const expires = deadline === null ? {} : { deadline }
  const request = { id, from, need, context, provides, to, mode, workflow, meta, ...expires }
  if (submission.workflow === null) await begin(project, submission, request)
  const reply = await handOver(project, { ...request, ...(parent === null ? {} : { parent }) })
  return { ...reply, id, workflow }
}

async function begin(
  project: Project,
  { begins }: Submission,
  {
    id,
    workflow,
    meta,
    ...request
  }: Omit<Submission, 'workflow' | 'parent' | 'key' | 'begins' | 'deadline'> & {
    deadline?: string
    id: string
    workflow: string
    meta: EventMeta
  },
): Promise<void> {
  const { to, ...said } = request
  const chain = said.from.kind === 'agent' ? [said.from.id] : []
  const named = to === null ? {} : { to }
  const command = { type: 'RequestHandoff', ...said, ...named, workflow, hop: 0, chain } as const
  const outcome = await project.streams.execute(targets.handoff(id), command, meta)
  if (outcome.kind === 'rejected')
    throw new DaybookError('rejected', outcome.rejection.message, { details: outcome.rejection })
  await startWorkflow(project, { id: workflow, goal: said.need, entry: to, by: said.from, ...begins })
}

function ids(
  { key, workflow }: Submission,
  fresh: () => string = () => '',
): { readonly id: string; readonly workflow: string } {
  const id = key === null ? fresh() : keyedHandoffId(key)
  return { id, workflow: workflow ?? contentId('workflow', 'of', id) }
}

function contentOf(
  one: Omit<Submission, 'begins' | 'key' | 'parent' | 'deadline'> & {
    parent?: string | null
    deadline?: string | null
  },
): string {
  const { from, need, context, provides, to, mode, workflow, parent, deadline } = one
  const said = { from, need, context, provides, to: to ?? null, mode, workflow }
  return digestJson({ ...said, parent: parent ?? null, deadline: deadline ?? null })
}
