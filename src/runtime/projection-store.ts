import type { Diagnostic } from '../agents/events.ts'
import type { Position } from '../kernel/event.ts'
import type { Projection } from '../kernel/projection.ts'
import { SqliteProjectionStore } from './sqlite-projection-store.ts'

export type ProjectionId = Pick<Projection, 'name' | 'version'>

/** The last event that was folded in: its position, and what proves that it is still the same log. */
export interface Checkpoint {
  readonly position: Position
  readonly event: string
  readonly stream: string
  readonly revision: number
}

/** What one projection became between two checkpoints. */
export interface FoldedStates {
  readonly projection: ProjectionId
  /** The checkpoint that the fold began from; null for the log's start. */
  readonly from: Position | null
  readonly to: Checkpoint
  /** JSON of the states that changed, by key. */
  readonly states: ReadonlyMap<string, string>
}

export interface StoredProjection {
  readonly checkpoint: Checkpoint
  /** JSON by key. */
  readonly states: ReadonlyMap<string, string>
}

/**
 * Folded states and how far they are folded, as one unit. Nothing here is worth a backup: without it
 * everything is folded again. What another version of a projection stored does not exist for this one.
 */
export interface ProjectionStore {
  readonly description: string
  /** What went wrong and was mended: for `doctor`. */
  readonly diagnostics: readonly Diagnostic[]
  checkpoint(projection: ProjectionId): Checkpoint | null
  /** A state's JSON. */
  read(projection: ProjectionId, key: string): string | undefined
  keys(projection: ProjectionId): string[]
  /** All of one projection at one moment; undefined when nothing of it was folded. */
  snapshot(projection: ProjectionId): StoredProjection | undefined
  /**
   * Writes all or nothing. False, and nothing is written, when one of the checkpoints is not the one the fold
   * began from: another process was quicker, and what it wrote is as good.
   */
  commit(folded: readonly FoldedStates[]): boolean
  /** Forgets everything. */
  clear(): void
  close(): void
}

/**
 * Opens `views.db` at `path`, or makes it. A file that is damaged, or another program's, is moved to
 * `<path>.damaged` and begun again; where no file can be written, states are kept in memory.
 */
export function openProjectionStore(path: string): ProjectionStore {
  try {
    return new SqliteProjectionStore(path)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const message = `${path}: cannot be written, so views are folded in memory and again at the next start. ${reason}`
    return memoryProjectionStore([{ code: 'views_in_memory', message }])
  }
}

/** For stores in memory and for tests: gone with the process. */
export function memoryProjectionStore(diagnostics: readonly Diagnostic[] = []): ProjectionStore {
  const stored = new Map<string, { version: number; checkpoint: Checkpoint; states: Map<string, string> }>()
  const of = ({ name, version }: ProjectionId) => {
    const found = stored.get(name)
    return found?.version === version ? found : undefined
  }
  return {
    description: 'memory:',
    diagnostics,
    checkpoint: (projection) => of(projection)?.checkpoint ?? null,
    read: (projection, key) => of(projection)?.states.get(key),
    keys: (projection) => [...(of(projection)?.states.keys() ?? [])],
    snapshot(projection) {
      const found = of(projection)
      return found && { checkpoint: found.checkpoint, states: new Map(found.states) }
    },
    commit(folded) {
      const moved = folded.some(
        ({ projection, from }) => (of(projection)?.checkpoint.position ?? null) !== from,
      )
      if (moved) return false
      for (const { projection, to, states } of folded) {
        const before = of(projection)?.states ?? []
        const merged = new Map([...before, ...states])
        stored.set(projection.name, { version: projection.version, checkpoint: to, states: merged })
      }
      return true
    },
    clear: () => stored.clear(),
    close: () => {},
  }
}
