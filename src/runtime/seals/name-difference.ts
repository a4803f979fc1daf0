import type { StoredEvent } from '../../store/port.ts'
import { type Finding, findingAt } from './finding.ts'
import type { HashTree } from './hash-tree.ts'
import { leafText } from './leaf.ts'
import { leafHash } from './merkle.ts'

/**
 * Says what happened where the log first differs from the leaves that were sealed.
 *
 * @param events from the first one that differs, with some that follow it.
 * @param index of the first among the log's events, from 0.
 */
export function nameDifference(
  tree: HashTree,
  {
    events,
    index,
    size,
  }: { readonly events: readonly StoredEvent[]; readonly index: number; readonly size: number },
): Finding {
  const first = events[0]!
  const found = events.map((event) => leafHash(leafText(event)))
  const sealed = found.flatMap((_, ahead) => (index + ahead < size ? [tree.leaf(index + ahead)] : []))
  const moved = sealed.indexOf(found[0]!)
  if (moved > 0 && found[moved] === sealed[0])
    return findingAt(first, 'swapped', `it and the event ${moved} further on have changed places`)
  if (moved > 0)
    return findingAt(
      first,
      'missing',
      `${counted(moved)} that stood before it ${moved === 1 ? 'is' : 'are'} missing`,
    )
  const later = found.indexOf(sealed[0]!)
  if (later > 0)
    return findingAt(
      first,
      'inserted',
      `${counted(later)} from here on ${later === 1 ? 'was' : 'were'} put in`,
    )
  return findingAt(first, 'altered', 'it is not the event that was sealed here')
}

function counted(events: number): string {
  return events === 1 ? 'one event' : `${events} events`
}
