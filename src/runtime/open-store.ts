import type { Clock } from '../kernel/clock.ts'
import { DaybookError } from '../kernel/errors.ts'
import { Codec } from '../store/codec.ts'
import { MemoryStore } from '../store/memory.ts'
import type { EventStore } from '../store/port.ts'
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts'
import { events } from './catalogue.ts'

const kurrentSchemes = ['esdb:', 'esdb+discover:', 'kurrentdb:', 'kurrentdb+discover:']

export interface OpenStoreOptions {
  readonly clock: Clock
  /**
   * `read`: nothing will be written; an embedded log may then lie on a read-only medium. `inspect`: the same for
   * one that has lost rows. `write` unless told.
   */
  readonly mode?: 'read' | 'inspect' | 'write'
}

/**
 * Opens the log that `url` names: `sqlite:PATH` or a bare path, `memory:`, or the address of a KurrentDB or
 * EventStoreDB (`esdb://`, `kurrentdb://`, each also with `+discover`).
 *
 * Rejects with `usage` for any other URL, and with the store's own errors when it cannot be opened.
 */
export async function openStore(
  url: string,
  { clock, mode = 'write' }: OpenStoreOptions,
): Promise<EventStore> {
  const codec = new Codec(events)
  const scheme = schemeOf(url)
  if (scheme === null || scheme === 'sqlite:') {
    const path = scheme === null ? url : url.slice(scheme.length)
    if (path === '') throw new DaybookError('usage', `"${url}" names no file: expected sqlite:PATH.`)
    return openSqliteStore({ path, codec, clock, mode })
  }
  if (url === 'memory:') return new MemoryStore({ codec, clock })
  if (kurrentSchemes.includes(scheme)) {
    // Loaded only when asked for: its client takes longer to load than all the rest.
    const { openKurrentStore } = await import('../store/kurrent/kurrent-store.ts')
    return openKurrentStore(url, { codec, clock })
  }
  const known = ['sqlite:PATH', 'memory:', ...kurrentSchemes.map((each) => `${each}//HOST`)].join(', ')
  throw new DaybookError(
    'usage',
    `No store has the scheme ${scheme} Expected a file's path or one of ${known}.`,
  )
}

/** Lower case, with its colon; null for a path. Two letters at least, so that C:\\log.db is a path. */
function schemeOf(url: string): string | null {
  return /^[a-z][a-z0-9+.-]+:/iu.exec(url)?.[0].toLowerCase() ?? null
}
