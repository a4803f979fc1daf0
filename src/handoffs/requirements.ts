import { cut } from '../kernel/cut.ts'
import { limits } from '../kernel/limits.ts'
import type { Provided } from './events.ts'
import { wordsOf } from './routing/words.ts'

/** What a sender gives along. */
export interface Given {
  readonly context: string
  readonly provides?: readonly Provided[]
}

/** A requirement of the receiver, and where it was met. */
export interface ChecklistItem {
  readonly requirement: string
  /** provided: given for it by name. context: a sentence of the context says it. missing: neither. */
  readonly met: 'provided' | 'context' | 'missing'
  /** The value, or the sentence; empty when it is missing. */
  readonly where: string
}

/** Values that say that nothing is there. */
const emptyValue =
  /^(?:[-–—?.…\s]*|\[[^\]]*\]|n\/?a|none|nothing|tbd|todo|unknown|missing|pending|not (?:yet )?(?:known|available|provided|there|ready))[.!]?$/iu

/** A sentence with one of these speaks of something that is not there. */
const absence =
  /\b(?:no|not|none|without|missing|lacks?|lacking|tbd|todo|pending|unknown|unavailable|n\/a)\b|n't\b/iu

/** The words of a requirement must stand this close together in a sentence: at most so many words further. */
const slackWords = 6

/**
 * The requirements of a receiver in their order, each once, and where the sender met each. One is met when
 * - `provides` names it (the same words, in any form and order) with a value that says something, or
 * - one sentence of the context, which does not say that something is absent, has all of its words close
 *   together (within their number and six more), and the context as a whole says more than the words of the
 *   requirements: repeating the checklist is no answer.
 * A requirement without words (only signs or stop words) asks for nothing. Pure and deterministic.
 */
export function checklistOf(requirements: readonly string[], given: Given): ChecklistItem[] {
  const keys = requirements.map((requirement) => ({ requirement, key: keyOf(requirement) }))
  const provided = new Map(
    (given.provides ?? [])
      .filter(({ value }) => !emptyValue.test(value.trim()))
      .map(({ requirement, value }) => [keyOf(requirement), value]),
  )
  const sentences = sentencesBeyond(given.context, new Set(keys.flatMap(({ key }) => key.split(' '))))
  const items = new Map<string, ChecklistItem>()
  for (const { requirement, key } of keys) {
    if (key === '' || items.has(key)) continue
    const value = provided.get(key)
    const stems = new Set(key.split(' '))
    const said = sentences.find((sentence) => saysTogether(sentence.stems, stems))
    if (value !== undefined) items.set(key, { requirement, met: 'provided', where: value })
    else if (said !== undefined) items.set(key, { requirement, met: 'context', where: said.text })
    else items.set(key, { requirement, met: 'missing', where: '' })
  }
  return [...items.values()]
}

/** The requirements that the sender does not meet, in their order, each once. */
export function missingRequirements(requirements: readonly string[], given: Given): string[] {
  return checklistOf(requirements, given).flatMap(({ requirement, met }) =>
    met === 'missing' ? [requirement] : [],
  )
}

/** The same for two spellings of one requirement: its stems once each, in order of the alphabet. */
function keyOf(requirement: string): string {
  return [...new Set(wordsOf(requirement).map((word) => word.stem))].sort().join(' ')
}

interface Sentence {
  readonly text: string
  readonly stems: readonly string[]
}

/** The sentences that say what is there; none when the context only repeats `asked`. */
function sentencesBeyond(context: string, asked: ReadonlySet<string>): Sentence[] {
  const sentences = context
    .slice(0, limits.contextCharsMax)
    .split(/[\n;!?]|\.(?=\s|$)/u)
    .filter((sentence) => !absence.test(sentence))
    .map((sentence) => ({
      text: cut(sentence.trim(), limits.quoteCharsMax),
      stems: wordsOf(sentence).map((word) => word.stem),
    }))
  return sentences.some(({ stems }) => stems.some((stem) => !asked.has(stem))) ? sentences : []
}

function saysTogether(sentence: readonly string[], stems: ReadonlySet<string>): boolean {
  const width = stems.size + slackWords
  const seenAt = new Map<string, number>()
  for (const [at, stem] of sentence.entries()) {
    if (!stems.has(stem)) continue
    seenAt.set(stem, at)
    if (seenAt.size === stems.size && at - Math.min(...seenAt.values()) < width) return true
  }
  return false
}
