import type { Actor, Position, RecordedEvent } from '../../kernel/event.ts'
import { streamOf } from '../../kernel/event.ts'
import type { EventStore } from '../../store/port.ts'
import { givenBy } from './readers.ts'
import { addedLines, isTelling, trimmedLines } from './telling-lines.ts'
import { versionKey, versionsOf } from './versions.ts'

/** An earlier line with the same words, in a section that the writer had been given. */
export interface Echo {
  readonly document: string
  readonly section: string
  readonly heading: string
  /** The event that had brought the line in there, by whom, when and in which session. */
  readonly event: string
  readonly by: Actor
  readonly at: string
  readonly session: string | null
}

type Introduced = Echo & { readonly position: Position }

/**
 * Where a session had a line from: the same words in a section that it had been given before it wrote, who had
 * brought them in there, where that session had them from, and so on to the first. Empty for a line that stood in
 * nothing it was given, and for one too short to tell anything.
 */
export async function echoesOf(
  store: EventStore,
  { line, session, edit }: { line: string; session: string; edit: RecordedEvent },
): Promise<Echo[]> {
  if (!isTelling(line.trim())) return []
  const sources = await sourcesOf(store, line.trim())
  const echoes: Echo[] = []
  const seen = new Set<string>([edit.id])
  let from: { session: string | null; position: Position } = { session, position: edit.position }
  while (from.session !== null) {
    const found = await firstGiven(store, sources, { session: from.session, before: from.position })
    if (found === null || seen.has(found.event)) break
    seen.add(found.event)
    const { position: _, ...echo } = found
    echoes.push(echo)
    from = found
  }
  return echoes
}

/** For every version that holds the line, who had brought it into the section by then. */
async function sourcesOf(store: EventStore, line: string): Promise<ReadonlyMap<string, Introduced>> {
  const sources = new Map<string, Introduced>()
  const latest = new Map<string, Introduced>()
  for await (const version of versionsOf(store)) {
    const { document, section, heading, event, session } = version
    if (!trimmedLines(version.text).includes(line)) continue
    const place = `${document}/${section}`
    if (addedLines(version).includes(line)) {
      const { actor: by, recordedAt: at } = event.meta
      const { id, position } = event
      latest.set(place, { document, section, heading, event: id, by, at, session, position })
    }
    const source = latest.get(place)
    if (source !== undefined) sources.set(versionKey({ document, section, event: event.id }), source)
  }
  return sources
}

/** Of all that a session was given before a position, the earliest source of the line. */
async function firstGiven(
  store: EventStore,
  sources: ReadonlyMap<string, Introduced>,
  { session, before }: { session: string; before: Position },
): Promise<Introduced | null> {
  let first: Introduced | null = null
  for await (const event of store.readStream(streamOf('session', session))) {
    if (event.position >= before) break
    for (const given of givenBy(event)) {
      const source = sources.get(versionKey(given))
      if (source === undefined || source.session === session) continue
      if (first === null || source.position < first.position) first = source
    }
  }
  return first
}
