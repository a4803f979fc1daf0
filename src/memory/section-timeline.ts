import { kebab } from '../kernel/words.ts'
import { type Document, type DocumentSection, emptyDocument, evolveDocument, headingKey } from './document.ts'
import type { Owner, RecordedMemoryEvent } from './events.ts'

/** A section as of a revision, without its text: that is in the event at `textFrom`. */
export interface SectionPlace {
  readonly section: string
  readonly heading: string
  readonly owner: Owner
  /** Revisions of the events that gave its text, and that last changed it. */
  readonly textFrom: number
  readonly changedAt: number
  /** Id of the event that opened it. */
  readonly opened: string
}

/** A value from a revision on. */
type From<Value> = { readonly revision: number; readonly value: Value }

interface Timeline {
  readonly texts: number[]
  readonly changed: number[]
  readonly headings: From<string>[]
  readonly owners: From<Owner>[]
  /** Null from where it was taken out. */
  readonly opened: From<string | null>[]
}

/**
 * Where each section of a document stood at every revision, without the texts: finds one as of any revision
 * without folding the document. Changed in place; feed it the document's events in their order.
 */
export class SectionTimelines {
  readonly #timelines = new Map<string, Timeline>()
  /** Sections that ever had a heading, by its key. */
  readonly #byHeading = new Map<string, Set<string>>()
  #document: Document

  constructor(document: string) {
    this.#document = emptyDocument(document)
  }

  /** Of the last event folded in; -1 before the first. */
  get revision(): number {
    return this.#document.revision
  }

  evolve(event: RecordedMemoryEvent): void {
    const before = this.#document.sections
    this.#document = evolveDocument(this.#document, event)
    const after = this.#document.sections
    if (inSameOrder(before, after)) {
      for (const [index, section] of after.entries())
        if (section !== before[index]) this.#note(section, before[index], event)
      return
    }
    const old = new Map(before.map((section) => [section.section, section]))
    for (const section of after) {
      const was = old.get(section.section)
      old.delete(section.section)
      if (section !== was) this.#note(section, was, event)
    }
    for (const id of old.keys())
      this.#timelines.get(id)?.opened.push({ revision: event.revision, value: null })
  }

  /** What `findSection` finds in the document as of `revision`; `several` when only its order can tell. */
  find(name: string, revision: number): SectionPlace | 'several' | null {
    const byId = this.#placeOf(name, revision)
    if (byId !== null) return byId
    const plain = headingKey(name.replace(/^#{1,6}\s+/u, ''))
    const path = kebab(name)
    const byHeading = this.#standing(plain, revision, (heading) => headingKey(heading) === plain)
    if (byHeading !== null || path === '') return byHeading
    return this.#standing(path, revision, (heading) => kebab(heading) === path)
  }

  #standing(
    key: string,
    revision: number,
    fits: (heading: string) => boolean,
  ): SectionPlace | 'several' | null {
    const places = [...(this.#byHeading.get(key) ?? [])]
      .map((id) => this.#placeOf(id, revision))
      .filter((place) => place !== null && fits(place.heading))
    return places.length > 1 ? 'several' : (places[0] ?? null)
  }

  #placeOf(section: string, revision: number): SectionPlace | null {
    const timeline = this.#timelines.get(section)
    if (timeline === undefined) return null
    const opened = valueAt(timeline.opened, revision)
    const heading = valueAt(timeline.headings, revision)
    const owner = valueAt(timeline.owners, revision)
    if (opened === undefined || opened === null || heading === undefined || owner === undefined) return null
    const [textFrom, changedAt] = [lastUpTo(timeline.texts, revision), lastUpTo(timeline.changed, revision)]
    return { section, heading, owner, textFrom, changedAt, opened }
  }

  #note(section: DocumentSection, was: DocumentSection | undefined, { revision }: RecordedMemoryEvent): void {
    const { heading, owner, opened } = section
    const timeline = this.#timeline(section.section)
    if (was?.text !== section.text || was.separator !== section.separator) timeline.texts.push(revision)
    if (section.revision === revision) timeline.changed.push(revision)
    if (was?.opened !== opened) timeline.opened.push({ revision, value: opened })
    if (was === undefined || was.owner !== owner) timeline.owners.push({ revision, value: owner })
    if (was?.heading === heading) return
    timeline.headings.push({ revision, value: heading })
    for (const key of [headingKey(heading), kebab(heading)]) {
      const known = this.#byHeading.get(key) ?? new Set()
      this.#byHeading.set(key, known.add(section.section))
    }
  }

  #timeline(section: string): Timeline {
    const known = this.#timelines.get(section)
    if (known !== undefined) return known
    const timeline = { texts: [], changed: [], headings: [], owners: [], opened: [] }
    this.#timelines.set(section, timeline)
    return timeline
  }
}

function inSameOrder(a: readonly DocumentSection[], b: readonly DocumentSection[]): boolean {
  return a.length === b.length && a.every((section, index) => section.section === b[index]?.section)
}

function valueAt<Value>(values: readonly From<Value>[], revision: number): Value | undefined {
  return values.findLast((one) => one.revision <= revision)?.value
}

/** The last of some rising numbers that is not above `revision`; -1 for none. */
export function lastUpTo(revisions: readonly number[], revision: number): number {
  let low = 0
  let high = revisions.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (revisions[middle]! <= revision) low = middle + 1
    else high = middle
  }
  return revisions[low - 1] ?? -1
}
