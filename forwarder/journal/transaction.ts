import type { DatabaseSync } from "node:sqlite";

/** Runs `work` as one transaction that is on disk when this returns; an error leaves nothing behind. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
