import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { transaction } from "./transaction";

/** How many rows of a damaged journal could be read and were taken over. */
export interface Salvaged {
  records: number;
  deadLetters: number;
  jobs: number;
}

/**
 * Takes over what exists nowhere else from a damaged journal into a new one: records of other sources than events, the
 * ids of login records and what scripts reported, what sessions began with, dead letters, backfill jobs, positions, and
 * to which instance they belong. Events and the checks among them are not taken over, nor are cursors: ZITADEL still has
 * them, and a cursor would vouch for events that are lost. The source finds no cursor and resumes from its checkpoint.
 */
export function salvage(damagedFile: string, into: DatabaseSync): Salvaged {
  const damaged = new DatabaseSync(damagedFile, { readOnly: true });
  try {
    return transaction(into, () => {
      const put = (table: string, columns: string, where: string) =>
        copyReadable(damaged, into, table, columns.split(", "), where);
      put("meta", "key, value", "key IN ('instance', 'last_position')");
      put("lanes", "name, acknowledged, parked, events_from", "true");
      const records = put("records", "position, id, source, created_micros, body", "source <> 0");
      put("ids", "created_micros, id", "created_micros = 0");
      put("login_ids", "created_micros, id, sources", "true");
      put("login_reports", "id, key, at_micros, used", "true");
      // Their checks are read and judged again.
      into.exec("UPDATE login_reports SET used = 0");
      put("sessions", "key, created_micros, ended_micros, context", "true");
      into.exec(
        `INSERT OR REPLACE INTO meta (key, value)
         SELECT 'last_position', max(coalesce((SELECT value FROM meta WHERE key = 'last_position'), 0),
                                     coalesce((SELECT max(position) FROM records), 0),
                                     coalesce((SELECT max(acknowledged) FROM lanes), 0))`,
      );
      return {
        records,
        jobs: put("jobs", "job, lane, from_micros, to_micros", "true"),
        deadLetters: put("dead_letters", "lane, id, reason, refused_micros, body", "true"),
      };
    });
  } finally {
    damaged.close();
  }
}

/** Copies the rows that can be read, from both ends of the table towards the damage; returns how many. */
function copyReadable(
  damaged: DatabaseSync,
  into: DatabaseSync,
  table: string,
  columns: readonly string[],
  where: string,
): number {
  const put = into.prepare(
    `INSERT OR IGNORE INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
  );
  let copied = 0;
  for (const direction of ["ASC", "DESC"]) {
    const query = `SELECT ${columns.join(", ")} FROM ${table} NOT INDEXED WHERE ${where} ORDER BY 1 ${direction}`;
    const { rows, whole } = readable(damaged, query);
    for (const row of rows)
      copied += Number(put.run(...columns.map((column) => row[column] as SQLInputValue)).changes);
    if (whole) break;
  }
  return copied;
}

/** The rows before the first that cannot be read, and whether these are all. */
function readable(damaged: DatabaseSync, query: string): { rows: Record<string, unknown>[]; whole: boolean } {
  const rows: Record<string, unknown>[] = [];
  try {
    for (const row of damaged.prepare(query).iterate()) rows.push(row);
    return { rows, whole: true };
  } catch {
    return { rows, whole: false };
  }
}
