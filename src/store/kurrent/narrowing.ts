import type { RecordedEvent } from '../../kernel/event.ts'
import type { Filter } from '../port.ts'

/** A filter, divided between the server (streams, by prefix) and us (types). */
export interface Narrowing {
  readonly streamPrefixes: readonly string[]
  matches(event: RecordedEvent): boolean
}

/**
 * The server filters by stream or by type, not by both; it always gets the project's streams to filter, so
 * that other projects on the same server cost no transport here.
 */
export function narrow(prefix: string, filter: Filter | undefined): Narrowing {
  if (filter === undefined) return { streamPrefixes: [prefix], matches: () => true }
  if ('typePrefixes' in filter) {
    const { typePrefixes } = filter
    const matches = (event: RecordedEvent) => typePrefixes.some((each) => event.type.startsWith(each))
    return { streamPrefixes: [prefix], matches }
  }
  const { streamPrefixes } = filter
  // An empty list would be taken for "no filter" there; here it means that nothing matches.
  const asked = streamPrefixes.length === 0 ? [prefix] : streamPrefixes.map((each) => prefix + each)
  const matches = (event: RecordedEvent) => streamPrefixes.some((each) => event.stream.startsWith(each))
  return { streamPrefixes: asked, matches }
}
