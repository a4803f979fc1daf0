import { createHash } from 'node:crypto'
import { projections as shipped } from '../../projections/index.ts'
import { DaybookError } from '../kernel/errors.ts'
import type { Position, RecordedEvent } from '../kernel/event.ts'
import { renderDocument } from '../memory/document.ts'
import { toCanonical } from '../store/codec.ts'
import type { EventStore } from '../store/port.ts'
import { viewAt } from './log-view.ts'
import { isKnown } from './projection-fold.ts'

export interface Compared {
  readonly events: number
  /** SHA-256 over every event but its position. */
  readonly digest: string
  /** Projections whose every rendering is the same. */
  readonly projections: number
  /** Moments as of which every document has the same bytes. */
  readonly moments: number
}

interface Logs {
  readonly from: EventStore
  readonly to: EventStore
  readonly onCompared?: (events: number) => void
}

/** A moment in both logs: the place of one event. */
interface Moment {
  readonly event: string
  readonly from: Position
  readonly to: Position
}

const momentsMax = 20

/**
 * Reads both logs side by side. `grew` when `from` has more events than `to` and all that `to` has are the
 * same. Rejects with `rejected` and the first difference.
 */
export async function compareLogs({ from, to, onCompared }: Logs): Promise<Compared | 'grew'> {
  const hash = createHash('sha256')
  const [ofFrom, ofTo] = [new Renderings(), new Renderings()]
  const edits: Moment[] = []
  const copy = to.readAll()[Symbol.asyncIterator]()
  let events = 0
  for await (const event of from.readAll()) {
    const next = await copy.next()
    if (next.done === true) return 'grew'
    const text = contentOf(event)
    if (contentOf(next.value) !== text) throw different({ from, to }, event, next.value)
    hash.update(text)
    ofFrom.see(event)
    ofTo.see(next.value)
    if (event.stream.startsWith('memory-'))
      edits.push({ event: event.id, from: event.position, to: next.value.position })
    events += 1
    onCompared?.(events)
  }
  const more = await copy.next()
  if (more.done !== true) throw notTheSame(to, `has ${more.value.id}, which ${from.description} has not`)
  if (ofFrom.digest() !== ofTo.digest()) throw notTheSame(to, 'gives other projections')
  const moments = await compareMoments({ from, to }, some(edits, momentsMax))
  return { events, digest: `sha256:${hash.digest('hex')}`, projections: shipped.length, moments }
}

/** All of an event that must not change when it moves. */
function contentOf({ position: _, ...event }: RecordedEvent): string {
  return toCanonical(event)
}

/** Every shipped projection, folded as the log is read. */
class Renderings {
  readonly #states = shipped.map(() => new Map<string, never>())

  see(event: RecordedEvent): void {
    if (!isKnown(event)) return
    for (const [index, projection] of shipped.entries()) {
      const key = projection.key(event)
      const states = this.#states[index]!
      if (key === null) continue
      states.set(key, projection.evolve(states.get(key) ?? projection.initial, event) as never)
    }
  }

  digest(): string {
    const hash = createHash('sha256')
    for (const [index, projection] of shipped.entries())
      for (const [key, state] of this.#states[index]!)
        hash.update(`${projection.name} ${key}\n${projection.render(state, key)}\n`)
    return hash.digest('hex')
  }
}

/** Evenly spread, with the last. */
function some<Thing>(things: readonly Thing[], max: number): Thing[] {
  const step = Math.max(1, things.length / max)
  const chosen = new Set<Thing>()
  for (let index = things.length - 1; index >= 0; index -= step) chosen.add(things[Math.floor(index)]!)
  return [...chosen].reverse()
}

async function compareMoments({ from, to }: Logs, moments: readonly Moment[]): Promise<number> {
  for (const moment of moments) {
    const [before, after] = [await documentsAt(from, moment.from), await documentsAt(to, moment.to)]
    if (before !== after) throw notTheSame(to, `gives other documents as of event:${moment.event}`)
  }
  return moments.length
}

async function documentsAt(store: EventStore, until: Position): Promise<string> {
  const view = await viewAt(store, until)
  return JSON.stringify(view.documents().map((state) => [state.document, renderDocument(state)]))
}

function different({ from, to }: Logs, event: RecordedEvent, copy: RecordedEvent): DaybookError {
  const what =
    copy.id === event.id
      ? `${event.id} in ${event.stream} differs`
      : `${copy.id} stands where ${event.id} should`
  return notTheSame(to, `is not the copy of ${from.description}: ${what}`)
}

function notTheSame(to: EventStore, what: string): DaybookError {
  return new DaybookError(
    'rejected',
    `${to.description} ${what}. Do not use it; migrate into an empty log instead. The log that was read is as it was.`,
  )
}
