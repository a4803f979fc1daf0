import { DaybookError } from '../../kernel/errors.ts'
import { streamId } from '../../kernel/event.ts'
import type { EventStore } from '../../store/port.ts'
import { readVersions, type SectionVersion, versionKey } from './versions.ts'

/** A session that was shown a text: in its first message, or by reading the section itself. */
export interface Reader {
  readonly session: string
  readonly agent: string
  readonly document: string
  readonly heading: string
  /** The event that had given the section the text. */
  readonly event: string
}

/** A section that a session wrote after it had been shown something. */
export interface Influenced {
  readonly session: string
  readonly agent: string
  readonly document: string
  readonly heading: string
  readonly event: string
  /** It says again what it was shown. Otherwise it may have been influenced: being shown is not using. */
  readonly repeats: boolean
}

/** Shorter lines (a dash, a blank, a heading's hashes) are shared by chance. */
const tellingCharsMin = 8

/** Every session that was given a text, from the first on. */
export async function readersOf(store: EventStore, text: string): Promise<Reader[]> {
  if (text.trim() === '') throw new DaybookError('usage', 'Say which text: some words of the line.')
  const { versions } = await readVersions(store)
  return readers(
    store,
    versions.filter((version) => version.text.includes(text)),
  )
}

/** Sections that sessions wrote after they had been given lines of `session`, wherever these stood by then. */
export async function influenceOf(
  store: EventStore,
  session: string,
): Promise<{ lines: string[]; readers: Reader[]; sections: Influenced[] }> {
  const { versions } = await readVersions(store)
  const lines = linesBy(versions, session)
  const holding = versions.filter((version) => lines.some((line) => hasLine(version.text, line)))
  const found = (await readers(store, holding)).filter((reader) => reader.session !== session)
  const agents = new Map(found.map((reader) => [reader.session, reader.agent]))
  const sections = versions.flatMap((version): Influenced[] => {
    const agent = version.session === null ? undefined : agents.get(version.session)
    if (agent === undefined || version.session === null) return []
    const repeats = addedLines(version).some((line) => lines.includes(line))
    const { document, heading } = version
    return [{ session: version.session, agent, document, heading, event: version.event.id, repeats }]
  })
  return { lines, readers: found, sections: merged(sections) }
}

/** Lines that a session brought into any section; those too short to tell anything are left out. */
export function linesBy(versions: readonly SectionVersion[], session: string): string[] {
  const own = versions.filter((version) => version.session === session)
  return [...new Set(own.flatMap(addedLines))]
}

export function addedLines({ text, before }: SectionVersion): string[] {
  const known = new Set(before.split('\n').map((line) => line.trim()))
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(
      (line) => line.length >= tellingCharsMin && !line.startsWith('#') && !isDate(line) && !known.has(line),
    )
}

function isDate(line: string): boolean {
  return /^[*_]*last updated[*_]*:/iu.test(line)
}

function hasLine(text: string, line: string): boolean {
  return text.split('\n').some((candidate) => candidate.trim() === line)
}

async function readers(store: EventStore, versions: readonly SectionVersion[]): Promise<Reader[]> {
  const wanted = new Map(
    versions.map((version) => [versionKey({ ...version, event: version.event.id }), version]),
  )
  const found = new Map<string, Reader>()
  const agents = new Map<string, string>()
  for await (const event of store.readAll({ filter: { streamPrefixes: ['session-'] } })) {
    const session = streamId(event.stream)
    if (event.type === 'SessionStarted') agents.set(session, (event.data as { agent: string }).agent)
    for (const given of givenBy(event)) {
      const version = wanted.get(versionKey(given))
      if (version === undefined) continue
      const { document, heading } = version
      const reader = { session, agent: agents.get(session) ?? '', document, heading, event: given.event }
      found.set(`${session}/${versionKey(given)}`, reader)
    }
  }
  return [...found.values()]
}

function givenBy(event: {
  type: string
  data: unknown
}): { document: string; section: string; event: string }[] {
  if (event.type === 'ContextGiven')
    return (event.data as { sections: { document: string; section: string; event: string }[] }).sections
  if (event.type === 'SectionRead')
    return [event.data as { document: string; section: string; event: string }]
  return []
}

/** One entry for each section of a session, the repeating one before others. */
function merged(sections: readonly Influenced[]): Influenced[] {
  const byPlace = new Map<string, Influenced>()
  for (const one of sections) {
    const key = `${one.session}/${one.document}/${one.heading}`
    const known = byPlace.get(key)
    if (known === undefined || (one.repeats && !known.repeats)) byPlace.set(key, one)
  }
  return [...byPlace.values()]
}
