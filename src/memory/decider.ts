import type { Diagnostic, SectionTemplate } from '../agents/events.ts'
import type { Decider } from '../kernel/decider.ts'
import { type Rejection, unreachable } from '../kernel/errors.ts'
import type { Actor } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import type { Instant } from '../kernel/words.ts'
import { utf8Bytes } from './allowed-text.ts'
import {
  callKey,
  type Document,
  emptyDocument,
  evolveDocument,
  findSection,
  renderDocument,
} from './document.ts'
import { type EditIntent, planEdit, writesAsAgent } from './edit.ts'
import { type EditVia, type MemoryEvent, memoryEvents, type Owner } from './events.ts'
import { type ImportInput, importDocument } from './import-document.ts'
import type { Claim } from './ownership.ts'
import type { Conflict } from './rebase.ts'
import { ownerName, type Refusal } from './refusal.ts'

/** Takes an existing file in, as the first event of its document. */
export type ImportDocument = ImportInput & { readonly type: 'ImportDocument' }

interface EditCommand {
  readonly document: string
  readonly actor: Actor
  /** Claims of all agents on this document, in the order of registration. */
  readonly claims: readonly Claim[]
  /** The template of the agent that writes. */
  readonly template?: SectionTemplate | null
  readonly session?: string
  /** The same call of the same session edits once. */
  readonly call?: string
  readonly via: EditVia
  readonly at: Instant
  /** Ids of new sections are this and a number. */
  readonly idBase: string
  readonly reason?: string
  readonly commit?: string
}

export type EditDocument = EditCommand & {
  readonly type: 'EditDocument'
  readonly edit: EditIntent
  /** The document that the writer saw. Given, changes of others since then are merged where they do not touch. */
  readonly base?: Document
  /** What a writer of one section saw, when the document itself is not at hand. */
  readonly expects?: { readonly kind: 'revision'; readonly revision: number } | { readonly kind: 'absent' }
}

/** Gives a section to an agent, or to people. For people only. */
export interface AssignSection {
  readonly type: 'AssignSection'
  readonly document: string
  /** Id, heading, or heading in kebab case. */
  readonly section: string
  readonly owner: Owner
  readonly actor: Actor
  readonly via: EditVia
  readonly reason?: string
}

/** Brings a section back to what it was. It appends; nothing is rewritten. */
export type RestoreSection = EditCommand & {
  readonly type: 'RestoreSection'
  readonly section: string
  /** What it was; null when it was not there. */
  readonly text: string | null
  /** The event whose state comes back. */
  readonly restores: string
}

export type MemoryCommand = ImportDocument | EditDocument | AssignSection | RestoreSection

/**
 * What a memory command leads to. An accepted edit may have refusals: the agent's own section was saved, its
 * changes of other sections were not. A rejected one names the first refusal and lists all.
 */
export type MemoryDecision =
  | {
      readonly kind: 'accepted'
      readonly events: readonly MemoryEvent[]
      readonly refusals: readonly Refusal[]
      readonly diagnostics: readonly Diagnostic[]
    }
  | { readonly kind: 'rejected'; readonly rejection: Rejection }

/** `initial` names no document; its name comes with the first event. */
export const memoryDecider = {
  schemas: memoryEvents,
  initial: emptyDocument(''),
  decide: decideMemory,
  evolve: evolveDocument,
} satisfies Decider<Document, MemoryCommand, typeof memoryEvents>

function decideMemory(command: MemoryCommand, state: Document): MemoryDecision {
  switch (command.type) {
    case 'ImportDocument':
      return decideImport(command, state)
    case 'EditDocument':
      return decideEdit(command, state)
    case 'RestoreSection': {
      const { section, text, restores, ...rest } = command
      return decideEdit(
        { ...rest, type: 'EditDocument', edit: { kind: 'section', section, text, exact: true } },
        state,
        restores,
      )
    }
    case 'AssignSection':
      return decideAssign(command, state)
    default:
      return unreachable(command)
  }
}

function decideImport(command: ImportDocument, state: Document): MemoryDecision {
  if (state.revision >= 0) {
    if (renderDocument(state) === command.text) return accepted([])
    const message = `${command.document} is in the log already and reads otherwise: record the difference as an edit`
    return { kind: 'rejected', rejection: { code: 'already_imported', document: command.document, message } }
  }
  const result = importDocument(command)
  return result.kind === 'imported'
    ? accepted([result.event])
    : { kind: 'rejected', rejection: result.refusal }
}

