import type { EventStore } from '../../store/port.ts'
import { readVersions } from './versions.ts'

/** A line that holds the words, where it came from, and whether it still stands. */
export interface MemoryHit {
  readonly document: string
  readonly heading: string
  readonly text: string
  readonly event: string
  readonly at: string
  readonly by: string
  readonly session: string | null
  readonly standing: boolean
}

/** Lines of the memory and its past that hold every word, the newest first. */
export async function searchMemory(
  store: EventStore,
  { words, limit }: { words: string; limit: number },
): Promise<MemoryHit[]> {
  const wanted = fold(words)
    .split(/\s+/u)
    .filter((word) => word !== '')
  const { versions, documents } = await readVersions(store)
  const hits = new Map<string, MemoryHit>()
  for (const { document, section, heading, text, before, event, session } of versions) {
    const known = new Set(before.split('\n'))
    const standing =
      documents
        .get(document)
        ?.sections.find((one) => one.section === section)
        ?.text.split('\n') ?? []
    for (const line of text.split('\n')) {
      if (known.has(line) || !wanted.every((word) => fold(line).includes(word))) continue
      const by = `${event.meta.actor.kind}:${event.meta.actor.id}`
      const hit = {
        document,
        heading,
        text: line,
        event: event.id,
        at: event.meta.recordedAt,
        by,
        session,
        standing: standing.includes(line),
      }
      hits.set(`${document}/${section}/${line}/${event.id}`, hit)
    }
  }
  return wanted.length === 0 ? [] : [...hits.values()].reverse().slice(0, limit)
}

function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}
