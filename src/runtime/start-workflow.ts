import { DaybookError } from '../kernel/errors.ts'
import type { Actor, EventMeta } from '../kernel/event.ts'
import type { RosterEntry, WorkflowLimits } from '../workflows/events.ts'
import { type HandoverReply, handOver } from './hand-over.ts'
import type { Project } from './project.ts'
import * as targets from './targets.ts'

export interface WorkflowRequest {
  readonly goal: string
  readonly roster: readonly RosterEntry[]
  readonly entry: string | null
  readonly by: Actor
  readonly limits: WorkflowLimits
  /** A model id, an alias, or `rehearsal`. */
  readonly model: string
  readonly rehearsal: boolean
  /** An id from outside makes the request repeatable: the same id starts one workflow. */
  readonly id?: string
}

/** Starts a workflow with the agents of its roster, pinned as they are defined now. Its first handoff follows by itself. */
export async function startWorkflow(project: Project, request: WorkflowRequest): Promise<string> {
  const roster = [...request.roster]
  if (roster.length === 0) {
    throw new DaybookError(
      'usage',
      'No agent is registered. Name a folder of agent files with --agents, or run "daybook init".',
    )
  }
  const id = request.id ?? project.ids.next()
  const { goal, entry, by, model } = request
  const command = {
    type: 'StartWorkflow',
    goal,
    roster,
    limits: request.limits,
    model,
    by,
    ...(entry === null ? {} : { entry }),
  } as const
  const outcome = await project.streams.execute(
    targets.workflow(id),
    command,
    workflowMeta(id, by, request.rehearsal),
  )
  if (outcome.kind === 'rejected')
    throw new DaybookError('rejected', outcome.rejection.message, { details: outcome.rejection })
  return id
}

/** A workflow's first handoff: from whoever stated the goal. Asked for twice, it is requested once. */
export async function requestFirst(project: Project, workflow: string): Promise<HandoverReply> {
  await project.work.refresh()
  const work = project.work.workflow(workflow)
  if (work === null) throw new DaybookError('not_found', `There is no workflow ${workflow}.`)
  const { goal, entry, by, roster } = work.workflow
  const from = by ?? { kind: 'unknown' as const, id: 'unknown' }
  // A goal for a team of one is for that one, whatever its words.
  const only = roster.length === 1 ? (roster[0]?.agent ?? null) : null
  return handOver(project, {
    from,
    workflow,
    need: goal,
    to: entry ?? only,
    context: '',
    provides: [],
    mode: 'delegate',
    key: 'first',
    meta: workflowMeta(workflow, from, work.rehearsal),
  })
}

function workflowMeta(id: string, actor: Actor, rehearsal: boolean): EventMeta {
  return rehearsal ? { actor, correlation: id, rehearsal: true } : { actor, correlation: id }
}