function decideEdit(command: EditDocument, state: Document, restores?: string): MemoryDecision {
  if (command.call !== undefined && state.applied.includes(callKey(command.session, command.call)))
    return accepted([])
  const current = state.revision < 0 ? { ...state, document: command.document } : state
  const stale = refuseUnexpected(command, current)
  if (stale !== null) return { kind: 'rejected', rejection: stale }
  const plan = planEdit({ ...command, current })
  const recorded = plan.conflicts.filter((conflict) => keepsBoth(command, conflict))
  const refused = plan.conflicts.filter((conflict) => !recorded.includes(conflict))
  const refusals = [...plan.refusals, ...refused.map((conflict) => staleConflict(current, conflict))]
  const events = [
    ...edited(command, plan.changes, restores),
    ...recorded.map((conflict) => conflicted(command, conflict)),
  ]
  const [first] = refusals
  if (events.length === 0 && first !== undefined)
    return { kind: 'rejected', rejection: { ...first, refusals } }
  const opening = state.revision < 0 && events.length > 0 ? [emptyImport(command.document)] : []
  return { kind: 'accepted', events: [...opening, ...events], refusals, diagnostics: plan.diagnostics }
}

function edited(
  command: EditDocument,
  changes: ReturnType<typeof planEdit>['changes'],
  restores: string | undefined,
): MemoryEvent[] {
  if (changes.length === 0) return []
  const { document, via, session, call, commit, reason } = command
  const data = { document, changes: [...changes], via, ...given({ session, call, restores, commit, reason }) }
  return [{ type: 'DocumentEdited', data }]
}

function conflicted(command: EditDocument, conflict: Conflict): MemoryEvent {
  const { document, via, session, call } = command
  const { revision: _, base, ...texts } = conflict
  const whole = utf8Bytes(JSON.stringify(conflict)) < limits.eventBytesMax - 16 * 1024
  const data = { document, via, ...texts, base: whole ? base : null, ...given({ session, call }) }
  return { type: 'EditConflicted', data }
}

/** On disk both texts stand already, so the one that was not taken goes on record; elsewhere the writer is told. */
function keepsBoth(command: EditDocument, conflict: Conflict): boolean {
  const onDisk = command.via === 'disk' || command.via === 'git'
  const texts = utf8Bytes(JSON.stringify([conflict.ours, conflict.theirs]))
  return onDisk && texts < limits.eventBytesMax - 16 * 1024
}

function staleConflict(current: Document, conflict: Conflict): Refusal {
  const { section, heading, ours, revision } = conflict
  const owner = current.sections.find((candidate) => candidate.section === section)?.owner ?? null
  const message = `"${heading}" of ${current.document} was changed meanwhile (revision ${revision}) in the same lines: read it again and put your change into it`
  return {
    code: 'stale',
    document: current.document,
    section,
    heading,
    owner,
    message,
    current: ours,
    revision,
  }
}

function refuseUnexpected(command: EditDocument, current: Document): Refusal | null {
  const { expects, edit } = command
  if (expects === undefined || edit.kind !== 'section') return null
  const section = findSection(current, edit.section)
  if (
    expects.kind === 'absent'
      ? section === undefined
      : section !== undefined && section.revision <= expects.revision
  )
    return null
  const { document } = current
  if (section === undefined) {
    const message = `"${edit.section}" of ${document} was read at revision ${expects.kind === 'revision' ? expects.revision : ''} and is not there any more`
    return { code: 'stale', document, section: null, heading: edit.section, owner: null, message }
  }
  const { section: id, heading, owner, text, revision } = section
  const seen =
    expects.kind === 'absent' ? 'was expected not to be there' : `was read at revision ${expects.revision}`
  const message = `"${heading}" of ${document} ${seen}, and stands since revision ${revision}: read it again and put your change into it`
  return { code: 'stale', document, section: id, heading, owner, message, current: text, revision }
}

function decideAssign(command: AssignSection, state: Document): MemoryDecision {
  const section = findSection(state, command.section)
  const { document, owner, via, reason } = command
  if (section === undefined) {
    const message = `${document} has no section "${command.section}" to give to ${ownerName(owner)}`
    return { kind: 'rejected', rejection: { code: 'not_found', document, heading: command.section, message } }
  }
  if (section.owner === owner) return accepted([])
  if (writesAsAgent(command.actor)) {
    const message = `only people say who owns "${section.heading}" of ${document}; it belongs to ${ownerName(section.owner)}`
    const about = { document, section: section.section, heading: section.heading, owner: section.owner }
    return { kind: 'rejected', rejection: { code: 'not_owner', ...about, message } }
  }
  const change = { kind: 'assigned' as const, section: section.section, owner }
  return accepted([
    { type: 'DocumentEdited', data: { document, changes: [change], via, ...given({ reason }) } },
  ])
}

function emptyImport(document: string): MemoryEvent {
  return { type: 'DocumentImported', data: { document, preamble: '', sections: [], eol: '\n' } }
}

function accepted(events: readonly MemoryEvent[]): MemoryDecision {
  return { kind: 'accepted', events, refusals: [], diagnostics: [] }
}

/** The fields that are there: an absent one is no field in an event. */
function given<T extends Record<string, string | undefined>>(fields: T): { [K in keyof T]?: string } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: string
  }
}
