import { hash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { JournalRecord } from "../records/record";
import type { CommitResult } from "./sourceJournal";

/** The newest place seen of an aggregate. */
export interface AggregateHead {
  sequence: number;
  createdMicros: number;
}

/**
 * Whether an event that is new to the journal shows that history was rewritten: its place was already taken
 * by an event of another creation time, or it is younger than the head although it stands before it.
 * ZITADEL counts sequences within an aggregate and never goes back, so only a restored database does this.
 */
export function isFork(head: AggregateHead, sequence: number, createdMicros: number): boolean {
  if (sequence > head.sequence) return false;
  return sequence === head.sequence
    ? createdMicros !== head.createdMicros
    : createdMicros > head.createdMicros;
}

/** Follows the heads of aggregates, as many as there are slots, and finds forks among new records. */
export class ForkDetection {
  readonly #find;
  readonly #put;

  /** `slots`: a power of two; how many aggregates are remembered at most. */
  constructor(
    database: DatabaseSync,
    private readonly slots: number,
  ) {
    this.#find = database.prepare(
      "SELECT sequence, created_micros FROM aggregate_heads WHERE slot = ? AND aggregate = ?",
    );
    this.#put = database.prepare(
      "INSERT OR REPLACE INTO aggregate_heads (slot, aggregate, sequence, created_micros) VALUES (?, ?, ?, ?)",
    );
  }

  /** Looks at new records, in any order, and moves the heads; part of the transaction that is under way. */
  observe(records: readonly JournalRecord[]): CommitResult["forked"] {
    const forked: CommitResult["forked"] = [];
    for (const [name, group] of byAggregate(records)) {
      const aggregate = Number.parseInt(hash("sha256", name).slice(0, 13), 16);
      const slot = aggregate % this.slots;
      const row = this.#find.get(slot, aggregate);
      let head = row && { sequence: Number(row.sequence), createdMicros: Number(row.created_micros) };
      for (const { place, createdMicros } of group) {
        if (head && isFork(head, place.sequence, createdMicros)) forked.push(place);
        if (!head || place.sequence > head.sequence) head = { sequence: place.sequence, createdMicros };
      }
      if (head) this.#put.run(slot, aggregate, head.sequence, head.createdMicros);
    }
    return forked;
  }
}

type Placed = JournalRecord & { place: NonNullable<JournalRecord["place"]> };

/** Records with a place, by aggregate, each group from the oldest sequence to the newest. */
function byAggregate(records: readonly JournalRecord[]): Map<string, Placed[]> {
  const groups = new Map<string, Placed[]>();
  for (const record of records) {
    if (!record.place) continue;
    const name = `${record.place.aggregateType}\0${record.place.aggregateId}`;
    const group = groups.get(name);
    if (group) group.push(record as Placed);
    else groups.set(name, [record as Placed]);
  }
  for (const group of groups.values()) group.sort((a, b) => a.place.sequence - b.place.sequence);
  return groups;
}

/** How many aggregates' heads a journal of this size remembers: about a fortieth of it, 65,536 at most. */
export function slots(maxBytes: number): number {
  return Math.min(65_536, 2 ** Math.floor(Math.log2(maxBytes / 1024)));
}
