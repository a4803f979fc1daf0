import { DaybookError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { Project } from './project.ts'

export type WorkKind = 'workflow' | 'handoff' | 'session'

type Working = Pick<Project, 'work'>

/**
 * The one way from what somebody types to an id: a whole one, or the beginning of exactly one of `known`. Throws
 * `not_found`, with the same words wherever an id is taken.
 */
export function wholeOf(id: string, known: Iterable<string>, kind: WorkKind | 'event' | 'key'): string {
  let matching = 0
  let only = ''
  for (const candidate of known) {
    if (candidate === id) return id
    if (!candidate.startsWith(id)) continue
    matching += 1
    only = candidate
  }
  if (matching === 1 && id.length >= limits.idCharsMin) return only
  throw notThere(id, kind, matching)
}

/** A workflow's, handoff's or session's id from the whole of it or the beginning of exactly one. Throws `not_found`. */
export async function wholeId({ work }: Working, kind: WorkKind, id: string): Promise<string> {
  await work.refresh()
  if (ofKind[kind](work, id)) return id
  return wholeOf(id, idsOf(work, kind), kind)
}

/** For what may be narrowed to one workflow: its whole id, or nothing where none is named. */
export async function workflowNamed(
  project: Working,
  named: string | undefined,
): Promise<string | undefined> {
  return named === undefined ? undefined : wholeId(project, 'workflow', named)
}

/** Whether something is of the workflow that is named; everything is where none is. */
export async function inWorkflow(
  project: Working,
  named: string | undefined,
): Promise<(one: { readonly workflow: string | null }) => boolean> {
  const id = await workflowNamed(project, named)
  return ({ workflow }) => id === undefined || workflow === id
}

const ofKind: Readonly<Record<WorkKind, (work: Project['work'], id: string) => boolean>> = {
  workflow: (work, id) => work.workflow(id) !== null,
  handoff: (work, id) => work.workflowOfHandoff(id) !== null,
  session: (work, id) => work.workflowOfSession(id) !== null,
}

function* idsOf(work: Project['work'], kind: WorkKind): IterableIterator<string> {
  for (const one of work.workflows())
    if (kind === 'workflow') yield one.id
    else yield* kind === 'handoff' ? one.handoffs.keys() : one.sessions.keys()
}

function notThere(id: string, kind: WorkKind | 'event' | 'key', matching: number): DaybookError {
  const listed = kind === 'event' ? 'log' : kind === 'key' ? 'keys list' : `${kind}s`
  const hint =
    matching === 0
      ? `"daybook ${listed}" lists them.`
      : matching === 1
        ? `One begins so; give at least ${limits.idCharsMin} characters of it.`
        : `${matching} begin so; give more of it.`
  return new DaybookError('not_found', `There is no ${kind} ${id}. ${hint}`)
}
