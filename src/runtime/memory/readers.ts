import { DaybookError } from '../../kernel/errors.ts'
import { type Position, type RecordedEvent, streamId } from '../../kernel/event.ts'
import type { EventStore } from '../../store/port.ts'
import { versionKey, versionsOf } from './versions.ts'

/** A session that was shown a text: in its first message, or by reading the section itself. */
export interface Reader {
  readonly session: string
  readonly agent: string
  readonly document: string
  readonly section: string
  readonly heading: string
  /** The event that had given the section the text. */
  readonly event: string
  /** Of the event by which it was shown. */
  readonly shown: string
  readonly position: Position
}

/** One text of a section, as sessions name it. */
export interface VersionName {
  readonly document: string
  readonly section: string
  readonly heading: string
  readonly event: string
}

/** Every session that was given a text, from the first on. */
export async function readersOf(store: EventStore, text: string): Promise<Reader[]> {
  if (text.trim() === '') throw new DaybookError('usage', 'Say which text: some words of the line.')
  const holding = new Map<string, VersionName>()
  for await (const version of versionsOf(store)) {
    if (!version.text.includes(text)) continue
    const { document, section, heading } = version
    const name = { document, section, heading, event: version.event.id }
    holding.set(versionKey(name), name)
  }
  return sessionsShown(store, holding)
}

/** Sessions that were shown one of these versions, in the order in which they were, each version once a session. */
export async function sessionsShown(
  store: EventStore,
  wanted: ReadonlyMap<string, VersionName>,
): Promise<Reader[]> {
  const found = new Map<string, Reader>()
  const agents = new Map<string, string>()
  const filter = { typePrefixes: ['SessionStarted', 'ContextGiven', 'SectionRead'] }
  for await (const event of store.readAll({ filter })) {
    const session = streamId(event.stream)
    if (event.type === 'SessionStarted') agents.set(session, (event.data as { agent: string }).agent)
    for (const given of givenBy(event)) {
      const version = wanted.get(versionKey(given))
      const key = `${session}/${versionKey(given)}`
      if (version === undefined || found.has(key)) continue
      const agent = agents.get(session) ?? ''
      found.set(key, { session, agent, ...version, shown: event.id, position: event.position })
    }
  }
  return [...found.values()]
}

/** The versions that an event of a session's stream says it was shown. */
export function givenBy({
  type,
  data,
}: RecordedEvent): { document: string; section: string; event: string }[] {
  if (type === 'ContextGiven')
    return (data as { sections: { document: string; section: string; event: string }[] }).sections
  if (type === 'SectionRead') return [data as { document: string; section: string; event: string }]
  return []
}
