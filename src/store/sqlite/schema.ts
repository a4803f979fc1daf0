/** "DAYB": marks the file as a Daybook log (SQLite's `application_id`). */
export const applicationId = 0x44415942

/** Of the tables below (SQLite's `user_version`). A file with a larger one is not opened. */
export const schemaVersion = 1

/**
 * Positions come from AUTOINCREMENT: without it the position of a lost last row would be given out again.
 * They have no gap, since a transaction that is rolled back takes its positions back with it.
 * `data` and `meta` are canonical JSON in UTF-8. `head` repeats what `events` says, so that lost rows show.
 */
export const tables = `
  CREATE TABLE streams (
    sid INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    head INTEGER NOT NULL DEFAULT -1,
    first INTEGER NOT NULL DEFAULT 0,
    deleted INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TABLE events (
    pos INTEGER PRIMARY KEY AUTOINCREMENT,
    sid INTEGER NOT NULL,
    rev INTEGER NOT NULL,
    id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    version INTEGER NOT NULL,
    data TEXT NOT NULL,
    meta TEXT NOT NULL,
    UNIQUE (sid, rev)
  ) STRICT;
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${schemaVersion};
`
