import { cut } from '../kernel/cut.ts'
import { DaybookError } from '../kernel/errors.ts'
import type { Project } from './project.ts'

/** Handoffs that met the same problem each time, with the last one. */
export type Stuck = ReadonlyMap<string, unknown>

const goalChars = 60

/**
 * What a worker did not get past when everything else had come to rest: each workflow by name, with its reason and
 * what to do.
 */
export class StuckWork extends DaybookError {
  constructor(project: Project, stuck: Stuck) {
    const lines = [...stuck].map(([handoff, problem]) => lineOf(project, handoff, problem))
    const [first] = stuck.values()
    super('unavailable', [...new Set(lines)].join('\n'), { cause: first })
  }
}

/** Says whose a problem is, for who looks after many workflows. */
export function namedProblem({ work }: Project, handoff: string, problem: unknown): unknown {
  const of = work.workflowOfHandoff(handoff)
  if (of === null || !(problem instanceof DaybookError)) return problem
  return new DaybookError(problem.code, `Workflow ${of.id}: ${problem.message}`, { cause: problem })
}

function lineOf({ work }: Project, handoff: string, problem: unknown): string {
  const reason = problem instanceof Error ? problem.message : String(problem)
  const of = work.workflowOfHandoff(handoff)
  if (of === null) return `Handoff ${handoff} cannot go on: ${reason}`
  const goal = JSON.stringify(cut(of.workflow.goal, goalChars))
  return `Workflow ${of.id} (${goal}) cannot go on: ${reason} Mend that and go on with "daybook run --resume", or end it with "daybook workflows cancel ${of.id}".`
}
