import type { StoredEvent } from '../../store/port.ts'

/**
 * An event as it is sealed: canonical JSON (RFC 8785) of id, type, version, stream, revision, data and meta. Its
 * position is left out, so that a log keeps its seals when it moves to another store. `data` and `meta` are
 * canonical already and go in byte for byte.
 */
export function leafText({ id, type, version, stream, revision, data, meta }: StoredEvent): string {
  return `{"data":${data},"id":${quoted(id)},"meta":${meta},"revision":${revision},"stream":${quoted(stream)},"type":${quoted(type)},"version":${version}}`
}

/** As JSON has it; names and ids hardly ever need more than the quotes. */
function quoted(text: string): string {
  return /^[\w.:-]*$/u.test(text) ? `"${text}"` : JSON.stringify(text)
}

/**
 * Whether `data` and `meta` are one JSON value each. Without it, bytes moved from one column into the next could
 * give the same text; that takes a text of ours inside one of them, so hardly any event has to be parsed.
 */
export function isWellFormed({ data, meta }: Pick<StoredEvent, 'data' | 'meta'>): boolean {
  const seam = ',"id":'
  if (!data.includes(seam) && !meta.includes(seam)) return true
  try {
    JSON.parse(data)
    JSON.parse(meta)
    return true
  } catch {
    return false
  }
}
