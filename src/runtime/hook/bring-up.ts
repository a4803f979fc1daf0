import { statSync } from 'node:fs'
import { limits } from '../../kernel/limits.ts'
import { renderDocument } from '../../memory/document.ts'
import { documentPath, documentsFor } from '../document-folder.ts'
import * as targets from '../targets.ts'
import { standingText } from './document-edit.ts'
import type { HookLog } from './hook-log.ts'
import type { HookCall } from './payload.ts'

/** Brings every document's file and the log together, after whatever a hook told of them is on record. */
export async function bringDocumentsUp(log: HookLog, told: readonly HookCall[]): Promise<void> {
  const { project, settings } = log
  await project.view.refresh()
  const known = project.view.documents().map(({ document }) => document)
  const found = await documentsFor(settings.memory, project.view)
  const fresh = found.filter((document) => !known.includes(document))
  if (fresh.length > 0) await project.rendering.sync(fresh)
  for (const document of known)
    if (!(await isSomebodyElses(log, document, told))) await project.rendering.render(document)
}

/**
 * Whether a document was saved just now by nobody that told of it, while other agents are at work: then it is
 * probably one of theirs, whose hook is on its way, and to take it in as nobody's would be too quick.
 */
async function isSomebodyElses(
  { project, atWork, settings, kept }: HookLog,
  document: string,
  told: readonly HookCall[],
): Promise<boolean> {
  const others = atWork
    .all()
    .filter(
      ({ claude, agentId }) => !told.some((call) => call.session === claude && call.agent?.id === agentId),
    )
  if (others.length === 0) return false
  const standing = standingText(settings, document)
  if (standing === null || standing === (await kept.last(document))?.text) return false
  if (standing === renderDocument(await project.streams.load(targets.document(document)))) return false
  const saved = statSync(documentPath(settings.memory, document), { throwIfNoEntry: false })?.mtimeMs ?? 0
  return Date.now() - saved < limits.hookOnItsWayMs
}
