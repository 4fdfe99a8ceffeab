import type { DatabaseSync } from "node:sqlite";
import { JournalRefusedError } from "./errors";

/** The ZITADEL instance whose records the journal holds; undefined before it is known. */
export function boundInstance(database: DatabaseSync): string | undefined {
  const row = database.prepare("SELECT value FROM meta WHERE key = 'instance'").get();
  return row && String(row.value);
}

/** Notes the instance whose records come. Throws JournalRefusedError when those held are another's. */
export function bindInstance(database: DatabaseSync, instanceId: string): void {
  const held = boundInstance(database);
  if (held === undefined)
    database.prepare("INSERT INTO meta (key, value) VALUES ('instance', ?)").run(instanceId);
  else if (held !== instanceId)
    throw new JournalRefusedError(
      `the journal holds records of the ZITADEL instance ${held}, and zitadel.issuer is now instance ${instanceId}: set zitadel.issuer back, or give this instance an AuditLogStream and a journal of its own`,
    );
}
