import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { limits } from '../../../src/kernel/limits.ts'
import { casesFor, type Expected } from '../case.ts'
import { exited } from '../targets/command-line.ts'
import type { StoreTarget } from '../targets/store-file.ts'

const refused = (code: string, says: RegExp): Expected => ({ kind: 'refused', code, says })

/** Something is done to the file; the check finds it and names the place. */
const found = (name: string, says: RegExp, harm: (target: StoreTarget) => void | Promise<void>) => ({
  name,
  expects: refused('exit 3', says),
  aim: async (target: StoreTarget) => {
    await harm(target)
    return async () => {
      const ran = await target.run('verify', '--json')
      const findings: unknown[] =
        ran.code === 3 ? JSON.parse(ran.stdout.trim().split('\n').at(-1)!).findings : []
      return exited(ran, { limit: 'findingsMax', used: findings.length })
    }
  },
})

const reads = ['log'] as const
const writes = ['keys', 'create', 'phone', '--role', 'reader'] as const

interface Closed {
  readonly name: string
  readonly says: RegExp
  readonly harm: (target: StoreTarget) => void
}

/** Something is done to the file; whoever opens it for this command is refused and told why. */
const closedTo = (command: readonly string[], { name, says, harm }: Closed) => ({
  name: `${name}, opened to ${command === reads ? 'read' : 'write'}`,
  expects: refused('exit 1', new RegExp(`log\\.db.*${says.source}`, 'su')),
  aim: async (target: StoreTarget) => {
    harm(target)
    return async () =>
      exited(await target.run(...command), { limit: 'readPageEvents', used: limits.readPageEvents })
  },
})

const closed = (name: string, says: RegExp, harm: Closed['harm']) =>
  [reads, writes].map((command) => closedTo(command, { name, says, harm }))

const truncateTo =
  (part: number) =>
  ({ log }: StoreTarget) =>
    truncateSync(log, Math.floor((statSync(log).size * part) / 4096) * 4096)

/** Changes one bit, where a text stands or at a place. */
function flip(file: string, where: string | number): void {
  const bytes = readFileSync(file)
  const at = typeof where === 'string' ? bytes.lastIndexOf(where) : where
  bytes[at] = bytes[at]! ^ 1
  writeFileSync(file, bytes)
}

/** The log as it stood when its newest events were not merged, with that part harmed. */
const unmerged = (harm: (wal: string) => void) => async (target: StoreTarget) => {
  const older = join(target.folder, 'older.db')
  copyFileSync(target.log, older)
  await target.grow()
  target.unmerge(older)
  harm(`${target.log}-wal`)
}

const cutTail = (from: number) => `
  DELETE FROM events WHERE pos > ${from};
  UPDATE streams SET head = coalesce((SELECT max(rev) FROM events e WHERE e.sid = streams.sid), -1);
  UPDATE sqlite_sequence SET seq = ${from} WHERE name = 'events';`

const changed = (sql: string) => (target: StoreTarget) => target.tamper(sql)

export const storeCases = casesFor<StoreTarget>()('store file', {
  'truncated WAL': [
    found(
      'half of it',
      /truncated/u,
      unmerged((wal) => truncateSync(wal, statSync(wal).size / 2)),
    ),
    found(
      'nothing of it',
      /truncated/u,
      unmerged((wal) => truncateSync(wal, 0)),
    ),
  ],
  'flipped WAL': [
    found(
      'one bit in the middle',
      /truncated/u,
      unmerged((wal) => flip(wal, Math.floor(statSync(wal).size / 2))),
    ),
  ],
  'truncated pages': [
    ...closed('the last half', /damaged|malformed|cut off/u, truncateTo(0.5)),
    ...closed('all but the first bytes', /cut off after 100 bytes/u, ({ log }) => truncateSync(log, 100)),
  ],
  'flipped pages': [
    found('one bit of a text', /altered/u, ({ log }) => flip(log, 'upload service')),
    found('one bit of a time', /altered/u, ({ log }) => flip(log, '"recordedAt":"2')),
  ],
  'an older copy restored': [
    found('with all its own counters', /truncated/u, async (target) => {
      const older = join(target.folder, 'older.db')
      copyFileSync(target.log, older)
      await target.grow()
      copyFileSync(older, target.log)
    }),
    found('made by cutting its tail', /truncated/u, changed(cutTail(5))),
  ],
  'an edited row': [
    found(
      'another text',
      /altered.*position 3,/su,
      changed(`UPDATE events SET data = data || ' ' WHERE pos = 3`),
    ),
    found(
      'another author',
      /altered.*position 7,/su,
      changed(`UPDATE events SET meta = replace(meta, '"id"', '"Id"') WHERE pos = 7`),
    ),
    found('another stream', /altered/u, changed(`UPDATE streams SET name = name || 'x' WHERE sid = 1`)),
    closedTo(reads, {
      name: 'data that is no JSON',
      says: /position 5 .*has data that is not JSON/u,
      harm: changed(`UPDATE events SET data = '{cut' WHERE pos = 5`),
    }),
  ],
  'a swapped row': [
    found(
      'two of them',
      /swapped/u,
      changed(
        'UPDATE events SET pos = -1 WHERE pos = 4; UPDATE events SET pos = 4 WHERE pos = 6; UPDATE events SET pos = 6 WHERE pos = -1',
      ),
    ),
  ],
  'a missing row': [
    found('one of them', /missing/u, changed('DELETE FROM events WHERE pos = 4')),
    ...closed('one of them', /the first one is 4/u, changed('DELETE FROM events WHERE pos = 4')),
    ...closed('the last ones', /ends at position/u, changed('DELETE FROM events WHERE pos > 9')),
  ],
  'a future schema': closed('the next one', /Update Daybook/u, changed('PRAGMA user_version = 2')),
  'a foreign database': [
    ...closed(
      "another program's",
      /another program's SQLite database/u,
      changed('PRAGMA application_id = 77'),
    ),
    ...closed('a text', /no Daybook log/u, ({ log }) =>
      writeFileSync(log, 'not a database at all, '.repeat(400)),
    ),
  ],
})
