import type { AgentDefinition } from '../agents/events.ts'
import { agentKey } from '../kernel/words.ts'
import { type Document, type DocumentSection, headingKey } from './document.ts'
import { linesOf } from './merge.ts'
import type { Claim } from './ownership.ts'

/** An agent that a section probably belongs to, and why. People decide: nothing is given away by this. */
export interface LikelyOwner {
  readonly agent: string
  readonly because: string
}

/** What is known of the agents, now and before. */
export interface OwnerEvidence {
  readonly document: string
  readonly agents: readonly AgentDefinition[]
  /** Claims on this document that agents once had, also those they still have. */
  readonly formerClaims: readonly Claim[]
}

interface Scored extends LikelyOwner {
  readonly score: number
}

const templateShareMin = 0.6
const wordsInCommonMin = 0.5

/**
 * Whose section one without an owner probably is: headings are renamed between generations of agents, carry
 * dates, or lost a word. null when nobody comes to mind, or two agents equally.
 */
export function likelyOwner(
  state: Document,
  section: DocumentSection,
  evidence: OwnerEvidence,
): LikelyOwner | null {
  const scored = evidence.agents
    .flatMap((agent) => bestOf(state, section, { agent, evidence }) ?? [])
    .sort((a, b) => b.score - a.score)
  const [first, second] = scored
  if (first === undefined || first.score === second?.score) return null
  return { agent: first.agent, because: first.because }
}

function bestOf(
  state: Document,
  section: DocumentSection,
  { agent, evidence }: { agent: AgentDefinition; evidence: OwnerEvidence },
): Scored | null {
  const { name, template } = agent
  const key = headingKey(section.heading)
  const former = evidence.formerClaims.some(
    (claim) => agentKey(claim.agent) === agentKey(name) && headingKey(claim.heading) === key,
  )
  if (former) return { agent: name, score: 4, because: `its file claimed "${section.heading}" before` }
  const headings = agent.claims.filter((claim) => claim.document === evidence.document)
  if (headings.length === 0) return null
  const same = headings.find(({ heading }) => sameWords(heading, section.heading))
  if (same !== undefined)
    return { agent: name, score: 3, because: `it claims "${same.heading}", the same words` }
  const share = template === null ? 0 : templateShare(template.subheadings, section.text)
  if (share >= templateShareMin)
    return { agent: name, score: 1 + share, because: `the section has the sub-headings of its template` }
  const free = headings.filter(({ heading }) => !stands(state, heading))
  const near = free
    .map(({ heading }) => ({ heading, likeness: alike(heading, section.heading) }))
    .sort((a, b) => b.likeness - a.likeness)[0]
  if (near === undefined || near.likeness < wordsInCommonMin) return null
  const because = `it claims "${near.heading}", which is not there and reads alike`
  return { agent: name, score: near.likeness, because }
}

function stands(state: Document, heading: string): boolean {
  const key = headingKey(heading)
  return state.sections.some((section) => headingKey(section.heading) === key)
}

/** Of the sub-headings that a template promises, how many the text has; two at least. */
function templateShare(subheadings: readonly string[], text: string): number {
  const promised = new Set(subheadings.map(headingKey))
  if (promised.size < 2) return 0
  const found = linesOf(text).flatMap((line) => /^ {0,3}#{3,6}\s+(.*)$/u.exec(line.trim())?.[1] ?? [])
  return new Set(found.map(headingKey).filter((heading) => promised.has(heading))).size / promised.size
}

function sameWords(a: string, b: string): boolean {
  const [one, other] = [wordsOf(a), wordsOf(b)]
  return one.size > 0 && one.size === other.size && [...one].every((word) => other.has(word))
}

/** Dice's coefficient over the words of two headings. */
function alike(a: string, b: string): number {
  const [one, other] = [wordsOf(a), wordsOf(b)]
  if (one.size === 0 || other.size === 0) return 0
  const common = [...one].filter((word) => other.has(word)).length
  return (2 * common) / (one.size + other.size)
}

/** Words without dates and other numbers: those change while the section stays. */
function wordsOf(heading: string): Set<string> {
  const words = headingKey(heading).match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
  return new Set(words.filter((word) => !/^\d+$/u.test(word)))
}
