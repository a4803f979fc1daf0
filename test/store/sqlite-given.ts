import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { onTestFinished } from 'vitest'
import { Codec } from '../../src/store/codec.ts'
import type { EventStore } from '../../src/store/port.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { notes, systemClock, toyCatalogue } from '../contract/given.ts'

/** A folder that is removed after the test. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'daybook-sqlite-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Opens a log that is closed after the test. */
export async function open(path: string, mode: 'read' | 'write' = 'write'): Promise<EventStore> {
  const store = await openSqliteStore({ path, codec: new Codec(toyCatalogue), clock: systemClock, mode })
  onTestFinished(() => store.close())
  return store
}

/** A closed log with `count` events in the stream `memory-a`, ten to an append. */
export async function logWith(count: number, path = join(newFolder(), 'log.db')): Promise<string> {
  const store = await open(path)
  for (let done = 0; done < count; done += 10)
    await store.append('memory-a', notes(Math.min(10, count - done)), { expected: 'any' })
  await store.close()
  return path
}

/** Does to a database what no Daybook would. */
export function tamper(path: string, sql: string): void {
  const db = new DatabaseSync(path)
  db.exec(sql)
  db.close()
}
