import type { Diagnostic, SectionTemplate } from '../agents/events.ts'
import type { Actor } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import type { Instant } from '../kernel/words.ts'
import { unstorable, utf8Bytes } from './allowed-text.ts'
import { type Document, findSection, headingKey, renderDocument } from './document.ts'
import { changesBetween, preview, type SettledPart, settle } from './document-changes.ts'
import { type Draft, draftOf, draftOfSection, draftOfText, type Part } from './draft.ts'
import type { MemoryChange, Owner } from './events.ts'
import { sameLines, withLineEnding } from './line-endings.ts'
import { sectionsAgree } from './markdown-sections.ts'
import { type Claim, headingsOfAgent, ownerByClaim } from './ownership.ts'
import { type Conflict, rebase } from './rebase.ts'
import type { Refusal } from './refusal.ts'
import { restrictToOwn } from './restrict.ts'
import { missingSubheadings, sameButForDate, withLastUpdated } from './section-template.ts'
import { type TakenBack, takeBackUnsound } from './soundness.ts'

/** What somebody wants to do to a document. */
export type EditIntent =
  /** The whole text after the edit. */
  | { readonly kind: 'document'; readonly text: string }
  /** One section, by id, heading or heading in kebab case; a text of null takes it out. */
  | {
      readonly kind: 'section'
      readonly section: string
      readonly text: string | null
      /** It stood so once: not a byte of it is changed. */
      readonly exact?: true
    }

export interface EditInput {
  readonly current: Document
  /** The document that the writer saw; `current` when absent. Given, changes that do not touch are merged. */
  readonly base?: Document | undefined
  readonly edit: EditIntent
  readonly actor: Actor
  /** Claims of all agents on this document, in the order of registration. */
  readonly claims: readonly Claim[]
  /** The template of the agent that writes. */
  readonly template?: SectionTemplate | null | undefined
  readonly at: Instant
  /** Ids of new sections are this and a number; the same input gives the same ids. */
  readonly idBase: string
}

