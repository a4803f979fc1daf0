import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { eventStoreContract } from '../contract/event-store.ts'

eventStoreContract('the SQLite store', async ({ codec, clock }) => {
  const folder = await mkdtemp(join(tmpdir(), 'daybook-store-'))
  const path = join(folder, 'log.db')
  const store = await openSqliteStore({ path, codec, clock })
  let lock: DatabaseSync | undefined
  return {
    store,
    another: () => openSqliteStore({ path, codec, clock }),
    faults: {
      // The nearest thing to a silent server: another process that keeps the write lock.
      silence() {
        lock = new DatabaseSync(path)
        lock.exec('BEGIN IMMEDIATE')
      },
      restore() {
        lock?.close()
        lock = undefined
      },
    },
    dispose: () => rm(folder, { recursive: true }),
  }
})
