import type { Actor } from '../../kernel/event.ts'
import { limits } from '../../kernel/limits.ts'
import type { ToolFinding } from '../../sessions/commands.ts'
import { replaceAllOf } from '../../tools/replace-text.ts'
import { recordRefusal } from '../record-refusal.ts'
import { beginAgent, knownAgent } from './agent-run.ts'
import { type HookAnswer, refusedEdit } from './answers.ts'
import type { AtWork } from './at-work.ts'
import { changeOf } from './changed-file.ts'
import { type FileEditReply, isDocument, recordFileEdit, standingText } from './document-edit.ts'
import { type HookLog, mainConversation } from './hook-log.ts'
import type { FileUse, HookAgent, HookCall, HookCallOf } from './payload.ts'
import { documentAt } from './places.ts'
import { recordFindings } from './session-findings.ts'

/** Who did it, and in which session: an agent without a file has none. */
async function doer(log: HookLog, call: HookCall): Promise<{ by: Actor; work: AtWork | null }> {
  if (call.agent === null) return { by: mainConversation, work: null }
  const work = await beginAgent(log, { ...call, agent: call.agent })
  if (work !== null) return { by: { kind: 'agent', id: work.agent }, work }
  return { by: { kind: 'agent', id: nameOf(log, call.agent) }, work: null }
}

function nameOf(log: HookLog, agent: HookAgent): string {
  return knownAgent(log, agent)?.definition.name ?? agent.type.slice(0, limits.agentNameCharsMax)
}

/** An agent or the conversation wrote a file: an edit of a document, or a change of any other. */
export async function fileUsed(log: HookLog, call: HookCallOf<'FileUsed'>): Promise<HookAnswer | null> {
  const document = documentAt(call.path, log.places)
  if (document === null) {
    await otherFile(log, call)
    return null
  }
  await log.project.view.refresh()
  if (!isDocument(log.project, document)) {
    await otherFile(log, call)
    return null
  }
  const { by, work } = await doer(log, call)
  const last = (await log.kept.last(document))?.text ?? null
  const before = call.before ?? last
  const after = afterUse(before, call.use) ?? standingText(log.settings, document)
  if (after === null || after === before) return null
  const edit = { document, before, after, by, work, toolUse: call.toolUse, via: 'hook' } as const
  return tellRefusals(log, { call, by, work, reply: await recordFileEdit(log, edit) })
}

/** What the tool made of the text; null when that cannot be told from its input. */
function afterUse(before: string | null, use: FileUse | null): string | null {
  if (use === null) return null
  if (use.kind === 'write') return use.content
  try {
    return before === null ? null : replaceAllOf(before, use.edits)
  } catch {
    return null
  }
}

/** A file that is no document: that it changed, and to what, by the session that did it. */
async function otherFile({ project, places, atWork }: HookLog, call: HookCallOf<'FileUsed'>): Promise<void> {
  const work = call.agent === null ? null : atWork.find(call.session, call.agent)
  const change = work === null ? null : changeOf(call, places)
  if (work === null || change === null) return
  await recordFindings(project, { work, toolUse: call.toolUse, findings: [change] })
}

/**
 * A command is its agent's doing where it says which document it changes, or where nobody else is at work who may
 * have done it; what cannot be told apart waits for the next look at the documents.
 */
export async function commandRun(log: HookLog, call: HookCallOf<'CommandRun'>): Promise<HookAnswer | null> {
  if (call.agent === null) return null
  const alone = log.atWork
    .all()
    .every(({ claude, agentId }) => claude === call.session && agentId === call.agent?.id)
  await log.project.view.refresh()
  for (const { document } of log.project.view.documents()) {
    const last = (await log.kept.last(document))?.text ?? null
    const after = standingText(log.settings, document)
    // A file that is gone or empty is no edit: the next look restores it.
    if (last === null || after === null || after.trim() === '' || after === last) continue
    if (!alone && !call.command.includes(document)) continue
    const { by, work } = await doer(log, call)
    const edit = { document, before: last, after, by, work, toolUse: call.toolUse, via: 'bash' } as const
    const answer = await tellRefusals(log, { call, by, work, reply: await recordFileEdit(log, edit) })
    if (answer !== null) return answer
  }
  return null
}

interface Refused {
  readonly call: HookCallOf<'FileUsed' | 'CommandRun'>
  readonly by: Actor
  readonly work: AtWork | null
  readonly reply: FileEditReply
}

async function tellRefusals(
  { project }: HookLog,
  { call, by, work, reply }: Refused,
): Promise<HookAnswer | null> {
  const { findings, message } = reply
  if (findings.length === 0) return null
  const { toolUse } = call
  if (work !== null) {
    const known = findings.map((one) => ({ ...one, data: { ...one.data, toolUse } }) as ToolFinding)
    await recordFindings(project, { work, toolUse, findings: known })
  } else {
    for (const { data } of findings) {
      const { document, code, reason } = data as { document: string; code: string; reason: string }
      await recordRefusal(project, { by, what: `edit ${document}`, code, reason, rehearsal: false })
    }
  }
  return refusedEdit(message)
}
