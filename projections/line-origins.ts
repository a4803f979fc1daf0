import type { Actor, RecordedEvent } from '../src/kernel/event.ts'
import { streamId } from '../src/kernel/event.ts'
import { isEventOf } from '../src/kernel/event-schema.ts'
import { limits } from '../src/kernel/limits.ts'
import type { Projection } from '../src/kernel/projection.ts'
import { type Document, emptyDocument, evolveDocument } from '../src/memory/document.ts'
import { memoryEvents, type RecordedMemoryEvent } from '../src/memory/events.ts'
import { carryOrigins } from '../src/memory/line-origins.ts'
import { linesOf } from '../src/memory/merge.ts'
import { eventName, fenced, inline, page, rehearsalMark, when } from './shared/markdown.ts'

/** Where a line comes from. */
export type Origin = {
  event: string
  by: Actor
  at: string
  session: string | null
  workflow: string | null
  /** A rehearsal wrote it. */
  rehearsal: boolean
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
const originsPerLineMax = 2

/**
 * Which event each line of a document comes from. A line that an edit leaves alone keeps its origin, also when
 * its section is rewritten around it, renamed or moved.
 */
export const lineOrigins: Projection<LineOrigins> = {
  name: 'line-origins',
  version: 4,
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
      const origins = originsOf(state, section.section)
      const text = section.separator + section.text
      const was = known === undefined ? '' : known.separator + known.text
      sections[section.section] = was === text ? origins : carryOrigins({ text: was, origins }, text, origin)
    }
    const origins = [...state.origins, originOf(event)]
    return roomy({ document, origins, preamble, sections })
  },
  landmark(state, { revision }) {
    if (revision === 0 || revision % limits.documentSnapshotRevisions !== 0) return null
    // A large document is kept more seldom, so that what is kept is never larger than its log.
    const apart = Math.ceil(charsOf(state) / limits.documentSnapshotCharsPerRevision)
    return revision % Math.max(apart, limits.documentSnapshotRevisions) < limits.documentSnapshotRevisions
      ? compacted(state)
      : null
  },
  render(state) {
    const runs: BlamedLine[][] = []
    for (const line of blame(state)) {
      const run = runs.at(-1)
      if (run?.[0]?.event === line.event) run.push(line)
      else runs.push([line])
    }
    return page(`# Lines of ${inline(state.document.document)}.md`, ...runs.map(rendered))
  },
}

function rendered(run: readonly BlamedLine[]): string {
  const { by, at, session, event, rehearsal, line } = run[0]!
  const through = run.length === 1 ? `Line ${line}` : `Lines ${line} to ${run.at(-1)!.line}`
  const from = session === null ? '' : ` in session ${inline(session)}`
  const who = `${inline(by.id)}${rehearsalMark(rehearsal)}`
  const head = `${through}, by ${who} at ${when(at)}${from} (${eventName(event)})`
  return `${head}\n\n${fenced(
    run
      .map(({ text }) => text)
      .join('')
      .trimEnd(),
    'markdown',
  )}`
}

/** Every line of the document with where it comes from; the lines joined are the document's bytes. */
export function blame(state: LineOrigins): BlamedLine[] {
  const { preamble, sections } = state.document
  const lines: PlacedLine[] = []
  place(lines, linesOf(preamble), { origins: state.preamble, section: null, heading: null, owner: null })
  for (const { section, heading, owner, separator, text } of sections) {
    const origins = originsOf(state, section)
    place(lines, linesOf(separator + text), { origins, section, heading, owner })
  }
  return lines.map(({ origin, ...line }, index) => ({ ...state.origins[origin]!, ...line, line: index + 1 }))
}

type PlacedLine = Omit<BlamedLine, keyof Origin | 'line'> & { origin: number }

function place(
  lines: PlacedLine[],
  texts: readonly string[],
  { origins, ...about }: Omit<PlacedLine, 'text' | 'origin'> & { origins: readonly number[] },
): void {
  for (const [index, text] of texts.entries()) {
    const last = lines.at(-1)
    const origin = origins[index] ?? 0
    if (last === undefined || endsLine(last.text, text)) lines.push({ ...about, text, origin })
    else lines[lines.length - 1] = { ...about, text: last.text + text, origin: Math.max(last.origin, origin) }
  }
}

/** A byte order mark before the first heading is on its line, and so is LF after the CR that a text ends with. */
function endsLine(before: string, after: string): boolean {
  return before.endsWith('\n') || (before.endsWith('\r') && !after.startsWith('\n'))
}

function originOf({ id, meta, data }: RecordedEvent): Origin {
  const session = (data as { session?: string }).session ?? null
  const { actor: by, recordedAt: at, correlation: workflow = null } = meta
  return { event: id, by, at, session, workflow, rehearsal: meta.rehearsal === true }
}

/** Section ids come from the log: one may be called like a part of every object. */
function originsOf(state: LineOrigins, section: string): number[] {
  return (Object.hasOwn(state.sections, section) && state.sections[section]) || []
}

/** Lets origins go that no line points at, when they are many. */
function roomy(state: LineOrigins): LineOrigins {
  return state.origins.length > Math.max(64, linesIn(state) * originsPerLineMax) ? compacted(state) : state
}

function linesIn({ preamble, sections }: LineOrigins): number {
  return Object.values(sections).reduce((sum, list) => sum + list.length, preamble.length)
}

function compacted(state: LineOrigins): LineOrigins {
  const lists = [state.preamble, ...Object.values(state.sections)]
  const used = [...new Set(lists.flat())].sort((a, b) => a - b)
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

const originChars = 200

/** About as long as it is when written down. */
function charsOf(state: LineOrigins): number {
  const { preamble, sections } = state.document
  const text = sections.reduce((sum, section) => sum + section.text.length, preamble.length)
  return text + originChars * Math.min(state.origins.length, linesIn(state))
}
