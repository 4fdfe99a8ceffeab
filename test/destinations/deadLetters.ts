import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** The dead letters of a journal that nobody has open: the reason of each by its id. */
export function deadLettersIn(folder: string): Map<string, string> {
  const database = new DatabaseSync(join(folder, "journal.db"), { readOnly: true });
  try {
    const rows = database.prepare("SELECT id, reason FROM dead_letters").all();
    return new Map(rows.map(({ id, reason }) => [String(id), String(reason)]));
  } finally {
    database.close();
  }
}
