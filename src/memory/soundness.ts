import { assert } from '../kernel/errors.ts'
import { deceptive, unstorable } from './allowed-text.ts'
import { beginsStill, boundaryProblem, type Neighbour } from './boundaries.ts'
import type { Document } from './document.ts'
import { type SettledDraft, type SettledPart, settle } from './document-changes.ts'
import { type Draft, draftOf, type Part } from './draft.ts'
import { lineAt, sectionHeadings } from './markdown-sections.ts'
import type { Refusal } from './refusal.ts'

/** Whose draft it is. */
export interface DraftOrigin {
  /** The agent that writes, or null for people. */
  readonly agent: string | null
  /** The draft was cut out of one whole text that stands as it is, so its boundaries are what they are. */
  readonly exact: boolean
}

/** A change that cannot stand: why, and the text that it wanted (empty: it was to be removed). */
export interface TakenBack {
  readonly refusal: Refusal
  readonly section: string
  readonly text: string
}

/**
 * Takes back what may not be stored, or after which a section would not begin where the log says it does:
 * one change after the other, until the rest stands.
 */
export function takeBackUnsound(
  current: Document,
  draft: Draft,
  origin: DraftOrigin,
): { draft: Draft; taken: TakenBack[] } {
  const taken: TakenBack[] = []
  let kept = origin.exact ? draft : spaced(current, draft)
  const roundsMax = draft.parts.length + current.sections.length + 2
  for (let round = 0; round <= roundsMax; round += 1) {
    const settled = settle(kept, current.eol, (index) => `new-${index}`)
    const unsound = firstUnsound(current, settled, origin)
    if (unsound === null) return { draft: kept, taken }
    taken.push(...reasons(settled, unsound, { current, agent: origin.agent }))
    kept = unsound.part === null ? inOldOrder(current, kept) : withoutChange(current, kept, unsound.index)
  }
  assert(false, 'taking back the unsound changes of an edit does not end')
}

interface Unsound {
  readonly index: number
  /** The part that cannot stand; null when it is what now stands before it that cannot. */
  readonly part: SettledPart | null
  readonly problem: Pick<Refusal, 'code' | 'message' | 'line' | 'codePoint'>
}

function firstUnsound(current: Document, draft: SettledDraft, origin: DraftOrigin): Unsound | null {
  const { agent, exact } = origin
  const before = new Map(current.sections.map((section) => [section.section, section.text]))
  const follows = followers(current.sections)
  const prefaced = draft.preamble !== current.preamble
  if (!exact && prefaced && sectionHeadings(draft.preamble).length > 0)
    return { index: 0, part: null, problem: opensInPreamble }
  for (const [index, part] of draft.parts.entries()) {
    const standing = before.get(part.section)
    const previous = draft.parts[index - 1]?.section ?? null
    const above = follows.get(part.section) !== previous || (prefaced && index === 0)
    if (standing !== part.text) {
      const bounded = part.tidy === true || !exact
      const begun = standing !== undefined && !above && firstLine(standing) === firstLine(part.text)
      const problem =
        unstorable(part.text) ??
        (agent === null ? null : deceptive(part.text)) ??
        (bounded ? boundaryProblem(placed(draft, index, begun)) : null)
      if (problem !== null) return { index, part, problem }
    } else if (above && !exact) {
      const problem = beginsStill(neighbour(draft, index), part.text)
      if (problem !== null) return { index, part: null, problem }
    }
  }
  return null
}

const opensInPreamble = {
  code: 'opens_section',
  message: 'put together, the changes before the first section would begin another one',
} as const

/** By section id: the section before it, or null for the first. */
function followers(sections: readonly { readonly section: string }[]): Map<string, string | null> {
  return new Map(sections.map(({ section }, index) => [section, sections[index - 1]?.section ?? null]))
}

/** A heading that comes to stand behind another text than before gets a blank line. */
function spaced(current: Document, draft: Draft): Draft {
  const follows = followers(current.sections)
  const parts = draft.parts.map((part, index): Part => {
    const previous = draft.parts[index - 1]?.section ?? null
    if (part.section === null || part.separator !== '' || follows.get(part.section) === previous) return part
    return { ...part, separator: null }
  })
  return { preamble: draft.preamble, parts }
}

function withoutChange(current: Document, draft: Draft, index: number): Draft {
  const part = draft.parts[index] as Part
  const old = draftOf(current).parts.find((candidate) => candidate.section === part.section)
  const kept = draft.parts.toSpliced(index, 1, ...(old === undefined ? [] : [old]))
  return { preamble: draft.preamble, parts: kept }
}

/** Every section back in its place, what is new at the end; the texts stay as the draft has them. */
function inOldOrder(current: Document, draft: Draft): Draft {
  const wanted = new Map(draft.parts.map((part) => [part.section, part]))
  const standing = draftOf(current).parts.map((part) => {
    const { heading, text, tidy } = wanted.get(part.section) ?? part
    return { ...part, heading, text, ...(tidy === undefined ? {} : { tidy }) }
  })
  const known = new Set(standing.map((part) => part.section))
  const fresh = draft.parts.filter((part) => !known.has(part.section))
  const opened = fresh.map((part) => ({ ...part, separator: null }))
  return { preamble: current.preamble, parts: [...standing, ...opened] }
}

function reasons(
  draft: SettledDraft,
  unsound: Unsound,
  { current, agent }: { current: Document; agent: string | null },
): TakenBack[] {
  const { part, problem } = unsound
  const about = { ...problem, document: current.document }
  if (part !== null) {
    const before = current.sections.find((section) => section.section === part.section)
    const owner = before?.owner ?? agent
    const message = `"${part.heading}" of ${current.document}: ${problem.message}`
    const { section, heading, text } = part
    return [
      { section, text, refusal: { ...about, section: before?.section ?? null, heading, owner, message } },
    ]
  }
  const wanted = new Set(draft.parts.map(({ section }) => section))
  const next = draft.parts[unsound.index]?.heading ?? ''
  const removed = current.sections.filter(({ section }) => !wanted.has(section))
  const taken = removed.map(({ section, heading, owner }): TakenBack => {
    const message = `"${heading}" of ${current.document} cannot be taken out from before "${next}": ${problem.message}`
    return { section, text: '', refusal: { ...about, section, heading, owner, message } }
  })
  if (draft.preamble === current.preamble) return taken
  const message = `what stands before the first section of ${current.document} stays: ${problem.message}`
  const refusal = { ...about, section: null, heading: '', owner: null, message }
  return [...taken, { section: 'preamble', text: draft.preamble, refusal }]
}

function placed(draft: SettledDraft, index: number, begunAsBefore: boolean) {
  const { text } = draft.parts[index] as SettledPart
  const next = draft.parts[index + 1]
  const after = next === undefined ? null : { separator: next.separator, text: next.text }
  return { before: begunAsBefore ? null : neighbour(draft, index), text, after }
}

function neighbour(draft: SettledDraft, index: number): Neighbour {
  const { separator } = draft.parts[index] as SettledPart
  const previous = draft.parts[index - 1]
  if (previous === undefined) return { kind: 'preamble', text: draft.preamble + separator, line: 1 }
  const above = draft.parts.slice(0, index - 1).map((part) => part.separator + part.text)
  const start = draft.preamble + above.join('') + previous.separator
  return { kind: 'section', text: previous.text + separator, line: lineAt(start, start.length) }
}

function firstLine(text: string): string {
  return text.split(/[\r\n]/u, 1)[0] ?? ''
}
