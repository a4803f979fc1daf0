import { unreachable } from '../kernel/errors.ts'
import { type Actor, streamOf } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import { kebab } from '../kernel/words.ts'
import type { MemoryChange, Owner, RecordedMemoryEvent, SectionText } from './events.ts'

/** One section of a document, with where its text comes from. Plain JSON. */
export type DocumentSection = {
  /** Its id: stays when the heading changes. */
  section: string
  /** Without the hashes. */
  heading: string
  owner: Owner
  /** Line endings before the heading that belong to this section; mostly empty. */
  separator: string
  /** From the heading line on, exactly. */
  text: string
  /** Id of the event that gave the text. */
  event: string
  /** Revision of the document's stream at which the text last changed. */
  revision: number
  /** Who gave the text, and when. */
  by: Actor
  at: string
  /** Id of the event that opened the section. */
  opened: string
}

/** A document as of some event of its stream. Plain JSON; folded, never changed in place. */
export type Document = {
  document: string
  preamble: string
  /** Line ending that new text is written with. */
  eol: '\n' | '\r\n'
  sections: DocumentSection[]
  /** Revision of the last event folded in; -1 for a document that has none. */
  revision: number
  /** Revision at which the preamble last changed; -1 when it never had one. */
  prefaced: number
  /** Keys of the calls whose edits are in it already, oldest first; see `callKey`. */
  applied: string[]
}

export function emptyDocument(document: string): Document {
  return { document, preamble: '', eol: '\n', sections: [], revision: -1, prefaced: -1, applied: [] }
}

/** Name of the stream that holds a document. */
export function documentStream(document: string): string {
  return streamOf('memory', document)
}

/** The document's bytes, as text: everything joined, nothing added. */
export function renderDocument(state: Pick<Document, 'preamble' | 'sections'>): string {
  return state.preamble + state.sections.map((section) => section.separator + section.text).join('')
}

/** Headings that differ only in case, width and blanks are the same heading. */
export function headingKey(heading: string): string {
  return heading.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim()
}

/**
 * The section that a person or program means: by id, by heading, or by heading in kebab case. Of several
 * with one heading, the first.
 */
export function findSection(state: Document, name: string): DocumentSection | undefined {
  const key = headingKey(name.replace(/^#{1,6}\s+/u, ''))
  const path = kebab(name)
  return (
    state.sections.find((section) => section.section === name) ??
    state.sections.find((section) => headingKey(section.heading) === key) ??
    (path === '' ? undefined : state.sections.find((section) => kebab(section.heading) === path))
  )
}

/** Names an edit by the call that made it, so that the same call edits once. */
export function callKey(session: string | undefined, call: string): string {
  return session === undefined ? call : `${session}/${call}`
}

/** Folds one event of the document's stream. Never validates: the past has happened. */
export function evolveDocument(state: Document, event: RecordedMemoryEvent): Document {
  const next = { ...state, document: event.data.document, revision: event.revision }
  switch (event.type) {
    case 'DocumentImported': {
      const { preamble, eol } = event.data
      const sections = event.data.sections.map((section) => opened(section, event))
      return { ...next, preamble, eol, sections, prefaced: preamble === '' ? -1 : event.revision }
    }
    case 'DocumentEdited': {
      const edited = event.data.changes.reduce((doc, change) => evolveChange(doc, change, event), next)
      return remember(edited, event.data.session, event.data.call)
    }
    case 'EditConflicted':
      return remember(next, event.data.session, event.data.call)
    default:
      return unreachable(event)
  }
}

/** What an event tells about the sections that it changes. */
export type ChangeOrigin = Pick<RecordedMemoryEvent, 'id' | 'revision' | 'meta'>

/** Applies one change to a document. A change of a section that is not there changes nothing. */
export function evolveChange(state: Document, change: MemoryChange, origin: ChangeOrigin): Document {
  switch (change.kind) {
    case 'opened':
      return { ...state, sections: insertAfter(state.sections, opened(change, origin), change.after) }
    case 'written':
    case 'renamed':
      return { ...state, sections: state.sections.map((section) => rewritten(section, change, origin)) }
    case 'moved': {
      const section = state.sections.find((candidate) => candidate.section === change.section)
      if (section === undefined) return state
      const others = state.sections.filter((candidate) => candidate !== section)
      return { ...state, sections: insertAfter(others, section, change.after) }
    }
    case 'assigned': {
      const { section, owner } = change
      const assign = (candidate: DocumentSection) =>
        candidate.section === section ? { ...candidate, owner } : candidate
      return { ...state, sections: state.sections.map(assign) }
    }
    case 'removed':
      return { ...state, sections: state.sections.filter((section) => section.section !== change.section) }
    case 'preface':
      return { ...state, preamble: change.text, prefaced: origin.revision }
    default:
      return unreachable(change)
  }
}

function opened(from: SectionText, origin: ChangeOrigin): DocumentSection {
  const { section, heading, owner, separator, text } = from
  const { id: event, revision } = origin
  const { actor: by, recordedAt: at } = origin.meta
  return { section, heading, owner, separator, text, event, revision, by, at, opened: event }
}

function rewritten(
  section: DocumentSection,
  change: Extract<MemoryChange, { kind: 'written' | 'renamed' }>,
  origin: ChangeOrigin,
): DocumentSection {
  if (section.section !== change.section) return section
  const heading = change.kind === 'renamed' ? change.heading : section.heading
  const next = { ...section, heading, separator: change.separator, text: change.text }
  if (section.text === change.text) return next
  const { actor: by, recordedAt: at } = origin.meta
  return { ...next, event: origin.id, revision: origin.revision, by, at }
}

function insertAfter(
  sections: DocumentSection[],
  section: DocumentSection,
  after: string | null,
): DocumentSection[] {
  if (after === null) return [section, ...sections]
  const index = sections.findIndex((candidate) => candidate.section === after)
  return index < 0 ? [...sections, section] : sections.toSpliced(index + 1, 0, section)
}

function remember(state: Document, session: string | undefined, call: string | undefined): Document {
  if (call === undefined) return state
  return { ...state, applied: [...state.applied, callKey(session, call)].slice(-limits.callsRememberedMax) }
}
