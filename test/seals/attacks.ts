import { DatabaseSync } from 'node:sqlite'

/** What somebody did to a log's file, and where that must be found. */
export interface Attack {
  readonly what: string
  /** Of the event that must be named; null: only that it is found. */
  readonly position: number | null
}

type Chance = () => number

const attacks: readonly ((db: DatabaseSync, last: number, chance: Chance) => Attack)[] = [
  changeByte,
  changeByte,
  changeByte,
  changeByte,
  renameStream,
  deleteRow,
  deleteAndRenumber,
  swapRows,
  swapRows,
  insertRow,
  cutTail,
  cutTailWithCounters,
]

/**
 * Does one thing that chance picks to a log's file, within its first `last` events.
 *
 * @param chance from 0 up to 1, without 1.
 */
export function attack(path: string, last: number, chance: Chance): Attack {
  const db = new DatabaseSync(path)
  try {
    const act = attacks[Math.floor(chance() * attacks.length)]!
    return act(db, last, chance)
  } finally {
    db.close()
  }
}

function pick(chance: Chance, last: number): number {
  return 1 + Math.floor(chance() * last)
}

/** One byte of one column, whatever becomes of it. */
function changeByte(db: DatabaseSync, last: number, chance: Chance): Attack {
  const position = pick(chance, last)
  const column = ['data', 'data', 'meta', 'id', 'type'][Math.floor(chance() * 5)]!
  const text = db
    .prepare(`SELECT CAST(${column} AS BLOB) AS text FROM events WHERE pos = ?`)
    .get(position) as {
    text: Uint8Array
  }
  const bytes = Buffer.from(text.text)
  const at = Math.floor(chance() * bytes.length)
  const before = bytes[at]!
  bytes[at] = (before + 1 + Math.floor(chance() * 255)) % 256
  db.prepare(`UPDATE events SET ${column} = CAST(? AS TEXT) WHERE pos = ?`).run(bytes, position)
  return { what: `byte ${at} of ${column} at ${position}: ${before} is ${bytes[at]}`, position }
}

function renameStream(db: DatabaseSync, last: number, chance: Chance): Attack {
  const position = pick(chance, last)
  const { sid } = db.prepare('SELECT sid FROM events WHERE pos = ?').get(position) as { sid: number }
  db.prepare("UPDATE streams SET name = name || 'x' WHERE sid = ?").run(sid)
  const first = db.prepare('SELECT min(pos) AS pos FROM events WHERE sid = ?').get(sid) as { pos: number }
  return { what: `the stream of ${position} has another name`, position: first.pos }
}

function deleteRow(db: DatabaseSync, last: number, chance: Chance): Attack {
  const position = pick(chance, last - 1)
  db.prepare('DELETE FROM events WHERE pos = ?').run(position)
  return { what: `${position} is gone`, position: position + 1 }
}

/** As one does who knows that positions have no gaps. */
function deleteAndRenumber(db: DatabaseSync, last: number, chance: Chance): Attack {
  const position = pick(chance, last - 1)
  const { sid, rev } = db.prepare('SELECT sid, rev FROM events WHERE pos = ?').get(position) as {
    sid: number
    rev: number
  }
  db.prepare('DELETE FROM events WHERE pos = ?').run(position)
  db.exec(`
    UPDATE events SET pos = -(pos - 1) WHERE pos > ${position};
    UPDATE events SET pos = -pos WHERE pos < 0;
    UPDATE events SET rev = -rev WHERE sid = ${sid} AND rev > ${rev};
    UPDATE events SET rev = -rev - 1 WHERE sid = ${sid} AND rev < 0;
    UPDATE streams SET head = head - 1 WHERE sid = ${sid};
    UPDATE sqlite_sequence SET seq = seq - 1 WHERE name = 'events';
  `)
  return { what: `${position} is gone without a gap`, position }
}

function swapRows(db: DatabaseSync, last: number, chance: Chance): Attack {
  const first = pick(chance, last - 1)
  const near = first + 1 + Math.floor(chance() * Math.min(40, last - first))
  db.exec(`
    UPDATE events SET pos = -1 WHERE pos = ${first};
    UPDATE events SET pos = ${first} WHERE pos = ${near};
    UPDATE events SET pos = ${near} WHERE pos = -1;
  `)
  return { what: `${first} and ${near} have changed places`, position: first }
}

function insertRow(db: DatabaseSync, last: number, chance: Chance): Attack {
  const position = pick(chance, last)
  db.exec(`
    UPDATE events SET pos = -(pos + 1) WHERE pos >= ${position};
    UPDATE events SET pos = -pos WHERE pos < 0;
    INSERT INTO events (pos, sid, rev, id, type, version, data, meta)
      SELECT ${position}, sid, (SELECT head + 1 FROM streams s WHERE s.sid = e.sid),
             '00000000-0000-7000-8000-000000000000', type, version, data, meta
      FROM events e WHERE pos = ${position + 1};
    UPDATE streams SET head = head + 1 WHERE sid = (SELECT sid FROM events WHERE pos = ${position});
    UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'events';
  `)
  return { what: `an event was put in at ${position}`, position }
}

function cutTail(db: DatabaseSync, last: number, chance: Chance): Attack {
  const position = pick(chance, last)
  db.prepare('DELETE FROM events WHERE pos >= ?').run(position)
  return { what: `everything from ${position} on is gone`, position: position - 1 }
}

/** As a write-ahead log that lost its end leaves the file: all its own counters agree. */
function cutTailWithCounters(db: DatabaseSync, last: number, chance: Chance): Attack {
  const position = pick(chance, last)
  db.exec(`
    DELETE FROM events WHERE pos >= ${position};
    UPDATE streams SET head = coalesce((SELECT max(rev) FROM events e WHERE e.sid = streams.sid), -1);
    UPDATE sqlite_sequence SET seq = ${position - 1} WHERE name = 'events';
  `)
  return { what: `everything from ${position} on was never there`, position: position - 1 }
}

/** mulberry32: the same seed, the same chance. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
