import type { EventStore } from '../../store/port.ts'
import { trimmedLines } from './telling-lines.ts'
import { type SectionVersion, versionsOf } from './versions.ts'

/** A line that holds the words, where it came from, and whether it still stands. */
export interface MemoryHit {
  readonly document: string
  readonly section: string
  readonly heading: string
  readonly text: string
  readonly event: string
  readonly at: string
  readonly by: string
  readonly session: string | null
  readonly standing: boolean
}

/** Lines of the memory (or of one document) and its past that hold every word, the newest first. */
export async function searchMemory(
  store: EventStore,
  { words, limit, document: only }: { words: string; limit: number; document?: string },
): Promise<MemoryHit[]> {
  const wanted = folded(words)
    .split(/\s+/u)
    .filter((word) => word !== '')
  if (wanted.length === 0) return []
  const found: Omit<MemoryHit, 'standing'>[] = []
  const versions = versionsOf(store)
  let next = await versions.next()
  for (; !next.done; next = await versions.next())
    if (only === undefined || next.value.document === only) found.push(...hitsIn(next.value, wanted))
  const documents = next.value
  const standing = new Map<string, Set<string>>()
  for (const { document, sections } of documents.values())
    for (const { section, text } of sections)
      standing.set(`${document}/${section}`, new Set(trimmedLines(text)))
  return found
    .slice(-limit)
    .reverse()
    .map((hit) => ({
      ...hit,
      standing: standing.get(`${hit.document}/${hit.section}`)?.has(hit.text) === true,
    }))
}

function hitsIn(version: SectionVersion, wanted: readonly string[]): Omit<MemoryHit, 'standing'>[] {
  const { document, section, heading, text, before, event, session } = version
  const known = new Set(trimmedLines(before))
  const lines = new Set(trimmedLines(text).filter((line) => !known.has(line)))
  const { actor, recordedAt: at } = event.meta
  return [...lines]
    .filter((line) => wanted.every((word) => folded(line).includes(word)))
    .map((line) => {
      const by = `${actor.kind}:${actor.id}`
      return { document, section, heading, text: line, event: event.id, at, by, session }
    })
}

function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}
