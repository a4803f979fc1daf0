import { limits } from '../../kernel/limits.ts'
import { callKey } from '../../memory/document.ts'
import * as targets from '../targets.ts'
import type { SessionRun } from './session-run.ts'

type Run = Pick<SessionRun, 'project' | 'id' | 'lease'>

/** Clocks of the machines that append to one log may differ by so much. */
const clocksDifferMs = 60_000

/**
 * Whether a call of this session has edited the document already. A document remembers the last calls only;
 * when a session lay still for longer than that, its edit is looked for in the document's stream. The view has
 * to be up to date.
 */
export async function callEdited(run: Run, document: string, call: string): Promise<boolean> {
  const key = callKey(run.id, call)
  const applied = run.project.view.document(document)?.applied ?? []
  if (applied.includes(key)) return true
  // The first worker of a session makes each call once; only who goes on for another can repeat one.
  return run.lease.epoch > 1 && isForgetful(applied) && (await recordedEdit(run, document, key))
}

/** Whether this session has edited any document. */
export async function sessionEdited(run: Run): Promise<boolean> {
  const prefix = callKey(run.id, '')
  for (const { applied, document } of run.project.view.documents()) {
    if (applied.some((key) => key.startsWith(prefix))) return true
    if (isForgetful(applied) && (await recordedEdit(run, document, prefix))) return true
  }
  return false
}

function isForgetful(applied: readonly string[]): boolean {
  return applied.length >= limits.callsRememberedMax
}

/** Looks from the stream's end back to where the session began; for an edit whose key begins so. */
async function recordedEdit({ project, id }: Run, document: string, prefix: string): Promise<boolean> {
  const { startedAt } = await project.streams.load(targets.session(id))
  const since = startedAt === null ? '' : new Date(Date.parse(startedAt) - clocksDifferMs).toISOString()
  const { stream } = targets.document(document)
  for await (const { type, data, meta } of project.store.readStream(stream, { direction: 'backwards' })) {
    if (meta.recordedAt < since) return false
    if (type !== 'DocumentEdited') continue
    const { session, call } = data as { session?: string; call?: string }
    if (session === id && call !== undefined && callKey(session, call).startsWith(prefix)) return true
  }
  return false
}
