import type { DatabaseSync } from "node:sqlite";
import type { JournalRecord } from "../records/record";
import { storedId } from "./idForm";

/** The bits of the roads on which a login record comes; one that comes on both is one record. */
const roadBits = { webhook: 1, stdout: 2 } as const;

/** What is known of a login record: nothing, that it came on its road before, or on the other one only. */
export type LoginNews = "new" | "replayed" | "known";

/** Remembers which login records came, and on which roads. */
export class LoginIds {
  readonly #find;
  readonly #put;

  constructor(database: DatabaseSync) {
    this.#find = database.prepare("SELECT roads FROM login_ids WHERE created_micros = ? AND id = ?");
    this.#put = database.prepare(
      "INSERT OR REPLACE INTO login_ids (created_micros, id, roads) VALUES (?, ?, ?)",
    );
  }

  /** Notes that a record came; part of the transaction under way. */
  note({ id, createdMicros }: JournalRecord, road: keyof typeof roadBits): LoginNews {
    const stored = storedId(id);
    const roads = Number(this.#find.get(createdMicros, stored)?.roads ?? 0);
    const bit = roadBits[road];
    if (roads & bit) return "replayed";
    this.#put.run(createdMicros, stored, roads | bit);
    return roads === 0 ? "new" : "known";
  }
}
