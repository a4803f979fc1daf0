import { DaybookError } from '../kernel/errors.ts'
import type { Position } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import { type EventStore, StoreError } from '../store/port.ts'
import { backoff } from './backoff.ts'
import { type Compared, compareLogs } from './migrate-compare.ts'
import { type Imported, importLog, lineOf } from './transfer.ts'

export interface Migration {
  readonly from: EventStore
  readonly to: EventStore
  /** See `ImportOptions`. */
  readonly appendsAtOnce: number
  /** For people: what is done now, and how far it is. */
  readonly onCopied?: (events: number) => void
  readonly onCompared?: (events: number) => void
  readonly say?: (line: string) => void
}

export interface Migrated extends Compared {
  /** Events that this call appended, and that earlier ones had. */
  readonly imported: number
  readonly already: number
  readonly position: Position | null
}

/**
 * Copies a log into another store and proves that it is the same log there: the same events in the same order,
 * the same projections, the same documents as of events in between. `from` is only read. Called again after it
 * was broken off, it goes on where it was.
 *
 * Rejects with `rejected` when `to` holds anything else than the beginning of `from`, or when the copy is not
 * the same; with `unavailable` when `from` grows faster than it can be copied.
 */
export async function migrateLog(migration: Migration): Promise<Migrated> {
  const say = migration.say ?? (() => undefined)
  let imported = 0
  let already: number | null = null
  for (let round = 0; round < limits.migrationRoundsMax; round += 1) {
    say(round === 0 ? 'copying …' : 'copying what was appended meanwhile …')
    const copied = await copy(migration)
    imported += copied.imported
    already ??= copied.already
    say('comparing …')
    const compared = await compareLogs(migration)
    if (compared !== 'grew') return { ...compared, imported, already, position: copied.position }
  }
  throw new DaybookError(
    'unavailable',
    `${migration.from.description} is being written to: end "daybook serve" and "daybook worker" on it, and migrate again; it goes on where it was.`,
  )
}

/** A store that is away for a moment, or lost an answer, is asked again: what was copied is found there. */
async function copy({ from, to, appendsAtOnce, onCopied }: Migration): Promise<Imported> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const options = { appendsAtOnce, ...(onCopied === undefined ? {} : { onCount: onCopied }) }
      return await importLog(to, linesOf(from), options)
    } catch (error) {
      const again = error instanceof StoreError && error.retryable && attempt < limits.storeAttemptsMax
      if (!again) throw error
      await backoff(attempt + 4)
    }
  }
}

async function* linesOf(store: EventStore): AsyncGenerator<string> {
  for await (const event of store.readAll()) yield lineOf(event)
}
