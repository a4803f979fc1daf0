import { deceptive, unstorable } from './allowed-text.ts'
import { boundaryProblem, type Placed } from './boundaries.ts'
import type { Document } from './document.ts'
import type { SettledDraft, SettledPart } from './document-changes.ts'
import { lineAt } from './markdown-sections.ts'
import type { Refusal } from './refusal.ts'

/** Which part of a draft to look at, and how closely. */
export interface PartToCheck {
  readonly index: number
  /** It must stay one section: everything that was not cut out of a whole text. */
  readonly tidy: boolean
  /** The agent that writes, or null for people. */
  readonly agent: string | null
}

/** Whether a changed part may stand where it stands; null when it may, or when it did not change. */
export function checkPart(current: Document, draft: SettledDraft, check: PartToCheck): Refusal | null {
  const part = draft.parts[check.index] as SettledPart
  const before = current.sections.find((section) => section.section === part.section)
  if (before !== undefined && before.text === part.text) return null
  const problem =
    unstorable(part.text) ??
    (check.agent === null ? null : deceptive(part.text)) ??
    (check.tidy ? boundaryProblem(placed(draft, check.index, before?.text)) : null)
  if (problem === null) return null
  const about = { document: current.document, section: before?.section ?? null, heading: part.heading }
  const owner = before?.owner ?? check.agent
  return {
    ...problem,
    ...about,
    owner,
    message: `"${part.heading}" of ${current.document}: ${problem.message}`,
  }
}

function placed(draft: SettledDraft, index: number, textBefore: string | undefined): Placed {
  const part = draft.parts[index] as SettledPart
  const next = draft.parts[index + 1]
  const after = next === undefined ? null : { separator: next.separator, text: next.text }
  const begunAsBefore = textBefore !== undefined && firstLine(textBefore) === firstLine(part.text)
  return { before: begunAsBefore ? null : neighbour(draft, index), text: part.text, after }
}

function neighbour(draft: SettledDraft, index: number): Placed['before'] {
  const { separator } = draft.parts[index] as SettledPart
  const previous = draft.parts[index - 1]
  if (previous === undefined) return { kind: 'preamble', text: draft.preamble + separator, line: 1 }
  const above =
    draft.preamble +
    draft.parts
      .slice(0, index - 1)
      .map((part) => part.separator + part.text)
      .join('')
  const start = above + previous.separator
  return { kind: 'section', text: previous.text + separator, line: lineAt(start, start.length) }
}

function firstLine(text: string): string {
  return text.split(/[\r\n]/u, 1)[0] ?? ''
}
