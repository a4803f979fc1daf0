import { copyFileSync } from 'node:fs'
import { basename } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { v7 } from 'uuid'
import { openStore } from '../../../src/runtime/open-store.ts'
import type { State } from '../case.ts'
import { bytesOf, type CommandTarget, commandTarget } from './command-line.ts'

/** A sealed log whose file somebody has in hand. Its state is the file's bytes: nobody may mend or write it. */
export interface StoreTarget extends CommandTarget {
  /** Does to the file what no Daybook would. */
  tamper(sql: string): void
  /** Lets twenty events come, and seals them. */
  grow(): Promise<void>
  /** Takes the events after those of an older copy out of the file and into a write-ahead log, as they were once. */
  unmerge(older: string): void
}

export async function storeTarget(): Promise<StoreTarget> {
  const target = await commandTarget()
  const { log } = target
  return {
    ...target,
    state: async () => stateOf(log),
    tamper(sql) {
      const db = new DatabaseSync(log)
      db.exec(sql)
      db.close()
    },
    grow: () => grow(target),
    unmerge: (older) => unmerge(log, older),
  }
}

function stateOf(log: string): State {
  const files = Object.fromEntries(
    ['', '-wal'].map((suffix) => [basename(log) + suffix, bytesOf(log + suffix)]),
  )
  return { events: [], documents: {}, files }
}

async function grow({ log, run }: CommandTarget): Promise<void> {
  const store = await openStore(log, { clock: { now: () => Date.now() } })
  const actor = { kind: 'person', id: 'somebody' } as const
  for (let count = 0; count < 20; count += 1) {
    const event = { id: v7(), type: 'Noted', version: 1, data: { text: `note ${count}` }, meta: { actor } }
    await store.append('notes', [event], { expected: 'any' })
  }
  await store.close()
  const sealed = await run('seal')
  if (sealed.code !== 0) throw new Error(sealed.stderr)
}

function unmerge(log: string, older: string): void {
  const db = new DatabaseSync(older)
  db.exec(`PRAGMA journal_mode = WAL; ATTACH '${log}' AS grown`)
  const { last } = db.prepare('SELECT max(pos) AS last FROM events').get() as { last: number }
  const { end } = db.prepare('SELECT max(pos) AS end FROM grown.events').get() as { end: number }
  for (let at = last + 1; at <= end; at += 1)
    db.exec(`
      BEGIN;
      INSERT OR IGNORE INTO main.streams SELECT * FROM grown.streams WHERE sid = (SELECT sid FROM grown.events WHERE pos = ${at});
      INSERT INTO main.events SELECT * FROM grown.events WHERE pos = ${at};
      UPDATE main.streams SET head = (SELECT max(rev) FROM main.events e WHERE e.sid = streams.sid);
      COMMIT`)
  db.exec('DETACH grown')
  for (const suffix of ['', '-wal']) copyFileSync(older + suffix, log + suffix)
  db.close()
}
