import type { DatabaseSync } from "node:sqlite";
import { selectId } from "./idForm";
import type { LanePosition } from "./laneTable";

/** A record as a lane delivers it. */
export interface StoredRecord {
  id: string;
  /** Creation time in microseconds since 1970. */
  createdMicros: number;
  /** JSON text. */
  body: string;
}

/** Consecutive records of the journal for one lane. */
export interface Slice {
  records: StoredRecord[];
  /** The position up to which these are all of the lane's records. */
  through: number;
}

/** How large a batch may become; a record that alone is larger goes alone. */
export interface BatchLimits {
  maxRecords: number;
  /** Bytes of the bodies, a byte between two counted. */
  maxBytes: number;
}

/** Whether a record of `bytes` still fits behind `count` records of `total` bytes. */
export function fits(count: number, total: number, bytes: number, limits: BatchLimits): boolean {
  if (count === 0) return true;
  return count < limits.maxRecords && total + bytes + 1 <= limits.maxBytes;
}

// Texts, not blobs: each blob would be an ArrayBuffer of its own, with memory outside of V8's heap.
const columns = `SELECT position, ${selectId}, created_micros, body, octet_length(body) AS bytes FROM records`;

/** Reads the journal for lanes. */
export class Delivery {
  readonly #all;
  readonly #others;

  constructor(database: DatabaseSync) {
    this.#all = database.prepare(`${columns} WHERE position > ? ORDER BY position`);
    this.#others = database.prepare(
      `${columns} INDEXED BY records_of_other_roads WHERE position > ? AND position <= ? AND road <> 0 ORDER BY position`,
    );
  }

  /** The lane's next records after a position, none of them an event that belongs to a backfill job. */
  slice(lane: LanePosition, after: number, lastPosition: number, limits: BatchLimits): Slice {
    if (!lane.parked && after >= lane.eventsFrom) {
      return cut(this.#all.iterate(after), lastPosition, limits);
    }
    const until = lane.parked ? lastPosition : lane.eventsFrom;
    return cut(this.#others.iterate(after, until), until, limits);
  }
}

function cut(rows: Iterable<Record<string, unknown>>, end: number, limits: BatchLimits): Slice {
  const records: StoredRecord[] = [];
  let total = 0;
  let through = end;
  let last = 0;
  for (const row of rows) {
    const bytes = Number(row.bytes);
    if (!fits(records.length, total, bytes, limits)) {
      through = last;
      break;
    }
    records.push({ id: String(row.id), createdMicros: Number(row.created_micros), body: String(row.body) });
    total += bytes + 1;
    last = Number(row.position);
  }
  return { records, through };
}
