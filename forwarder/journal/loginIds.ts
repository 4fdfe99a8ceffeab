import type { DatabaseSync } from "node:sqlite";
import type { JournalRecord } from "../records/record";
import { storedId } from "./idForm";

/** The bits of the sources from which a login record comes; one that comes on both is one record. */
const sourceBits = { webhook: 1, stdout: 2 } as const;

/** What is known of a login record: nothing, that it came from its source before, or on the other one only. */
export type LoginNews = "new" | "replayed" | "known";

/** Remembers which login records came, and from which sources. */
export class LoginIds {
  readonly #find;
  readonly #put;

  constructor(database: DatabaseSync) {
    this.#find = database.prepare("SELECT sources FROM login_ids WHERE created_micros = ? AND id = ?");
    this.#put = database.prepare(
      "INSERT OR REPLACE INTO login_ids (created_micros, id, sources) VALUES (?, ?, ?)",
    );
  }

  /** Notes that a record came; part of the transaction under way. */
  note({ id, createdMicros }: JournalRecord, source: keyof typeof sourceBits): LoginNews {
    const stored = storedId(id);
    const sources = Number(this.#find.get(createdMicros, stored)?.sources ?? 0);
    const bit = sourceBits[source];
    if (sources & bit) return "replayed";
    this.#put.run(createdMicros, stored, sources | bit);
    return sources === 0 ? "new" : "known";
  }
}
