import { type Document, type DocumentSection, headingKey } from './document.ts'
import type { Draft, Part } from './draft.ts'
import { draftOf } from './draft.ts'
import type { Owner } from './events.ts'
import { sameLines } from './line-endings.ts'
import { type Claim, claimants, headingsOfAgent, keeperOf, sameAgent } from './ownership.ts'
import { ownerName, type Refusal } from './refusal.ts'

/** What is left of a draft when everything is taken back that its writer may not change. */
export interface Restricted {
  readonly draft: Draft
  readonly refusals: readonly Refusal[]
}

interface Writer {
  readonly agent: string
  readonly base: Document
  /** Whose a section is was decided here: since `base` a person may have given it to somebody else. */
  readonly current: Document
  readonly claims: readonly Claim[]
  /** Headings that the agent may write under, for messages. */
  readonly headings: readonly string[]
}

/**
 * An agent changes its own section, or opens it at the end; everything else in its draft, which began from `base`, is
 * taken back, each change with its reason. Its own is what belongs to it in `current`. What only moved blank lines
 * around is no change.
 */
export function restrictToOwn(
  base: Document,
  draft: Draft,
  by: Pick<Writer, 'agent' | 'current' | 'claims'>,
): Restricted {
  const writer = { ...by, base, headings: headingsOfAgent(by.agent, by.claims) }
  const refusals: Refusal[] = []
  const wanted = new Map(draft.parts.map((part) => [part.section, part]))
  const kept: Part[] = []
  for (const [index, section] of base.sections.entries()) {
    const before = draftOf(base).parts[index] as Part
    const after = wanted.get(section.section)
    const refusal = refuseChange(writer, section, after)
    if (refusal !== null) refusals.push(refusal)
    if (refusal !== null || (after !== undefined && unchanged(section, after))) kept.push(before)
    else if (after !== undefined)
      kept.push({ ...before, heading: after.heading, text: after.text, tidy: true })
  }
  for (const part of draft.parts) {
    if (part.section !== null) continue
    const refusal = refuseOpening(writer, part, kept)
    if (refusal !== null) refusals.push(refusal)
    else kept.push({ ...part, separator: null, tidy: true })
  }
  refusals.push(...refusePreamble(writer, draft), ...refuseMove(writer, draft))
  return { draft: { preamble: base.preamble, parts: kept }, refusals }
}

function unchanged(section: DocumentSection, part: Part): boolean {
  return section.heading === part.heading && sameLines(section.text, part.text)
}

function refuseChange(writer: Writer, section: DocumentSection, after: Part | undefined): Refusal | null {
  if (after !== undefined && unchanged(section, after)) return null
  const owner = keeperNow(writer, section)
  const about = { document: writer.base.document, section: section.section, heading: section.heading, owner }
  if (!sameAgent(owner, writer.agent)) {
    const what = after === undefined ? 'was left out, which would remove it' : 'was changed'
    const message = `"${section.heading}" of ${about.document} ${what}, but it belongs to ${ownerName(owner)}; ${mayWrite(writer)}`
    return { code: 'not_owner', ...about, message }
  }
  if (after === undefined || headingKey(after.heading) === headingKey(section.heading)) return null
  const message = `the section "${section.heading}" keeps its heading: found "${after.heading}"; begin it with "## ${section.heading}"`
  return { code: 'wrong_heading', ...about, message }
}

/** Of a section of `base`; of one that is gone by now, as it was there. */
function keeperNow({ base, current, claims }: Writer, section: DocumentSection): Owner {
  const standing = current.sections.find((candidate) => candidate.section === section.section)
  return standing === undefined ? keeperOf(base, section, claims) : keeperOf(current, standing, claims)
}

function refuseOpening(writer: Writer, part: Part, kept: readonly Part[]): Refusal | null {
  const { base, agent, claims } = writer
  const key = headingKey(part.heading)
  const owner = claimants(part.heading, claims)[0] ?? null
  const about = { document: base.document, section: null, heading: part.heading, owner }
  if (owner !== null && !sameAgent(owner, agent)) {
    const message = `"${part.heading}" of ${base.document} belongs to ${owner}, who registered first; ${mayWrite(writer)}`
    return { code: 'not_owner', ...about, message }
  }
  if (owner === null) {
    const message = `"## ${part.heading}" would open a section of ${base.document} that ${agent} does not claim; ${mayWrite(writer)}, with "###" for headings inside it`
    return { code: 'not_claimed', ...about, message }
  }
  const standing = kept.find((other) => headingKey(other.heading) === key)
  if (standing !== undefined) {
    const message = `${base.document} has a section "${standing.heading}" already: change it in its place`
    return { code: 'duplicate_section', ...about, message }
  }
  const claimed = new Set(writer.headings.map(headingKey))
  const renamed = base.sections.find(
    (section) => sameAgent(section.owner, agent) && !claimed.has(headingKey(section.heading)),
  )
  if (renamed === undefined || writer.headings.length !== 1) return null
  const message = `the section of ${agent} in ${base.document} is called "${renamed.heading}" now: write under that heading`
  return { code: 'renamed', ...about, section: renamed.section, message }
}

function refusePreamble(writer: Writer, draft: Draft): Refusal[] {
  const { base } = writer
  if (sameLines(base.preamble, draft.preamble)) return []
  const message = `what stands before the first section of ${base.document} belongs to people; ${mayWrite(writer)}`
  return [{ code: 'not_owner', document: base.document, section: null, heading: '', owner: null, message }]
}

/** Order is nobody's section: an agent leaves it as it is. */
function refuseMove(writer: Writer, draft: Draft): Refusal[] {
  const wanted = draft.parts.flatMap((part) => (part.section === null ? [] : [part.section]))
  const kept = new Set(wanted)
  const standing = writer.base.sections.filter((section) => kept.has(section.section))
  const moved = standing.find((section, index) => section.section !== wanted[index])
  if (moved === undefined) return []
  const { document } = writer.base
  const owner = keeperNow(writer, moved)
  const message = `sections of ${document} were put in another order, which only people do; the order stays`
  return [{ code: 'moved', document, section: moved.section, heading: moved.heading, owner, message }]
}

function mayWrite(writer: Writer): string {
  const headings = writer.headings.map((heading) => `"## ${heading}"`).join(', ')
  return headings === '' ? `${writer.agent} claims no section of it` : `${writer.agent} may write ${headings}`
}
