import type { Position } from '../kernel/event.ts'
import type { ProjectionId, ProjectionStore } from './projection-store.ts'

/**
 * States that a projection has kept of its past (`Projection.landmark`) lie beside its newest ones, under a name
 * of their own, and are stored together with them.
 */
export function landmarksOf({ name, version }: ProjectionId): ProjectionId {
  return { name: `${name}@past`, version }
}

export function landmarkKey(key: string, position: Position): string {
  return `${key}\n${position}`
}

/** JSON of the last state of a key that was kept at or before `until`; undefined when there is none. */
export function landmarkBefore(
  views: ProjectionStore,
  projection: ProjectionId,
  { key, until }: { readonly key: string; readonly until: Position },
): string | undefined {
  const past = landmarksOf(projection)
  const first = `${key}\n`
  let nearest: string | undefined
  for (const kept of views.keys(past)) {
    const fits = kept.startsWith(first) && kept.slice(first.length) <= until
    if (fits && (nearest === undefined || kept > nearest)) nearest = kept
  }
  return nearest === undefined ? undefined : views.read(past, nearest)
}
