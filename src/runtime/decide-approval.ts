import { DaybookError } from '../kernel/errors.ts'
import type { Actor } from '../kernel/event.ts'
import type { Digest } from '../kernel/words.ts'
import type { Approval } from '../sessions/approval.ts'
import type { Project } from './project.ts'
import * as targets from './targets.ts'
import { showSession } from './work-views.ts'

export interface ApprovalDecision {
  /** The session's id, or its beginning. */
  readonly session: string
  readonly decision: 'approve' | 'deny'
  /** Of what was shown, or its first hexadecimal digits; null: whatever waits now. */
  readonly digest: string | null
  readonly note: string | null
  readonly by: Actor
}

/**
 * Says yes or no to the tool call that a session waits for. Rejects with `rejected` when none does, or when
 * what waits is not what was shown.
 */
export async function decideApproval(project: Project, asked: ApprovalDecision): Promise<Approval> {
  const { id, workflow } = await showSession(project, asked.session)
  const state = await project.streams.load(targets.session(id))
  const open = Object.values(state.approvals).find((approval) => approval.status === 'requested')
  if (open === undefined)
    throw new DaybookError(
      'rejected',
      `Session ${id} waits for no approval. "daybook waiting" shows what does.`,
    )
  if (asked.digest !== null && !isOf(open.digest, asked.digest))
    throw new DaybookError(
      'rejected',
      `What was shown to you (${asked.digest}) is not what session ${id} waits for now: look at it again with "daybook waiting".`,
    )
  const command = {
    type: asked.decision === 'approve' ? ('GrantApproval' as const) : ('DenyApproval' as const),
    approval: open.approval,
    digest: open.digest,
    by: asked.by,
    ...(asked.note === null ? {} : { note: asked.note }),
  }
  const rehearsal = project.work.workflow(workflow)?.rehearsal === true
  const meta = { actor: asked.by, correlation: workflow, ...(rehearsal ? { rehearsal: true as const } : {}) }
  const outcome = await project.streams.execute(targets.session(id), command, meta)
  if (outcome.kind === 'rejected') throw new DaybookError('rejected', outcome.rejection.message)
  return open
}

const digitsMin = 8

/** Whether a digest is the one that somebody named, with or without `sha256:`, whole or its first digits. */
function isOf(digest: Digest, named: string): boolean {
  const digits = named
    .trim()
    .toLowerCase()
    .replace(/^sha256:/u, '')
  return digits.length >= digitsMin && digest.slice('sha256:'.length).startsWith(digits)
}
