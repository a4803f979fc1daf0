import { shortPosition } from '../../kernel/event.ts'
import type { StoredEvent } from '../../store/port.ts'

/**
 * `altered`, `missing`, `inserted`, `swapped`, `truncated`: what happened to an event. `range`: to one of several,
 * where the tree that would tell which one is not there. `seal`, `key`: a seal itself. `tree`: the file that names
 * events. `store`: the store's own tables. `damaged`: the log cannot be read further.
 */
export interface Finding {
  readonly kind:
    | 'altered'
    | 'missing'
    | 'inserted'
    | 'swapped'
    | 'truncated'
    | 'range'
    | 'seal'
    | 'key'
    | 'tree'
    | 'store'
    | 'damaged'
  /** Where in this store; null when it is about no event that is there. */
  readonly position: string | null
  readonly event: string | null
  /** For people: what is wrong, and where. */
  readonly message: string
}

/** @param what about the event, for example "it is not the event that was sealed here". */
export function findingAt(event: StoredEvent, kind: Finding['kind'], what: string): Finding {
  const { position, id, type, stream, revision } = event
  const place = `position ${shortPosition(position)}`
  return {
    kind,
    position,
    event: id,
    message: `${place}, ${type} (revision ${revision} of ${stream}, event ${id}): ${what}.`,
  }
}
