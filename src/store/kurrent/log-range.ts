import type { Position, RecordedEvent } from '../../kernel/event.ts'
import { checkRange } from '../log-pages.ts'
import type { ReadAllOptions } from '../port.ts'
import type { logRead } from './requests.ts'

/** A part of the log as it is asked for, and what of the answers lies in it. */
export interface LogRange {
  readonly request: Omit<Parameters<typeof logRead>[0], 'streamPrefixes'>
  /** `before` the range or `behind` it in the direction: what comes before is passed over, what lies behind ends it. */
  placeOf(event: Pick<RecordedEvent, 'position'>): 'before' | 'within' | 'behind'
}

/**
 * Null for nothing at all. Throws `invalid` for what cannot be meant.
 *
 * The server begins at the place of an event only, backwards exclusively: which event follows `until` is not known
 * here, so backwards begins at the log's end and passes over what came after `until`.
 */
export function rangeOf({ from = 'start', until, direction = 'forwards' }: ReadAllOptions): LogRange | null {
  checkRange({ from, direction })
  if (from === 'end') return null
  const after = from === 'start' ? undefined : from.after
  const isEarly = (place: Position) => after !== undefined && place <= after
  const isLate = (place: Position) => until !== undefined && place > until
  if (direction === 'backwards')
    return {
      request: { direction },
      placeOf: ({ position }) => (isLate(position) ? 'before' : isEarly(position) ? 'behind' : 'within'),
    }
  return {
    request: { direction, ...(after === undefined ? {} : { from: after }) },
    placeOf: ({ position }) => (isEarly(position) ? 'before' : isLate(position) ? 'behind' : 'within'),
  }
}