/** What comes of it. Changes and refusals may both be there: own sections are saved, foreign ones are not. */
export interface EditPlan {
  readonly changes: readonly MemoryChange[]
  readonly refusals: readonly Refusal[]
  /** Where somebody else changed the same lines since `base`. */
  readonly conflicts: readonly Conflict[]
  /** Sub-headings that the template promises and the text lacks. */
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * Turns an edit into changes of sections, or refusals with the owner's name. The one function behind every
 * way in: the memory tool, Write and Edit on the document's path, a Bash command, hooks, MCP, the API, the
 * disk. People may change anything; an agent its own section only. Nothing of `current` is lost unsaid.
 */
export function planEdit(input: EditInput): EditPlan {
  const { current, actor } = input
  const base = input.base ?? current
  const early = refuseEarly(base, input)
  if (early !== null) return { changes: [], refusals: [early], conflicts: [], diagnostics: [] }
  const agent = writesAsAgent(actor) ? actor.id : null
  const wanted = draftOfIntent(base, input, agent)
  const { draft, refusals } =
    agent === null
      ? { draft: wanted, refusals: [] }
      : restrictToOwn(base, wanted, { agent, current, claims: input.claims })
  const finished = { ...draft, parts: draft.parts.map((part) => finish(base, part, input)) }
  const rebased = rebase(base, finished, current)
  const exact = agent === null && input.edit.kind === 'document' && base.revision === current.revision
  const checked = takeBackUnsound(current, rebased.draft, { agent, exact })
  const newId = (index: number) => `${input.idBase}-${index}`
  const settled = settle(checked.draft, current.eol, newId)
  const changes = changesBetween(current, settled, (part) => ownerOf(current, part, { agent, input }))
  const tooMuch = refuseTooMuch(current, changes)
  // What two people's edits make of each other is nobody's fault: a conflict, which keeps both texts.
  const met = agent === null && base.revision !== current.revision
  const refused = met ? [] : checked.taken.map((taken) => taken.refusal)
  const all = [...refusals, ...refused, ...tooMuch]
  const conflicts = [
    ...rebased.conflicts,
    ...(met ? checked.taken.map((taken) => conflictOf(current, taken)) : []),
  ]
  if (tooMuch.length > 0) return { changes: [], refusals: all, conflicts, diagnostics: [] }
  return { changes, refusals: all, conflicts, diagnostics: diagnose(current, changes, input) }
}

function conflictOf(current: Document, { section, text, refusal }: TakenBack): Conflict {
  const now = current.sections.find((candidate) => candidate.section === section)
  const ours = section === 'preamble' ? current.preamble : (now?.text ?? '')
  const revision = now?.revision ?? current.revision
  return { section, heading: refusal.heading, base: null, ours, theirs: text, revision }
}

/** People, and edits that nobody can be named for, may change anything; everybody else is held to claims. */
export function writesAsAgent(actor: Actor): boolean {
  return actor.kind !== 'person' && actor.kind !== 'unknown'
}

function refuseEarly(base: Document, input: EditInput): Refusal | null {
  const { edit } = input
  const about = { document: base.document, section: null, heading: '', owner: null }
  if (edit.kind === 'section' && edit.text === null && findSection(base, edit.section) === undefined) {
    const message = `${base.document} has no section "${edit.section}" to take out`
    return { code: 'not_found', ...about, heading: edit.section, message }
  }
  const bytesMax = edit.kind === 'document' ? limits.documentBytesMax : limits.sectionBytesMax
  const problem = edit.text === null ? null : unstorable(edit.text, bytesMax)
  if (problem === null) return null
  const heading = edit.kind === 'section' ? edit.section : ''
  return { ...problem, ...about, heading, message: `${base.document}: ${problem.message}` }
}

function draftOfIntent(base: Document, input: EditInput, agent: string | null): Draft {
  const { edit, claims } = input
  if (edit.kind === 'section') {
    const headings = agent === null ? claims.map((claim) => claim.heading) : headingsOfAgent(agent, claims)
    return draftOfSection(base, { ...edit, headings })
  }
  const foreignEndings = agent !== null && base.eol === '\r\n' && !edit.text.includes('\r\n')
  return draftOfText(base, foreignEndings ? withLineEnding(edit.text, base.eol) : edit.text)
}

/** A text that is to stand as a section of its own: the document's line endings, the day of the edit. */
function finish(base: Document, part: Part, input: EditInput): Part {
  if (part.tidy === undefined) return part
  const before = base.sections.find((section) => section.section === part.section)
  const text = withLineEnding(part.text, base.eol)
  const dated = writesAsAgent(input.actor) && isTemplateOf(input.template, part.heading)
  const same = before !== undefined && (dated ? sameButForDate : sameLines)(before.text, text)
  if (before !== undefined && same) return { ...draftOfOne(before), heading: before.heading }
  return { ...part, text: dated ? withLastUpdated(text, input.at, base.eol) : text }
}

function draftOfOne(section: Document['sections'][number]): Part {
  return draftOf({ sections: [section] } as Document).parts[0] as Part
}

/** Whether the template is that of this section and asks for its date. */
function isTemplateOf(template: SectionTemplate | null | undefined, heading: string): boolean {
  if (template === null || template === undefined || !template.lastUpdated) return false
  return isTemplateFor(template, heading)
}

function isTemplateFor(template: SectionTemplate, heading: string): boolean {
  const first = template.text?.trimStart().split(/[\r\n]/u, 1)[0]
  return first === undefined || headingKey(first.replace(/^#+/u, '')) === headingKey(heading)
}

function ownerOf(
  current: Document,
  part: SettledPart,
  by: { agent: string | null; input: EditInput },
): Owner {
  const before = current.sections.find((section) => section.section === part.section)
  if (by.agent === null)
    return before === undefined ? ownerByClaim(part.heading, by.input.claims) : before.owner
  if (before === undefined) return by.agent
  return before.owner === null && part.tidy === true && before.text !== part.text ? by.agent : before.owner
}

/** Of one edit's changes as JSON; the rest of its event fits beside them. */
const editBytesMax = limits.eventBytesMax - 16 * 1024

function refuseTooMuch(current: Document, changes: readonly MemoryChange[]): Refusal[] {
  const about = { document: current.document, section: null, heading: '', owner: null }
  const after = preview(current, changes)
  if (changes.length > limits.changesMax || after.sections.length > limits.sectionsMax) {
    const message = `${current.document}: ${changes.length} changes and ${after.sections.length} sections; at most ${limits.changesMax} and ${limits.sectionsMax}`
    return [{ code: 'too_many', ...about, message }]
  }
  const sizes = [
    { what: 'the document', bytes: utf8Bytes(renderDocument(after)), bytesMax: limits.documentBytesMax },
    { what: 'its preamble', bytes: utf8Bytes(after.preamble), bytesMax: limits.documentBytesMax / 8 },
    { what: 'the edit', bytes: utf8Bytes(JSON.stringify(changes)), bytesMax: editBytesMax },
  ]
  const over = sizes.find(({ bytes, bytesMax }) => bytes > bytesMax)
  if (over === undefined || changes.length === 0) return []
  const message = `${current.document}: ${over.what} would have ${over.bytes} bytes and at most ${over.bytesMax} are kept: shorten it, or change it in steps`
  return [{ code: 'too_large', ...about, message }]
}

function diagnose(current: Document, changes: readonly MemoryChange[], input: EditInput): Diagnostic[] {
  const texts = changes.flatMap((change) =>
    change.kind === 'written' || change.kind === 'opened' || change.kind === 'renamed'
      ? [{ section: change.section, text: change.text }]
      : [],
  )
  if (!writesAsAgent(input.actor)) {
    if (input.edit.kind !== 'document' || texts.every(({ text }) => sectionsAgree(text))) return []
    const message = `${current.document}: two Markdown parsers see its sections begin in different places; one of them was followed`
    return [{ code: 'parsers_disagree', message }]
  }
  const { template } = input
  if (template === null || template === undefined) return []
  const after = preview(current, changes)
  return texts.flatMap(({ section, text }) => {
    const heading = after.sections.find((candidate) => candidate.section === section)?.heading ?? ''
    return isTemplateFor(template, heading) ? missingSubheadings(text, template) : []
  })
}
