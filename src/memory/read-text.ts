import type { Document } from './document.ts'
import { changesBetween, preview, settle } from './document-changes.ts'
import { draftOfText } from './draft.ts'

/**
 * A text as a document: its sections are those of `state`, found again as an edit of the whole file finds them.
 * Nothing is judged. `newId` names sections that `state` does not have.
 */
export function readText(state: Document, text: string, newId: (index: number) => string): Document {
  const settled = settle(draftOfText(state, text), state.eol, newId)
  return preview(
    state,
    changesBetween(state, settled, () => null),
  )
}
