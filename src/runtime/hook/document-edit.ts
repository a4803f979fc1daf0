import { readFileSync } from 'node:fs'
import type { Actor } from '../../kernel/event.ts'
import { DocumentName } from '../../kernel/words.ts'
import type { EditDocument, ImportDocument } from '../../memory/decider.ts'
import { type Document, emptyDocument, renderDocument } from '../../memory/document.ts'
import { preview } from '../../memory/document-changes.ts'
import { planEdit } from '../../memory/edit.ts'
import type { Finding } from '../../tools/port.ts'
import { claimsOn } from '../claims.ts'
import { contentId, digestText } from '../digest.ts'
import { readDocumentFile } from '../document-file.ts'
import { documentPath } from '../document-folder.ts'
import { now } from '../project.ts'
import { renderToDisk } from '../render-document.ts'
import { replyTo } from '../session/memory-desk.ts'
import type { Settings } from '../settings.ts'
import type { Outcome } from '../streams.ts'
import * as targets from '../targets.ts'
import type { AtWork } from './at-work.ts'
import type { HookLog } from './hook-log.ts'

/** What somebody did to a document's file, told after the deed. */
export interface FileEdit {
  readonly document: string
  /** What it held before; null when it was not there. */
  readonly before: string | null
  readonly after: string
  readonly by: Actor
  /** The session of the agent that did it; null when it has none. */
  readonly work: AtWork | null
  readonly toolUse: string
  readonly via: 'hook' | 'bash'
}

export interface FileEditReply {
  /** Empty when everything was taken. */
  readonly findings: readonly Finding[]
  /** For the agent. */
  readonly message: string
}

/** Of a base that stood on disk and is no state of the log. */
const noRevision = -2

/**
 * Puts an edit on record that stands in the file already. What its writer may not change is taken out of the file
 * again: only that, so that what others saved meanwhile stays. Told twice it edits once.
 */
export async function recordFileEdit(log: HookLog, edit: FileEdit): Promise<FileEditReply> {
  const { project } = log
  const { document, by, work, via } = edit
  const after = (await project.secrets?.text(edit.after))?.value ?? edit.after
  await importFirst(log, edit)
  await project.view.refresh()
  const base = await baseOf(log, edit)
  const definition = by.kind === 'agent' ? project.view.agent(by.id)?.definition : undefined
  const idBase = contentId('hook', work?.session ?? '', edit.toolUse, document, after)
  const command: EditDocument = {
    type: 'EditDocument',
    document,
    edit: { kind: 'document', text: after },
    base,
    actor: by,
    claims: claimsOn(project.view, document),
    template: definition?.claims[0]?.document === document ? definition.template : null,
    ...(work === null ? {} : { session: work.session }),
    call: edit.toolUse === '' ? `hook-${idBase}` : edit.toolUse,
    via,
    at: now(project),
    idBase,
  }
  const meta = { actor: by, ...(work === null ? {} : { correlation: work.workflow }) }
  const outcome = await project.streams.execute(targets.document(document), command, meta)
  const { findings, message } = replyTo(outcome, { document, written: after })
  const copy = findings.length === 0 ? null : await log.kept.putAside(document, after)
  await takeOut(log, { document, after: edit.after, clean: allowedText(command, base, outcome), base })
  return { findings, message: copy === null ? message : `${message}\nWhat you wrote is kept in ${copy}.` }
}

/** What of an edit its writer may write, over what the edit began from; mostly the log says just that already. */
function allowedText(command: EditDocument, base: Document, outcome: Outcome<Document>): string {
  if (outcome.kind === 'rejected') return renderDocument(base)
  const isOnlyEdit = outcome.events.every(({ revision }) => revision === base.revision + 1)
  if (isOnlyEdit && outcome.state.revision <= base.revision + 1) return renderDocument(outcome.state)
  return renderDocument(preview(base, planEdit({ ...command, current: base, base }).changes))
}

/** A file that the log does not know is imported as it stood before the edit. */
async function importFirst(
  { project, settings, kept }: HookLog,
  { document, before }: FileEdit,
): Promise<void> {
  const target = targets.document(document)
  if (before === null || (await project.streams.load(target)).revision >= 0) return
  const command: ImportDocument = {
    type: 'ImportDocument',
    document,
    text: before,
    claims: claimsOn(project.view, document),
    idBase: contentId('import', document, before, now(project)),
    digest: digestText(before),
    source: documentPath(settings.memory, document),
  }
  const outcome = await project.streams.execute(target, command, { actor: { kind: 'unknown', id: 'disk' } })
  if (outcome.kind === 'accepted') await kept.keepAt(document, before, outcome.state)
}

/** What the writer began from: a state of the log, or what somebody had made of one on disk. */
async function baseOf({ project }: HookLog, { document, before }: FileEdit): Promise<Document> {
  const current = await project.streams.load(targets.document(document))
  const standing = current.revision < 0 ? emptyDocument(document) : current
  if (before === null || before === renderDocument(standing)) return standing
  const known = await project.history.renderedAs(document, before)
  if (known !== null) return known
  return { ...asIfRead(project, standing, before), revision: noRevision }
}

/** A text as a document whose sections are those of a state that the log knows. */
function asIfRead(project: HookLog['project'], over: Document, text: string): Document {
  const { changes } = planEdit({
    current: over,
    base: over,
    edit: { kind: 'document', text },
    actor: { kind: 'unknown', id: 'disk' },
    claims: claimsOn(project.view, over.document),
    at: now(project),
    idBase: contentId('read', over.document, text),
  })
  return preview(over, changes)
}

interface StandingEdit {
  readonly document: string
  readonly after: string
  /** What of `after` its writer may write. */
  readonly clean: string
  readonly base: Document
}

/** Takes out of the file what was refused; the rest of it is brought together with the log when all is told. */
async function takeOut(log: HookLog, { document, after, clean, base }: StandingEdit): Promise<void> {
  const path = documentPath(log.settings.memory, document)
  for (let tries = 0; clean !== after && tries < putBackTries; tries += 1) {
    const standing = (await readDocumentFile(path))?.text ?? null
    if (standing === null) break
    // Somebody saved since: the same is taken out of what they left.
    const text = standing === after ? clean : withoutRefused(log, { base, after, clean, standing })
    const { kind } = await renderToDisk({ path, text, lastRendered: standing })
    if (kind !== 'foreign_change') break
  }
}

/** A file that changes faster than this is left to the next look. */
const putBackTries = 3

function withoutRefused(
  { project }: HookLog,
  { base, after, clean, standing }: { base: Document; after: string; clean: string; standing: string },
): string {
  const written = { ...asIfRead(project, base, after), revision: noRevision }
  const allowed = asIfRead(project, written, clean)
  const { changes } = planEdit({
    current: allowed,
    base: written,
    edit: { kind: 'document', text: standing },
    actor: { kind: 'unknown', id: 'disk' },
    claims: claimsOn(project.view, base.document),
    at: now(project),
    idBase: contentId('standing', base.document, standing),
  })
  return renderDocument(preview(allowed, changes))
}

/** Whether a name is that of a document that Daybook looks after; the view has to be up to date. */
export function isDocument({ view }: HookLog['project'], name: string): boolean {
  if (!DocumentName.safeParse(name).success) return false
  if (name === 'insights' || view.document(name) !== null) return true
  return claimsOn(view, name).length > 0
}

/** What stands in a document's file now; null when nothing does. */
export function standingText(settings: Settings, document: string): string | null {
  try {
    return readFileSync(documentPath(settings.memory, document), 'utf8')
  } catch {
    return null
  }
}
