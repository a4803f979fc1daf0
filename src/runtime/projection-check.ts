import { type Json, shortPosition } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import type { Projection } from '../kernel/projection.ts'
import type { EventStore } from '../store/port.ts'
import { isKnown } from './projection-fold.ts'
import type { ProjectionStore, StoredProjection } from './projection-store.ts'

/** One state that is not what the log gives. */
export interface Difference {
  readonly projection: string
  /** Empty when the projection itself failed. */
  readonly key: string
  /** For people: where, what is stored, and what the log gives. */
  readonly firstDifference: string
}

export interface CheckOptions {
  readonly store: EventStore
  readonly views: ProjectionStore
  readonly projections: readonly Projection[]
  /** Why projections failed already, in words. */
  readonly failed: readonly string[]
}

/** Folds the log afresh, each projection as far as it is stored, and compares byte for byte. */
export async function differences({
  store,
  views,
  projections,
  failed,
}: CheckOptions): Promise<Difference[]> {
  const found: Difference[] = failed.map((message) => failure(message))
  const lanes = projections.flatMap((projection) => {
    const stored = views.snapshot(projection)
    return stored === undefined
      ? []
      : [{ projection, stored, states: new Map<string, Json>(), broken: false }]
  })
  const until = lanes
    .map((lane) => lane.stored.checkpoint.position)
    .sort()
    .at(-1)
  if (until === undefined) return found
  for await (const event of store.readAll({ until })) {
    if (!isKnown(event)) continue
    for (const lane of lanes) {
      if (lane.broken || event.position > lane.stored.checkpoint.position) continue
      try {
        const key = lane.projection.key(event)
        if (key === null) continue
        const state = lane.states.get(key) ?? lane.projection.initial
        lane.states.set(key, lane.projection.evolve(state, event))
      } catch (error) {
        lane.broken = true
        const reason = error instanceof Error ? error.message : String(error)
        const place = `position ${shortPosition(event.position)} (${event.type}, event ${event.id})`
        found.push({
          projection: lane.projection.name,
          key: '',
          firstDifference: `cannot fold the event at ${place}: ${reason}`,
        })
      }
    }
  }
  return [
    ...found,
    ...lanes.flatMap((lane) => (lane.broken ? [] : compare(lane.projection, lane.stored, lane.states))),
  ]
}

function failure(message: string): Difference {
  const projection = /"([^"]+)"/u.exec(message)?.[1] ?? ''
  return { projection, key: '', firstDifference: message }
}

function compare(
  projection: Projection,
  stored: StoredProjection,
  fresh: ReadonlyMap<string, Json>,
): Difference[] {
  const keys = [...new Set([...stored.states.keys(), ...fresh.keys()])].sort()
  return keys.flatMap((key) => {
    const before = stored.states.get(key)
    const after = fresh.has(key) ? JSON.stringify(fresh.get(key)) : undefined
    // A state that never left its initial value is not stored.
    if (before === after || (before === undefined && after === JSON.stringify(projection.initial))) return []
    return [{ projection: projection.name, key, firstDifference: describe(before, after) }]
  })
}

function describe(before: string | undefined, after: string | undefined): string {
  if (before === undefined) return 'is not stored, and the log gives it'
  if (after === undefined) return 'is stored, and the log does not give it'
  return (
    firstDifference(parsed(before), JSON.parse(after) as Json, '') ?? 'only the order of its fields differs'
  )
}

function parsed(json: string): Json {
  try {
    return JSON.parse(json) as Json
  } catch {
    return `(no JSON) ${json}`
  }
}

/** Path and values of the first place where two JSON values differ; undefined when they are equal. */
export function firstDifference(stored: Json, folded: Json, path: string): string | undefined {
  if (isTree(stored) && isTree(folded) && Array.isArray(stored) === Array.isArray(folded)) {
    const keys = new Set([...Object.keys(stored), ...Object.keys(folded)])
    for (const key of keys) {
      const below = Array.isArray(stored) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`
      const found = firstDifference(own(stored, key), own(folded, key), below)
      if (found !== undefined) return found
    }
    return undefined
  }
  if (Object.is(stored, folded)) return undefined
  return `${path || 'the state'}: stored ${excerpt(stored)}, the log gives ${excerpt(folded)}`
}

function isTree(value: Json | undefined): value is Json[] | { [key: string]: Json } {
  return typeof value === 'object' && value !== null
}

function own(tree: Json[] | { [key: string]: Json }, key: string): Json {
  return (Object.hasOwn(tree, key) ? (tree as { [key: string]: Json })[key] : undefined) as Json
}

function excerpt(value: Json | undefined): string {
  const text = JSON.stringify(value) ?? 'nothing'
  const max = limits.differenceCharsMax
  return text.length <= max ? text : `${text.slice(0, max).toWellFormed()}…`
}
