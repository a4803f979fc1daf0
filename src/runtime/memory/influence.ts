import { DaybookError } from '../../kernel/errors.ts'
import type { Position } from '../../kernel/event.ts'
import type { EventStore } from '../../store/port.ts'
import type { Project } from '../project.ts'
import { wholeId } from '../whole-id.ts'
import { type Reader, sessionsShown } from './readers.ts'
import { addedLines, trimmedLines } from './telling-lines.ts'
import { type SectionVersion, versionKey, versionsOf } from './versions.ts'

/** A section that a session wrote after it had been shown something. */
export interface Influenced {
  readonly session: string
  readonly agent: string
  readonly document: string
  readonly section: string
  readonly heading: string
  /** Its last event there; the last that repeats, when one does. */
  readonly event: string
  /** It says again what it was shown. Otherwise it may have been influenced: being shown is not using. */
  readonly repeats: boolean
}

export interface Influence {
  readonly session: string
  /** What the session brought in; lines too short to tell anything are left out. */
  readonly lines: readonly string[]
  readonly readers: readonly Reader[]
  readonly sections: readonly Influenced[]
}

/** A version, as far as influence asks: without its text. */
interface Trace {
  readonly document: string
  readonly section: string
  readonly heading: string
  readonly event: string
  readonly position: Position
  readonly session: string | null
  /** Holds a line that the session had brought in by then. */
  readonly holds: boolean
  /** Brought such a line into its section; the session's own versions do, too. */
  readonly repeats: boolean
}

/**
 * Sections that sessions wrote after they had been given lines of `session`, wherever these stood by then.
 * The session by its id or the beginning of it; rejects with `not_found` for one that is not there or wrote nothing.
 */
export async function influenceOf(
  project: Pick<Project, 'store' | 'work'>,
  named: string,
): Promise<Influence> {
  const { store } = project
  const session = await wholeId(project, 'session', named)
  const { lines, traces } = await tracesOf(store, session)
  const holding = new Map(traces.filter(({ holds }) => holds).map((trace) => [versionKey(trace), trace]))
  const shown = await sessionsShown(store, new Map([...holding].map(([key, trace]) => [key, nameOf(trace)])))
  const readers = shown.filter((reader) => reader.session !== session)
  const first = new Map<string, Reader>()
  for (const reader of readers) if (!first.has(reader.session)) first.set(reader.session, reader)
  const sections = traces.flatMap((trace): Influenced[] => {
    const reader = first.get(trace.session ?? '')
    if (reader === undefined || trace.position < reader.position) return []
    return [{ ...nameOf(trace), session: reader.session, agent: reader.agent, repeats: trace.repeats }]
  })
  return { session, lines: [...lines], readers, sections: onePerSection(sections) }
}

/** Lines that a session brought into any section, and the events by which they were said from then on. */
export async function repeatsOf(
  store: EventStore,
  session: string,
): Promise<{ lines: ReadonlySet<string>; events: ReadonlySet<string> }> {
  const { lines, traces } = await tracesOf(store, session)
  const events = traces.filter(({ repeats }) => repeats).map(({ event }) => event)
  return { lines, events: new Set(events) }
}

async function tracesOf(
  store: EventStore,
  session: string,
): Promise<{ lines: ReadonlySet<string>; traces: Trace[] }> {
  const lines = new Set<string>()
  const traces: Trace[] = []
  let wrote = false
  for await (const version of versionsOf(store)) {
    if (version.session === session) {
      wrote = true
      for (const line of addedLines(version)) lines.add(line)
    }
    if (wrote) traces.push(traceOf(version, lines))
  }
  if (!wrote) throw new DaybookError('not_found', `Session ${session} wrote nothing into the memory.`)
  return { lines, traces }
}

function traceOf(version: SectionVersion, lines: ReadonlySet<string>): Trace {
  const { document, section, heading, event, session: by } = version
  const holds = trimmedLines(version.text).some((line) => lines.has(line))
  const repeats = holds && addedLines(version).some((line) => lines.has(line))
  return {
    document,
    section,
    heading,
    event: event.id,
    position: event.position,
    session: by,
    holds,
    repeats,
  }
}

function nameOf({ document, section, heading, event }: Trace) {
  return { document, section, heading, event }
}

/** The last entry for each section of a session, one that repeats before others. */
function onePerSection(sections: readonly Influenced[]): Influenced[] {
  const byPlace = new Map<string, Influenced>()
  for (const one of sections) {
    const key = `${one.session}/${one.document}/${one.section}`
    const known = byPlace.get(key)
    if (known === undefined || one.repeats || !known.repeats) byPlace.set(key, one)
  }
  return [...byPlace.values()]
}
