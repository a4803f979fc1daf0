import { type Document, type DocumentSection, headingKey } from './document.ts'
import { type Draft, draftOf, type Part } from './draft.ts'
import { openBlockAtEnd, splitSections } from './markdown-sections.ts'
import { mergeTexts } from './merge.ts'

/** Two changes of one text that do not merge. */
export interface Conflict {
  /** `preamble` for what stands before the first section. */
  readonly section: string
  readonly heading: string
  readonly base: string | null
  readonly ours: string
  /** Empty: it was to be removed. */
  readonly theirs: string
  /** Revision at which ours was written. */
  readonly revision: number
}

export interface Rebased {
  readonly draft: Draft
  readonly conflicts: readonly Conflict[]
}

/**
 * Carries a draft that began from `base` over to the document as it is now: section by section, three ways.
 * What others changed, opened or removed meanwhile stays; where both changed one text and the changes touch,
 * the document's own stays and the conflict is told.
 */
export function rebase(base: Document, draft: Draft, current: Document): Rebased {
  if (base.revision === current.revision) return { draft, conflicts: [] }
  const conflicts: Conflict[] = []
  const before = new Map(base.sections.map((section) => [section.section, section]))
  const wanted = new Map(draft.parts.map((part) => [part.section, part]))
  const parts = draftOf(current).parts.flatMap((part, index): Part[] => {
    const from = before.get(part.section ?? '')
    const now = current.sections[index] as DocumentSection
    if (from === undefined) return [part]
    const side = carry(from, wanted.get(part.section), now)
    if (side.kind === 'conflict') conflicts.push(side.conflict)
    if (side.kind === 'removed') return []
    return [side.kind === 'taken' ? { ...part, ...side.part } : part]
  })
  for (const part of draft.parts) {
    const gone = current.sections.every((section) => section.section !== part.section)
    const from = before.get(part.section ?? '')
    if (from === undefined || !gone || from.text === part.text) continue
    conflicts.push(conflictOf(from, { ...from, text: '', revision: current.revision }, part.text))
  }
  const opened = openedMeanwhile(base, draft, current)
  for (const [part, now] of opened) conflicts.push({ ...conflictOf(now, now, part.text), base: null })
  const fresh = { ...draft, parts: draft.parts.filter((part) => !opened.has(part)) }
  const preamble = mergeTexts(base.preamble, current.preamble, draft.preamble)
  if (preamble.kind === 'conflict') conflicts.push(preambleConflict(base, draft, current))
  const kept = preamble.kind === 'merged' ? preamble.text : current.preamble
  return { draft: { preamble: kept, parts: inOrder(base, fresh, parts) }, conflicts }
}

/** New sections that somebody else opened under the same heading since `base`. */
function openedMeanwhile(base: Document, draft: Draft, current: Document): Map<Part, DocumentSection> {
  const known = new Set(base.sections.map((section) => section.section))
  const since = current.sections.filter((section) => !known.has(section.section))
  const found = new Map<Part, DocumentSection>()
  for (const part of draft.parts) {
    if (part.section !== null) continue
    const key = headingKey(part.heading)
    const now = since.find((section) => headingKey(section.heading) === key)
    if (now !== undefined) found.set(part, now)
  }
  return found
}

type Side =
  | { kind: 'taken'; part: Pick<Part, 'heading' | 'text' | 'tidy'> }
  | { kind: 'removed' }
  | { kind: 'left' }
  | { kind: 'conflict'; conflict: Conflict }

function carry(from: DocumentSection, wanted: Part | undefined, now: DocumentSection): Side {
  if (wanted === undefined) {
    return from.text === now.text
      ? { kind: 'removed' }
      : { kind: 'conflict', conflict: conflictOf(from, now, '') }
  }
  if (wanted.text === from.text) return { kind: 'left' }
  const merge = mergeTexts(from.text, now.text, wanted.text)
  const ofBoth = merge.kind === 'merged' && merge.text !== wanted.text && merge.text !== now.text
  if (merge.kind === 'conflict' || (ofBoth && !staysWhole(merge.text)))
    return { kind: 'conflict', conflict: conflictOf(from, now, wanted.text) }
  const heading = wanted.heading === from.heading ? now.heading : wanted.heading
  const tidy = wanted.tidy === undefined ? {} : { tidy: wanted.tidy }
  return { kind: 'taken', part: { heading, text: merge.text, ...tidy } }
}

function conflictOf(from: DocumentSection, now: DocumentSection, theirs: string): Conflict {
  const { section, heading, text: ours, revision } = now
  return { section, heading, base: from.text, ours, theirs, revision }
}

function preambleConflict(base: Document, draft: Draft, current: Document): Conflict {
  const texts = { base: base.preamble, ours: current.preamble, theirs: draft.preamble }
  return { section: 'preamble', heading: '', revision: current.prefaced, ...texts }
}

/** Whether a merged text is still one section that leaves nothing open; each side was, together they may not. */
function staysWhole(text: string): boolean {
  return splitSections(text).sections.length === 1 && openBlockAtEnd(text) === null
}

/** New parts behind the part that they followed; the draft's order where the draft changed it. */
function inOrder(base: Document, draft: Draft, parts: readonly Part[]): Part[] {
  const ids = new Set(draft.parts.map((part) => part.section))
  const before = base.sections.map((section) => section.section).filter((section) => ids.has(section))
  const after = draft.parts.flatMap((part) => (part.section === null ? [] : [part.section]))
  const moved = before.some((section, index) => section !== after[index])
  const ordered = moved ? reordered(draft, parts) : [...parts]
  for (const [index, part] of draft.parts.entries()) {
    if (part.section !== null) continue
    const previous = draft.parts[index - 1]
    const place =
      previous === undefined
        ? -1
        : ordered.findLastIndex(
            (other) => other === previous || (other.section !== null && other.section === previous.section),
          )
    const last = part.separator === null || (previous !== undefined && place < 0)
    ordered.splice(last ? ordered.length : place + 1, 0, part)
  }
  return ordered
}

/** The draft's order; what the draft does not know stays behind the part that it follows now. */
function reordered(draft: Draft, parts: readonly Part[]): Part[] {
  const known = new Set(draft.parts.map((part) => part.section))
  const ordered = draft.parts.flatMap((part) =>
    parts.filter((other) => other.section !== null && other.section === part.section),
  )
  for (const [index, part] of parts.entries()) {
    if (known.has(part.section)) continue
    const place = index === 0 ? -1 : ordered.indexOf(parts[index - 1] as Part)
    ordered.splice(place + 1, 0, part)
  }
  return ordered
}
