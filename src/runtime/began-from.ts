import { limits } from '../kernel/limits.ts'
import { type Document, type DocumentSection, renderDocument } from '../memory/document.ts'
import { linesOf } from '../memory/merge.ts'
import { newestRenderedAs, type PastState } from './document-history.ts'
import type { RenderedAt } from './kept-renderings.ts'

export interface Save {
  readonly text: string
  /** When it was written, by the clock of the file system. */
  readonly savedAtMs: number
  /** What was last rendered, or stands there since it was taken in. */
  readonly rendered: Document
  /** Revision of the state that it is, or comes nearest to. */
  readonly over: number
  /** Oldest first, that state among them unless it is very old. */
  readonly recent: readonly PastState[]
  /** What was rendered when, oldest first. */
  readonly renderings: readonly RenderedAt[]
  /** Saves that stood there as they were, oldest first. */
  readonly saves: readonly Standing[]
}

/** A text that stood on disk. */
export interface Standing {
  readonly state: Document
  readonly untilMs: number
}

export type Began =
  | { readonly kind: 'edit'; readonly base: Document }
  /** Somebody saved again what an older rendering gave: nothing was edited. */
  | { readonly kind: 'nothing'; readonly as: Document }

/** Words that stand as they once did in so many sections were not typed: the writer had an older rendering. */
const tellingSections = 2

/**
 * The state from which somebody began the text that they saved: the last rendering, unless the text agrees
 * better with an older one that its writer may still have had, because it was replaced only moments before the
 * save, or that it plainly is. Where only saves on disk lie between, sections decide and lines do not: people
 * save while they type. Too new a state would take others' changes back; too old a one merges.
 */
export function beganFrom(save: Save): Began {
  const { text, rendered, over, recent } = save
  const last = recent.findLastIndex(({ state }) => state.revision === over)
  if (last < 0) return { kind: 'edit', base: rendered }
  const states = recent.map(({ state }, index) => (index === last ? rendered : state))
  const likeness = likenessTo(text)
  const sections = (index: number) => likeness.sections(states[index]!)
  const stoodUntil = renderedUntil(save)
  let best = last
  for (let index = recent.length - 1; index > last; index -= 1)
    if (sections(index) > sections(best)) best = index
  for (let index = last - 1; index >= 0; index -= 1) {
    const unseen = stoodUntil(states[index]!) >= save.savedAtMs - limits.savedUnseenMs
    if (!unseen && likeness.reverted(rendered, states[index]!) < tellingSections) continue
    const more = sections(index) - sections(best)
    const linesCount = unseen && !isOfDisk(recent.slice(index + 1, best + 1))
    const alike = () => likeness.lines(states[index]!) >= likeness.lines(states[best]!)
    if (more > 0 || (more === 0 && linesCount && alike())) best = index
  }
  const base = states[best]!
  const own = likest(save, likeness, base)
  if (own !== null)
    return renderDocument(own) === text ? { kind: 'nothing', as: own } : { kind: 'edit', base: own }
  return best < last && renderDocument(base) === text ? unchanged(recent, best) : { kind: 'edit', base }
}

/** The save of a moment ago that the text is more like than the best of the log's states. */
function likest({ savedAtMs, saves }: Save, likeness: Likeness, base: Document): Document | null {
  let best: Document | null = null
  for (const { state, untilMs } of saves) {
    if (untilMs < savedAtMs - limits.savedUnseenMs) continue
    const more = likeness.sections(state) - likeness.sections(best ?? base)
    if (more > 0 || (more === 0 && likeness.lines(state) > likeness.lines(best ?? base))) best = state
  }
  return best
}

/** When a state, had it been rendered, was replaced on disk by a newer one; 0 when nobody knows. */
function renderedUntil({ renderings }: Save): (state: Document) => number {
  return ({ revision }) => renderings.find((rendered) => rendered.revision > revision)?.atMs ?? 0
}

/** An older rendering as it was. After it, what was saved on disk was taken back; what others did was not. */
function unchanged(recent: readonly PastState[], index: number): Began {
  let base = index
  while (base + 1 < recent.length && isOfDisk([recent[base + 1]!])) base += 1
  const { state } = recent[base]!
  return base === index ? { kind: 'nothing', as: state } : { kind: 'edit', base: state }
}

function isOfDisk(states: readonly PastState[]): boolean {
  return states.every(({ via }) => via === 'disk' || via === 'git')
}

interface Likeness {
  /** Sections of a state that stand in the text, less those that do not. */
  sections(state: Document): number
  /** Sections that read as in the older state again, and no longer as in the newer one. */
  reverted(newer: Document, older: Document): number
  /** Lines in common: from 0 to 1. */
  lines(state: Document): number
}

/** Newer than the last rendering, which may be gone from its folder. */
export function isLaterRendering(
  recent: readonly PastState[],
  text: string,
  rendered: Document | null,
): boolean {
  const as = newestRenderedAs(recent, text)
  return as !== null && (rendered === null || as.revision >= rendered.revision)
}

/** The newest state that shares most sections with a text; null for a document without a history. */
export function nearest(recent: readonly PastState[], text: string): Document | null {
  const stands = standingIn(text)
  let best: { state: Document; shared: number } | null = null
  for (const { state } of recent) {
    const shared = state.sections.filter(stands).length
    if (best === null || shared >= best.shared) best = { state, shared }
  }
  return best?.state ?? null
}

/** Whether a section stands in a text. States share most of their sections, so each is looked for once. */
function standingIn(text: string): (section: DocumentSection) => boolean {
  const found = new Map<DocumentSection, boolean>()
  return (section) => {
    const known = found.get(section) ?? text.includes(section.text)
    found.set(section, known)
    return known
  }
}

function likenessTo(text: string): Likeness {
  const stands = standingIn(text)
  const own = linesOf(text)
  return {
    sections: ({ sections }) => 2 * sections.filter(stands).length - sections.length,
    reverted: (newer, older) => {
      const then = new Map(older.sections.map((section) => [section.section, section]))
      return newer.sections.filter((section) => {
        const before = then.get(section.section)
        return before !== undefined && before.text !== section.text && stands(before) && !stands(section)
      }).length
    },
    lines: (state) => inCommon(own, linesOf(renderDocument(state))),
  }
}

/** Dice's coefficient. */
function inCommon(a: readonly string[], b: readonly string[]): number {
  const counts = new Map<string, number>()
  for (const line of a) counts.set(line, (counts.get(line) ?? 0) + 1)
  let common = 0
  for (const line of b) {
    const left = counts.get(line) ?? 0
    if (left > 0) common += 1
    counts.set(line, left - 1)
  }
  return a.length + b.length === 0 ? 1 : (2 * common) / (a.length + b.length)
}
