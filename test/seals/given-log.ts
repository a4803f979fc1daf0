import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { v7 } from 'uuid'
import { onTestFinished } from 'vitest'
import type { NewEvent } from '../../src/kernel/event.ts'
import { openStore } from '../../src/runtime/open-store.ts'
import { Sealer } from '../../src/runtime/seals/sealer.ts'
import { type Verified, verifyLog } from '../../src/runtime/seals/verify-log.ts'
import type { EventStore } from '../../src/store/port.ts'

export const clock = { now: () => Date.now() }

export function event(text: string): NewEvent {
  const actor = { kind: 'agent' as const, id: 'writer' }
  return { id: v7(), type: 'Noted', version: 1, data: { text }, meta: { actor } }
}

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'daybook-seals-'))
}

/** A log in a file, with a folder for its seals. */
export async function givenLog() {
  const folder = newFolder()
  const path = join(folder, 'log.db')
  const store = await openStore(path, { clock })
  onTestFinished(() => store.close())
  const seals = join(folder, 'seals')
  return {
    folder,
    path,
    store,
    seals,
    sealer: sealerFor(store, seals),
    note: (...texts: string[]) => note(store, ...texts),
    /** Changes the file as somebody who has it in hand would. */
    tamper: (sql: string) => {
      const db = new DatabaseSync(path)
      db.exec(sql)
      db.close()
    },
    verify: () => verifyFile(path, seals),
  }
}

export function sealerFor(store: EventStore, folder: string, worker = 'here:1:0:0'): Sealer {
  return new Sealer({ store, folder, ids: { next: () => v7() }, worker })
}

export async function note(store: EventStore, ...texts: string[]): Promise<void> {
  for (const [index, text] of texts.entries())
    await store.append(`memory-${index % 3}`, [event(text)], { expected: 'any' })
}

export async function verifyFile(path: string, seals: string): Promise<Verified> {
  const store = await openStore(path, { clock, mode: 'inspect' })
  try {
    return await verifyLog(store, { folder: seals })
  } finally {
    await store.close()
  }
}
