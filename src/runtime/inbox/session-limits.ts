import { refusal } from '../../kernel/errors.ts'
import type { LimitName } from '../../kernel/limit-events.ts'
import type { Project } from '../project.ts'
import { sessionMeta } from '../session/session-run.ts'
import * as targets from '../targets.ts'
import { spent } from '../workflow-work.ts'
import type { Found } from './held.ts'

/** A workflow that has used up what it may begins nothing more. Throws `limit_reached`. */
export function refuseBeyondLimits({ of }: Found): void {
  const max = of.workflow.limits
  if (max === null) return
  const { tokens, costUsd } = spent(of)
  if (costUsd >= max.costUsdMax) throw reached('cost', max.costUsdMax, of.id)
  if (tokens >= max.tokensMax) throw reached('tokens', max.tokensMax, of.id)
}

/**
 * A session elsewhere may take as long as one of Daybook's own. Beyond that its lease is not renewed, on record,
 * until a person raises the limit. Throws `limit_reached`.
 */
export async function refuseOverTime(project: Project, { of }: Found, id: string): Promise<void> {
  const max = of.workflow.limits?.wallTimePerSessionMs
  if (max === undefined) return
  const target = targets.session(id)
  // When it began is said once: what is at hand of it needs no look at the log.
  const startedAt =
    project.streams.atHand(target)?.startedAt ?? (await project.streams.load(target)).startedAt
  if (startedAt === null) return
  const elapsedMs = project.clock.now() - Date.parse(startedAt)
  if (elapsedMs <= max) return
  const session = await project.streams.load(target)
  const meta = sessionMeta({ project, workflow: of.id, rehearsal: of.rehearsal })
  const known = session.limitsReached.wall_time
  const command = {
    type: 'ReachLimit',
    limit: 'wall_time',
    max,
    reached: known?.reached ?? elapsedMs,
  } as const
  await project.streams.execute(target, command, meta)
  throw reached('wall_time', max, of.id)
}

function reached(limit: LimitName, max: number, workflow: string): Error {
  const name = limit.replace('_', ' ')
  const message = `The limit on ${name} was reached (${max}): a person raises it with "daybook workflows raise ${workflow} --${limit.replace('_', '-')} N".`
  return refusal({ code: 'limit_reached', message, limit, max })
}
