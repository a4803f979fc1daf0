import { type BlamedLine, blame, type LineOrigins, lineOrigins } from '../../../projections/line-origins.ts'
import { type DaybookError, refusal } from '../../kernel/errors.ts'
import type { Actor } from '../../kernel/event.ts'
import type { EditDocument } from '../../memory/decider.ts'
import { claimsOn } from '../claims.ts'
import { contentId } from '../digest.ts'
import { now } from '../project.ts'
import * as targets from '../targets.ts'
import { wholeId } from '../whole-id.ts'
import type { Reading } from './blame-document.ts'
import { repeatsOf } from './influence.ts'

export interface UndoQuestion {
  /** Its id, or the beginning of it. */
  readonly session: string
  /** `own`: lines that the session wrote. `repeats`: also lines of others that say the same. */
  readonly lines: 'own' | 'repeats'
  /** Documents as a preview gave them: when they are others by now, nothing is taken out. */
  readonly seen?: readonly DocumentSeen[] | undefined
}

export interface DocumentSeen {
  readonly document: string
  readonly revision: number
}

/** A line that goes, with where it stands. */
export type UndoneLine = Pick<BlamedLine, 'line' | 'text' | 'heading' | 'owner' | 'by' | 'event'> & {
  readonly document: string
  readonly repeat: boolean
}

export interface UndoPreview {
  readonly session: string
  readonly lines: readonly UndoneLine[]
  /** Each document as it would be. */
  readonly documents: readonly (DocumentSeen & { readonly text: string })[]
}

/** What an undo would take out, and what would be left. Changes nothing. */
export async function previewUndo(reading: Reading, question: UndoQuestion): Promise<UndoPreview> {
  const { project, projector } = reading
  const session = await wholeId(project, 'session', question.session)
  const goes = goesWith({ ...question, session }, await repeatsOf(project.store, session))
  await projector.catchUp()
  const taken: UndoneLine[] = []
  const documents: { document: string; text: string; revision: number }[] = []
  for (const document of projector.keys(lineOrigins.name)) {
    const state = projector.get(lineOrigins.name, document) as LineOrigins
    const lines = blame(state)
    const out = linesToTake(lines, goes)
    if (out.size === 0) continue
    taken.push(...[...out].map((line) => ({ ...line, document, repeat: line.session !== session })))
    const left = lines.filter((line) => !out.has(line)).map((line) => line.text)
    documents.push({ document, text: left.join(''), revision: state.document.revision })
  }
  return { session, lines: taken, documents }
}

/** Takes a session's lines out by new events, exactly as its preview said. */
export async function undoSession(reading: Reading, question: UndoQuestion, by: Actor): Promise<UndoPreview> {
  const { project } = reading
  const preview = await previewUndo(reading, question)
  for (const { document, revision } of question.seen ?? [])
    if (preview.documents.some((one) => one.document === document && one.revision !== revision))
      throw changedMeanwhile(document)
  for (const { document, text, revision } of preview.documents) {
    const base = await project.streams.load(targets.document(document))
    if (base.revision !== revision) throw changedMeanwhile(document)
    await project.view.refresh()
    const command: EditDocument = {
      type: 'EditDocument',
      document,
      edit: { kind: 'document', text },
      base,
      actor: by,
      claims: claimsOn(project.view, document),
      via: 'undo',
      at: now(project),
      idBase: contentId('undo', preview.session, document, String(revision)),
      reason: `Undo of session ${preview.session}${question.lines === 'repeats' ? ' with what repeats it' : ''}.`,
    }
    const outcome = await project.streams.execute(targets.document(document), command, { actor: by })
    if (outcome.kind === 'rejected') throw refusal(outcome.rejection)
    await project.rendering.render(document)
  }
  return preview
}

function changedMeanwhile(document: string): DaybookError {
  const message = `${document}.md was changed meanwhile: look at the preview again.`
  return refusal({ code: 'stale', document, message })
}

type Goes = (line: BlamedLine) => boolean

function goesWith(
  { session, lines }: UndoQuestion,
  said: { readonly lines: ReadonlySet<string>; readonly events: ReadonlySet<string> },
): Goes {
  if (lines === 'own') return (line) => line.session === session
  return (line) =>
    line.session === session || (said.events.has(line.event) && said.lines.has(line.text.trim()))
}

/** A heading goes only with its whole section: what others wrote under it keeps its place. */
function linesToTake(lines: readonly BlamedLine[], goes: Goes): Set<BlamedLine> {
  const taken = new Set<BlamedLine>()
  for (const own of Map.groupBy(lines, (line) => line.section).values()) {
    const staying = own.filter((line) => !goes(line) && line.text.trim() !== '')
    for (const line of own) {
      const isHeading = /^ {0,3}#{1,2}(?:\s|$)/u.test(line.text)
      if (staying.length === 0 ? line.section !== null || goes(line) : goes(line) && !isHeading)
        taken.add(line)
    }
  }
  return taken
}
