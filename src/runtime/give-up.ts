import { cut } from '../kernel/cut.ts'
import { limits } from '../kernel/limits.ts'
import { now, type Project } from './project.ts'
import { coordinatorMeta } from './route-handoff.ts'
import * as targets from './targets.ts'

/** A handoff that one worker took up again and again, and each time met a problem that waiting does not solve. */
export interface Unrunnable {
  readonly handoff: string
  readonly problem: Error
  readonly times: number
}

/**
 * Ends what cannot be run: its session fails and the handoff is set aside until a person redrives it. Decides
 * nothing when another worker holds it by now: that one had more luck.
 */
export async function giveUp(project: Project, { handoff, problem, times }: Unrunnable): Promise<void> {
  await project.work.refresh()
  const work = project.work.workflowOfHandoff(handoff)
  const lease = work?.handoffs.get(handoff)?.lease ?? null
  if (work === null || work === undefined) return
  const isOthers = lease !== null && lease.worker !== project.worker && lease.leaseUntil > now(project)
  if (isOthers) return
  const meta = coordinatorMeta(project, work.id, work.rehearsal)
  const said = `It could not be run in ${times} attempts of ${project.worker}: ${problem.message}`
  const reason = cut(said, limits.reasonCharsMax)
  if (lease !== null) {
    const fail = { type: 'FailSession', code: 'unrunnable', reason } as const
    await project.streams.execute(targets.session(lease.session), fail, meta)
  }
  await project.streams.execute(targets.handoff(handoff), { type: 'DeadLetterHandoff', reason }, meta)
}
