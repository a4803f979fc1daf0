import { assert } from '../kernel/errors.ts'
import { type Document, evolveChange, renderDocument } from './document.ts'
import type { Draft, Part } from './draft.ts'
import type { MemoryChange, Owner } from './events.ts'
import { blankLineAfter, endsBlank, endsLine, type LineEnding } from './line-endings.ts'

/** A part whose separator is known. */
export interface SettledPart extends Part {
  readonly section: string
  readonly separator: string
}

export interface SettledDraft {
  readonly preamble: string
  readonly parts: readonly SettledPart[]
}

/**
 * Gives every part an id and a separator, so that each heading begins a line, and, where we may add to a
 * text, after a blank one. Texts that were cut out of a whole document come out as they are.
 */
export function settle(draft: Draft, eol: LineEnding, newId: (index: number) => string): SettledDraft {
  let left = draft.preamble
  let opened = 0
  const taken = new Set(draft.parts.map((part) => part.section))
  const freshId = () => {
    do opened += 1
    while (taken.has(newId(opened)))
    return newId(opened)
  }
  const parts = draft.parts.map((part, index): SettledPart => {
    const next = draft.parts[index + 1]
    const separator = part.separator === null ? blankLineAfter(left, eol) : part.separator
    const sound = endsLine(left + separator) ? separator : blankLineAfter(left, eol)
    const text = part.tidy === undefined ? part.text : tidied(part.text, next, eol)
    left = text
    return { ...part, section: part.section ?? freshId(), separator: sound, text }
  })
  return { preamble: draft.preamble, parts }
}

/** The next heading follows a blank line, together with the separator that its section brings. */
function tidied(text: string, next: Part | undefined, eol: LineEnding): string {
  const line = endsLine(text) ? text : text + eol
  if (next === undefined || next.separator === null) return line
  return endsBlank(line + next.separator) ? line : line + eol
}

/**
 * The changes that lead from a document to a draft of it, in an order in which applying them one by one
 * gives exactly the draft. `ownerOf` says who owns a part that is opened or whose owner changes.
 */
export function changesBetween(
  current: Document,
  draft: SettledDraft,
  ownerOf: (part: SettledPart) => Owner,
): MemoryChange[] {
  const standing = new Map(current.sections.map((section) => [section.section, section]))
  const wanted = new Set(draft.parts.map((part) => part.section))
  const changes: MemoryChange[] = []
  if (draft.preamble !== current.preamble) changes.push({ kind: 'preface', text: draft.preamble })
  for (const { section } of current.sections) {
    if (!wanted.has(section)) changes.push({ kind: 'removed', section })
  }
  const resting = longestInOrder(
    current.sections.map(({ section }) => section),
    draft.parts,
  )
  let after: string | null = null
  for (const part of draft.parts) {
    const { section, heading, separator, text } = part
    const before = standing.get(section)
    const owner = ownerOf(part)
    if (before === undefined)
      changes.push({ kind: 'opened', section, heading, owner, separator, text, after })
    else {
      if (!resting.has(section)) changes.push({ kind: 'moved', section, after })
      if (before.heading !== heading) changes.push({ kind: 'renamed', section, heading, text, separator })
      else if (before.text !== text || before.separator !== separator)
        changes.push({ kind: 'written', section, text, separator })
      if (before.owner !== owner) changes.push({ kind: 'assigned', section, owner })
    }
    after = section
  }
  assert(leadsTo(current, changes, draft), 'the changes of an edit do not lead to its text')
  return changes
}

const nowhere = {
  id: '',
  revision: 0,
  meta: { actor: { kind: 'unknown', id: 'nobody' }, recordedAt: '' },
} as const

/** The document that a list of changes gives, for looking at only: no event stands behind it. */
export function preview(current: Document, changes: readonly MemoryChange[]): Document {
  return changes.reduce((doc, change) => evolveChange(doc, change, nowhere), current)
}

function leadsTo(current: Document, changes: readonly MemoryChange[], draft: SettledDraft): boolean {
  return renderDocument(preview(current, changes)) === renderDocument({ ...current, ...textsOf(draft) })
}

function textsOf(draft: SettledDraft): Pick<Document, 'preamble' | 'sections'> {
  const sections = draft.parts.map((part) => ({
    ...part,
    tidy: undefined,
  })) as unknown as Document['sections']
  return { preamble: draft.preamble, sections }
}

/** The most sections that can stay where they are: the longest run of the draft that is in the old order. */
function longestInOrder(before: readonly string[], parts: readonly SettledPart[]): Set<string> {
  const places = new Map(before.map((section, index) => [section, index]))
  const kept = parts.map((part) => part.section).filter((section) => places.has(section))
  const place = (section: string) => places.get(section) ?? 0
  if (kept.every((section, index) => index === 0 || place(kept[index - 1] as string) < place(section)))
    return new Set(kept)
  const tails: string[] = []
  const previous = new Map<string, string | undefined>()
  for (const section of kept) {
    const found = tails.findIndex((tail) => place(tail) > place(section))
    const at = found < 0 ? tails.length : found
    previous.set(section, tails[at - 1])
    tails[at] = section
  }
  const resting = new Set<string>()
  for (let section = tails.at(-1); section !== undefined; section = previous.get(section))
    resting.add(section)
  return resting
}
