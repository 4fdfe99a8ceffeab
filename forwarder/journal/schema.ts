/**
 * The journal's schema, one step for each version: step n brings a journal of version n to version n + 1.
 * A step that was released is never edited; a change is a new step at the end.
 *
 * - `records`: what lanes still have to deliver. `position` only ever grows and is never given twice.
 *   `source` 0 is `events`, the only one whose records can be read again; the partial index finds the others.
 * - `ids`: what was taken in, so that a re-read is harmless. The creation time leads the key because it is
 *   part of an event's identity (the same id never has two): inserts and forgetting then touch neighbouring
 *   pages. Notices stand under time 0: they may come again at another time.
 * - `login_ids`: the same for login records, under the time that their script signed. `sources` says on which they
 *   came: 1 webhook, 2 stdout, or both added.
 * - `login_checks`, `login_reports`: login checks among the events that wait for a script's record, `sent` once a
 *   record was made of them, and scripts' records, `used` the creation time of the check that they belong to (1 where
 *   an earlier version noted it), 0 while they belong to none.
 * - `login_watches`: by organization, checks created from when on have to be reported.
 * - `sessions`: what the beginning of a session says of address and browser, for its later events. `ended_micros` is
 *   when it ended, NULL while it goes on.
 * - `spans`: creation times of the events in each run of `SPAN_POSITIONS` positions, so that the bounds of a
 *   backlog are known without reading it.
 * - `aggregate_heads`: the newest place seen of an aggregate. A slot holds one aggregate and a newer one
 *   takes it over, which bounds the table.
 */
export const schemaSteps: readonly string[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE records (
    position INTEGER PRIMARY KEY,
    id ANY NOT NULL,
    source INTEGER NOT NULL,
    created_micros INTEGER NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX records_of_other_sources ON records (position) WHERE source <> 0;
  CREATE TABLE ids (
    created_micros INTEGER NOT NULL,
    id ANY NOT NULL,
    PRIMARY KEY (created_micros, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE cursors (source TEXT PRIMARY KEY, cursor TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE spans (
    span INTEGER PRIMARY KEY,
    oldest_micros INTEGER NOT NULL,
    newest_micros INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE lanes (
    name TEXT PRIMARY KEY,
    acknowledged INTEGER NOT NULL,
    parked INTEGER NOT NULL,
    events_from INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE jobs (
    job INTEGER PRIMARY KEY AUTOINCREMENT,
    lane TEXT NOT NULL,
    from_micros INTEGER NOT NULL,
    to_micros INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE dead_letters (
    lane TEXT NOT NULL,
    id TEXT NOT NULL,
    reason TEXT NOT NULL,
    refused_micros INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (lane, id)
  ) STRICT;
  CREATE TABLE aggregate_heads (
    slot INTEGER PRIMARY KEY,
    aggregate INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    created_micros INTEGER NOT NULL
  ) STRICT;
  `,
  `
  CREATE TABLE login_ids (
    created_micros INTEGER NOT NULL,
    id ANY NOT NULL,
    sources INTEGER NOT NULL,
    PRIMARY KEY (created_micros, id)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE login_checks (
    id TEXT PRIMARY KEY,
    created_micros INTEGER NOT NULL,
    keys TEXT NOT NULL,
    body TEXT NOT NULL,
    sent INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE login_reports (
    id TEXT PRIMARY KEY,
    key TEXT NOT NULL,
    at_micros INTEGER NOT NULL,
    used INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE login_watches (
    organization TEXT PRIMARY KEY,
    since_micros INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX login_reports_by_key ON login_reports (key);
  CREATE INDEX login_reports_by_time ON login_reports (at_micros);
  `,
  `
  CREATE TABLE sessions (
    key TEXT PRIMARY KEY,
    created_micros INTEGER NOT NULL,
    ended_micros INTEGER,
    context TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX sessions_by_time ON sessions (created_micros);
  CREATE INDEX sessions_ended ON sessions (ended_micros) WHERE ended_micros IS NOT NULL;
  `,
];

/** Positions that share one row of `spans`. */
export const SPAN_POSITIONS = 4096;
