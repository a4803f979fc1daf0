import type { Actor, RecordedEvent } from '../src/kernel/event.ts'
import { streamId } from '../src/kernel/event.ts'
import { isEventOf } from '../src/kernel/event-schema.ts'
import type { Projection } from '../src/kernel/projection.ts'
import { type Document, emptyDocument, evolveDocument } from '../src/memory/document.ts'
import { memoryEvents, type RecordedMemoryEvent } from '../src/memory/events.ts'
import { carryOrigins, linesOf } from '../src/memory/line-origins.ts'

/** Where a line comes from. */
export type Origin = {
  event: string
  by: Actor
  at: string
  session: string | null
  workflow: string | null
}

/** A document with the origin of every line: an index into `origins` for each line of each text. */
export type LineOrigins = {
  document: Document
  origins: Origin[]
  preamble: number[]
  /** By section id. */
  sections: Record<string, number[]>
}

/** One line of a document, as `blame` shows it. */
export type BlamedLine = Origin & {
  /** From 1, in the whole document. */
  line: number
  text: string
  /** Section id and heading; null for the preamble. */
  section: string | null
  heading: string | null
  owner: string | null
}

/** Origins that no line points at any more are dropped when there are this many times more than lines. */
const originsPerLineMax = 4

/**
 * Which event each line of a document comes from. A line that an edit leaves alone keeps its origin, also when
 * its section is rewritten around it, renamed or moved.
 */
export const lineOrigins: Projection<LineOrigins> = {
  name: 'line-origins',
  version: 1,
  key: (event) => (isEventOf(memoryEvents, event) ? streamId(event.stream) : null),
  initial: { document: emptyDocument(''), origins: [], preamble: [], sections: {} },
  evolve(state, event) {
    if (!isEventOf(memoryEvents, event)) return state
    const document = evolveDocument(state.document, event as RecordedMemoryEvent)
    const origin = state.origins.length
    const before = new Map(state.document.sections.map((section) => [section.section, section]))
    const preamble = carryOrigins(
      { text: state.document.preamble, origins: state.preamble },
      document.preamble,
      origin,
    )
    const sections: Record<string, number[]> = {}
    for (const section of document.sections) {
      const known = before.get(section.section)
      const origins = state.sections[section.section] ?? []
      const text = section.separator + section.text
      const was = known === undefined ? '' : known.separator + known.text
      sections[section.section] = was === text ? origins : carryOrigins({ text: was, origins }, text, origin)
    }
    return compacted({ document, origins: [...state.origins, originOf(event)], preamble, sections })
  },
  render(state) {
    return blame(state)
      .map(
        ({ at, by, session, text }) =>
          `${at} ${by.id}${session === null ? '' : ` (session ${session})`}: ${text}`,
      )
      .join('')
  },
}

/** Every line of the document with where it comes from. */
export function blame(state: LineOrigins): BlamedLine[] {
  const lines: BlamedLine[] = []
  const add = (
    text: string,
    origins: readonly number[],
    about: Pick<BlamedLine, 'section' | 'heading' | 'owner'>,
  ) => {
    linesOf(text).forEach((line, index) => {
      const origin = state.origins[origins[index] ?? -1]
      const last = lines.at(-1)
      // The text before ended without a line ending: this is the rest of its line.
      if (last !== undefined && !last.text.endsWith('\n')) last.text += line
      else if (origin !== undefined) lines.push({ ...origin, ...about, line: lines.length + 1, text: line })
    })
  }
  add(state.document.preamble, state.preamble, { section: null, heading: null, owner: null })
  for (const { section, heading, owner, separator, text } of state.document.sections) {
    add(separator + text, state.sections[section] ?? [], { section, heading, owner })
  }
  return lines
}

function originOf({ id, meta, data }: RecordedEvent): Origin {
  const session = (data as { session?: string }).session ?? null
  return { event: id, by: meta.actor, at: meta.recordedAt, session, workflow: meta.correlation ?? null }
}

function compacted(state: LineOrigins): LineOrigins {
  const used = [...new Set([...state.preamble, ...Object.values(state.sections).flat()])].sort(
    (a, b) => a - b,
  )
  if (state.origins.length <= Math.max(64, used.length * originsPerLineMax)) return state
  const index = new Map(used.map((origin, at) => [origin, at]))
  const moved = (origins: readonly number[]) => origins.map((origin) => index.get(origin) ?? 0)
  return {
    ...state,
    origins: used.flatMap((origin) => state.origins[origin] ?? []),
    preamble: moved(state.preamble),
    sections: Object.fromEntries(
      Object.entries(state.sections).map(([section, origins]) => [section, moved(origins)]),
    ),
  }
}
